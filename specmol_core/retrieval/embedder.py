"""The core of embedding: records come in one by one, verdicts, evidence and vectors go out in blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specmol_core.config import EmbedConfig
from specmol_core.errors import CheckpointError, LibraryError
from specmol_core.matcher.protocol import MAX_PAYLOAD_BYTES, Matcher
from specmol_core.molecules.records import Candidate, ParsedRecord, RejectedRecord
from specmol_core.retrieval.cache.columns import TEXT_COLUMNS, ColumnWriter, Counts, RecordStatus
from specmol_core.retrieval.cache.key_table import KeyTable

__all__ = ["Embedder"]

_MAX_RECORDS_PER_MOLECULE = 16
_KEY_BLOCK = 1 << 16


class Embedder:
    """Gives each record its verdict, and each new molecule its evidence and its vector.

    What goes through the network together depends only on the records since the last flush, so that a
    run that is resumed at a flush gives the same bytes as one that was never interrupted. Memory does
    not grow with the library, but for 25 bytes per molecule that tell duplicates.

    Parameters
    ----------
    label
        Name of the library, for messages.
    matcher, config
        The model, and how to run it.
    writer
        Columns to append to, as ``resumable_columns`` lists them.
    counts
        What the columns hold already.
    """

    def __init__(self, label: str, matcher: Matcher, config: EmbedConfig, writer: ColumnWriter, counts: Counts) -> None:
        self._label, self._matcher, self._config, self._writer = label, matcher, config, writer
        self.counts = replace(counts)
        """Records whose verdict is written."""
        self._candidates: list[Candidate] = []
        self._rejections: list[RejectedRecord] = []
        self._statuses: list[int] = []
        self._duplicate_of: list[int] = []
        self._key_table = KeyTable()
        for first in range(0, counts.embedded, _KEY_BLOCK):
            self._key_table.extend(writer.read("key", first, min(_KEY_BLOCK, counts.embedded - first)), first)

    @property
    def is_full(self) -> bool:
        """Whether it is time to flush."""
        batch = self._config.batch_size
        # A library of nothing but duplicates or rejected records must not pile up either.
        return len(self._candidates) >= batch or len(self._statuses) >= _MAX_RECORDS_PER_MOLECULE * batch

    def add(self, item: ParsedRecord) -> None:
        """Take the next record.

        Raises
        ------
        LibraryError
            If it is rejected and the settings are strict.
        ValueError
            If it is not the next one.
        """
        expected = self.counts.read + len(self._statuses)
        if item.index != expected:
            raise ValueError(f"record {item.index} came where record {expected} was due")
        status, original = RecordStatus.EMBEDDED, -1
        if isinstance(item, RejectedRecord):
            if self._config.strict:
                raise LibraryError(self._label, f"record {item.index}: {item.reason}; mend it, or leave out --strict")
            status = RecordStatus.REJECTED
            self._rejections.append(item)
        elif (original := self._find_original(item)) >= 0:
            status = RecordStatus.DUPLICATE
        else:
            self._candidates.append(item)
        self._statuses.append(status)
        self._duplicate_of.append(original)

    def flush(self) -> None:
        """Embed and write what was taken since the last flush.

        Raises
        ------
        CheckpointError
            If the model gives evidence for too few molecules or too much of it, or vectors of the wrong shape or
            that are not finite.
        OSError
            If the disk is full.
        """
        candidates, rejected, writer, counts = self._candidates, self._rejections, self._writer, self.counts
        if candidates:
            self._embed()
        for text in TEXT_COLUMNS:
            rows = rejected if text.startswith("rejected_") else candidates
            field = text.removeprefix("rejected_")
            writer.append_texts(text, [getattr(row, field) for row in rows])
        writer.append("index", [candidate.index for candidate in candidates])
        writer.append("key", np.array([c.key & 0xFFFFFFFFFFFFFFFF for c in candidates], dtype=np.uint64))
        writer.append("status", self._statuses)
        writer.append("duplicate_of", self._duplicate_of)
        counts.duplicates += len(self._statuses) - len(candidates) - len(rejected)
        counts.read += len(self._statuses)
        counts.embedded += len(candidates)
        counts.rejected += len(rejected)
        self._candidates, self._rejections, self._statuses, self._duplicate_of = [], [], [], []

    def _embed(self) -> None:
        count = len(self._candidates)
        payloads, joint = self._matcher.embed([candidate.graph for candidate in self._candidates])
        if len(payloads) != count or max(map(len, payloads)) > MAX_PAYLOAD_BYTES:
            raise self._unusable_error("payload")
        if joint.shape != (count, self._matcher.joint_width) or not np.isfinite(joint).all():
            raise self._unusable_error("joint vectors")
        self._writer.append_bytes("payload", payloads)
        self._writer.append("joint", joint)

    def _unusable_error(self, what: str) -> CheckpointError:
        first, last = self._candidates[0].index, self._candidates[-1].index
        return CheckpointError(
            f"checkpoint {self._matcher.id[:12]}",
            f"gives unusable {what} for records {first} to {last} of {self._label}; take another checkpoint",
        )

    def _find_original(self, candidate: Candidate) -> int:
        """The earlier record with the same molecule; -1, and the key is remembered, if there is none."""
        row = self._key_table.find(candidate.key)
        written = self.counts.embedded
        if row < 0:
            self._key_table.insert(candidate.key, written + len(self._candidates))
            return -1
        # Two molecules may share a key. The second is then no duplicate, and its own are not found.
        if row >= written:
            first = self._candidates[row - written]
            return first.index if first.smiles == candidate.smiles else -1
        if self._writer.read_text("smiles", row) != candidate.smiles:
            return -1
        return int(self._writer.read("index", row, 1)[0])

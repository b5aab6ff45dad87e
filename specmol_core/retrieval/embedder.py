"""The core of embedding: takes records one by one, writes status, payload and vector in blocks."""

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
    """Determines the status of each record, and the payload and vector of each new molecule.

    A batch of the network depends only on the records since the last flush. A run that is resumed
    at a flush therefore gives the same bytes as one that was never interrupted. Memory does not grow
    with the library, except for 25 bytes per molecule to find duplicates.

    Parameters
    ----------
    label
        Name of the library, for messages.
    matcher, config
        The model, and its settings.
    writer
        Columns to append to, as listed by ``resumable_columns``.
    counts
        Counts of the rows that the columns already hold.
    """

    def __init__(self, label: str, matcher: Matcher, config: EmbedConfig, writer: ColumnWriter, counts: Counts) -> None:
        self._label, self._matcher, self._config, self._writer = label, matcher, config, writer
        self.counts = replace(counts)
        """Counts of the records whose status is written."""
        self._candidates: list[Candidate] = []
        self._rejections: list[RejectedRecord] = []
        self._statuses: list[int] = []
        self._duplicate_of: list[int] = []
        self._key_table = KeyTable()
        for first in range(0, counts.embedded, _KEY_BLOCK):
            self._key_table.extend(writer.read("key", first, min(_KEY_BLOCK, counts.embedded - first)), first)

    @property
    def is_full(self) -> bool:
        """Whether enough records are collected to flush."""
        batch = self._config.batch_size
        # Duplicates and rejected records must not pile up either.
        return len(self._candidates) >= batch or len(self._statuses) >= _MAX_RECORDS_PER_MOLECULE * batch

    def add(self, item: ParsedRecord) -> None:
        """Add the next record.

        Raises
        ------
        LibraryError
            If the record is rejected and the settings are strict.
        ValueError
            If the index of the record is not the next one.
        """
        expected = self.counts.read + len(self._statuses)
        if item.index != expected:
            raise ValueError(f"got record {item.index}, expected record {expected}")
        status, original = RecordStatus.EMBEDDED, -1
        if isinstance(item, RejectedRecord):
            if self._config.strict:
                raise LibraryError(
                    self._label, f"record {item.index}: {item.reason}; correct it, or leave out --strict"
                )
            status = RecordStatus.REJECTED
            self._rejections.append(item)
        elif (original := self._find_original(item)) >= 0:
            status = RecordStatus.DUPLICATE
        else:
            self._candidates.append(item)
        self._statuses.append(status)
        self._duplicate_of.append(original)

    def flush(self) -> None:
        """Embed and write the records since the last flush.

        Raises
        ------
        CheckpointError
            If the model gives a wrong number of payloads, a payload that is too large, or vectors of
            the wrong shape or with values that are not finite.
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
            f"gives unusable {what} for records {first} to {last} of {self._label}; use another checkpoint",
        )

    def _find_original(self, candidate: Candidate) -> int:
        """Return the index of the earlier record with the same molecule.

        If there is none, the key is stored and the result is -1.
        """
        row = self._key_table.find(candidate.key)
        written = self.counts.embedded
        if row < 0:
            self._key_table.insert(candidate.key, written + len(self._candidates))
            return -1
        # If two molecules share a key, the second is not a duplicate, and its duplicates are not found.
        if row >= written:
            first = self._candidates[row - written]
            return first.index if first.smiles == candidate.smiles else -1
        if self._writer.read_text("smiles", row) != candidate.smiles:
            return -1
        return int(self._writer.read("index", row, 1)[0])

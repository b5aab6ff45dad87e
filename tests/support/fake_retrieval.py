"""A fake matcher and fake records, without a model or chemistry; run as a script, it embeds the records."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.config import EmbedConfig
from specmol_core.matcher.judgement import Judgement, ScoredCandidates, pairwise_judgement
from specmol_core.molecules.graph import GraphBatch, MoleculeGraph
from specmol_core.molecules.records import Candidate, ParsedRecord, RejectedRecord
from specmol_core.molecules.worker_pool import PARSER
from specmol_core.retrieval.cache.manifest import Origin
from specmol_core.retrieval.embed import embed_library
from specmol_core.retrieval.library_source import LibraryRecords
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_unmasked
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair


class FakeQuery(NamedTuple):
    weights: NDArray[np.float32]
    joint: NDArray[np.float32]


_NUMBERS = 16


@dataclass(frozen=True)
class FakeMatcher:
    """A matcher that scores random projections of atom code counts; the same for the same seed.

    The payload of a molecule has one number for each atom after the second, so it may be empty.
    """

    seed: int = 0
    joint_width: int = 8
    model: str = "fake"
    device: str = "cpu"
    parser: str = PARSER
    elements: tuple[str, ...] = ("C", "N", "O", "H")
    geometry: Geometry = field(default_factory=Geometry)

    adviser = None
    assigner = None
    rescorer = None
    unmixer = None

    @property
    def embedding_id(self) -> str:
        return self.id

    @property
    def id(self) -> str:
        return sha256(f"fake {self.seed}".encode()).hexdigest()

    def _matrix(self, rows: int, columns: int, salt: int) -> NDArray[np.float32]:
        return np.random.default_rng((self.seed, salt)).normal(size=(rows, columns)).astype(np.float32)

    def embed(self, graphs: Sequence[MoleculeGraph]) -> tuple[list[bytes], NDArray[np.float16]]:
        batch = GraphBatch.of(graphs)
        owner = np.repeat(np.arange(len(graphs)), batch.sizes)
        counts = np.zeros((len(graphs), 5 * 11), np.float32)
        for column in range(5):
            np.add.at(counts, (owner, column * 11 + batch.codes[:, column]), 0.1)
        # Rows are projected one by one, because a matrix product may round differently in other batches.
        project = [self._matrix(55, width, salt) for salt, width in enumerate((_NUMBERS, self.joint_width))]
        numbers, joint = (np.stack([(row[:, None] * p).sum(0) for row in counts]).astype("<f2") for p in project)
        payloads = [row[: size - 2].tobytes() for row, size in zip(numbers, batch.sizes, strict=True)]
        return payloads, joint

    def query(self, pair: AnalysedPair) -> FakeQuery:
        total = sum(spectrum.intensities[:32] for spectrum in pair.masked_pair.spectra)
        return FakeQuery(total @ self._matrix(32, _NUMBERS, 2), total @ self._matrix(32, self.joint_width, 3))

    def scores(
        self, query: FakeQuery, payloads: Sequence[bytes | memoryview], joint: NDArray[np.float16]
    ) -> NDArray[np.float64]:
        scores = np.empty(len(payloads))
        for row, payload in enumerate(payloads):
            numbers = np.frombuffer(payload, "<f2").astype(np.float64)
            scores[row] = (numbers * query.weights[: len(numbers)]).sum()
        return scores.round(4)

    def payloads_for(self, query: FakeQuery, smiles: Iterable[str]) -> list[bytes] | None:
        return None

    def judge(self, query: FakeQuery, scores: NDArray[np.float64], candidates: ScoredCandidates) -> Judgement:
        return pairwise_judgement(scores)


def fake_pair(seed: int = 0, *, h1: bool = True, c13: bool = True) -> AnalysedPair:
    rng = np.random.default_rng(seed)
    traces = [rng.random(32).astype(np.float32) for _ in range(2)]
    pair = SpectrumPair(
        Spectrum("1H", PpmAxis(12, -2, 32), traces[0]) if h1 else None,
        Spectrum("13C", PpmAxis(230, -2, 32), traces[1]) if c13 else None,
    )
    return analyse_unmasked(pair)


def candidate(index: int, molecule: int) -> Candidate:
    """Return record ``index`` with molecule number ``molecule``; equal numbers are equal molecules."""
    rng = np.random.default_rng(molecule)
    atoms = int(rng.integers(2, 12))
    codes = np.stack([rng.integers(0, high, atoms) for high in (4, 5, 4, 4, 2)], axis=1).astype(np.uint8)
    bonds = np.stack([np.arange(atoms - 1), np.arange(1, atoms)], axis=1).astype(np.int32)
    smiles = f"molecule {molecule}"
    key = int.from_bytes(sha256(smiles.encode()).digest()[:8], "little")
    return Candidate(index, f"namé {index}", smiles, f"C{atoms}", key, MoleculeGraph(codes, bonds))


def parsed_record(index: int) -> ParsedRecord:
    """Return a record; every 11th is rejected, every 7th repeats an earlier one."""
    if index % 11 == 5:
        return RejectedRecord(index, f"bad {index}", f"no such thing, {index}")
    return candidate(index, index // 2 if index % 7 == 3 else index)


def fake_records(
    count: int, *, path: Path | None = Path("library.smi"), text: str = "library", delay: float = 0.0
) -> LibraryRecords:
    def parse_from(start: int) -> Iterator[list[ParsedRecord]]:
        for first in range(start, count, 13):
            time.sleep(delay)
            yield [parsed_record(i) for i in range(first, min(first + 13, count))]

    origin = Origin("-" if path is None else path.name, sha256(f"{text} {count}".encode()).hexdigest(), count)
    return LibraryRecords(str(path or "-"), origin, path, parse_from, lambda: True)


def main() -> None:
    """Usage: fake_retrieval.py CACHE RECORDS DELAY [file size limit]."""
    cache, count, delay = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    if len(sys.argv) > 4:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
    config = EmbedConfig(batch_size=16, commit_seconds=0.0)
    try:
        embed_library(
            fake_records(count, delay=delay),
            FakeMatcher(),
            config,
            cache=cache,
            progress=lambda counts: print(counts.read, flush=True),
        )
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        sys.exit(getattr(error, "exit_code", 99))


if __name__ == "__main__":
    main()

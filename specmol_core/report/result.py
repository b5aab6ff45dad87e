"""What a query ends in: the ranked candidates and everything needed to tell where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from specmol_core.matcher.judgement import RankingOutcome

if TYPE_CHECKING:
    from specmol_core.matcher.assignment import Assignment
    from specmol_core.retrieval.ranker import RankedCandidate

__all__ = ["LibrarySummary", "Provenance", "QueryFailure", "QueryResult", "SourceFile"]


@dataclass(frozen=True)
class LibrarySummary:
    """What became of the records of a library."""

    path: str
    read: int
    """Records read."""
    scored: int
    """Candidates that the full model scored; fewer than the valid ones where the prefilter cut."""
    duplicates: int
    """Records whose structure an earlier record holds."""
    rejected: int
    """Records that are no valid candidate."""


@dataclass(frozen=True)
class SourceFile:
    """A file that a result depends on."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What a result can be made again from."""

    version: str
    """Version of specmol."""
    model: str
    checkpoint: str
    """SHA-256 of the checkpoint."""
    spectra: Mapping[str, SourceFile | None]
    """``h1`` and ``c13``; None for a nucleus that was not given."""
    library: SourceFile
    settings: Mapping[str, Any]
    """Every setting that can change the result, resolved."""


@dataclass(frozen=True)
class QueryResult:
    """The ranking of one query."""

    id: str
    candidates: tuple[RankedCandidate, ...]
    library: LibrarySummary
    nuclei: tuple[str, ...]
    """Nuclei the ranking rests on: 1H, 13C or both."""
    provenance: Provenance
    warnings: tuple[str, ...] = field(default=())
    ties: tuple[tuple[int, int], ...] = field(default=())
    """First and last rank of each group of equal score: the order within means nothing."""
    verdict: RankingOutcome | None = None
    """What the ranking comes to; None where the model gives no posterior."""
    assignments: tuple[Assignment, ...] = ()
    """Which signal belongs to which atoms, of the first candidates."""
    masked_lines: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """For ``h1`` and ``c13`` the lines that were taken out: ``ppm``, ``kind`` (solvent, impurity) and ``reason``."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values in the documented order of keys, fit for JSON."""
        return {
            "id": self.id,
            "nuclei": list(self.nuclei),
            "verdict": None if self.verdict is None else self.verdict.as_dict(),
            "candidates": [self._candidate(index) for index in range(len(self.candidates))],
            "ties": [list(ranks) for ranks in self.ties],
            "library": asdict(self.library),
            "warnings": list(self.warnings),
            "masked_lines": {key: [dict(line) for line in lines] for key, lines in self.masked_lines.items()},
            "provenance": asdict(self.provenance),
        }

    def _candidate(self, index: int) -> dict[str, Any]:
        values = asdict(self.candidates[index])
        if index < len(self.assignments):
            values["assignment"] = [signal.as_dict() for signal in self.assignments[index].signals]
        return values


@dataclass(frozen=True)
class QueryFailure:
    """A query of a batch that could not be answered."""

    id: str
    message: str
    exit_code: int
    """What the command would have ended with, had this been its only query."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {"id": self.id, "error": {"message": self.message, "exit_code": self.exit_code}}

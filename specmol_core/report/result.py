"""The result of a query: the ranked candidates and their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from specmol_core.matcher.calibration import ConfidenceSet, Identification
from specmol_core.matcher.judgement import RankingOutcome

if TYPE_CHECKING:
    from specmol_core.matcher.advice import Advice
    from specmol_core.matcher.assignment import Assignment
    from specmol_core.matcher.components import KnownCompound
    from specmol_core.retrieval.components import ComponentRanking
    from specmol_core.retrieval.ranker import RankedCandidate

__all__ = ["HashedFile", "LibrarySummary", "Provenance", "QueryFailure", "QueryResult"]


@dataclass(frozen=True)
class LibrarySummary:
    """Numbers of records of a library."""

    path: str
    read: int
    """Number of records read."""
    scored: int
    """Number of scored candidates; constraints and prefilter may exclude others."""
    duplicates: int
    """Number of records with the structure of an earlier record."""
    rejected: int
    """Number of records that are not valid candidates."""


@dataclass(frozen=True)
class HashedFile:
    """A file that a result depends on."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """Everything that is needed to reproduce a result."""

    version: str
    """Version of specmol."""
    model: str
    checkpoint: str
    """SHA-256 of the checkpoint."""
    spectra: Mapping[str, HashedFile | None]
    """Files of the keys ``h1`` and ``c13``; None for a nucleus without a spectrum."""
    library: HashedFile
    settings: Mapping[str, Any]
    """Values of all settings that can change the result."""


@dataclass(frozen=True)
class QueryResult:
    """The ranking of one query."""

    id: str
    candidates: tuple[RankedCandidate, ...]
    library: LibrarySummary
    nuclei: tuple[str, ...]
    """Nuclei that were used in the ranking: 1H, 13C or both."""
    provenance: Provenance
    warnings: tuple[str, ...] = field(default=())
    ties: tuple[tuple[int, int], ...] = field(default=())
    """First and last rank of each set of equal scores, whose order is arbitrary."""
    verdict: RankingOutcome | None = None
    """Conclusion; None if the model has no posterior."""
    confidence_set: ConfidenceSet | None = None
    """Best groups that hold the compound with a stated probability; None if none was asked for."""
    identification: Identification | None = None
    """Whether the query may be called identified at an error rate; None if none was asked for."""
    advice: Advice | None = None
    """What would decide between the best candidates; None if they are decided, or nothing is known."""
    assignments: tuple[Assignment, ...] = ()
    """Assignments of signals to atoms, for the first candidates."""
    masked_lines: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Masked lines of ``h1`` and ``c13``: ``ppm``, ``kind`` (solvent or impurity) and ``reason``."""
    solvents: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    """Solvent of ``h1`` and ``c13``: ``name``, and ``source``, which is ``given`` (by the user), ``lines``
    (found in the spectra) or ``file``; None where it is unknown."""
    known: tuple[KnownCompound, ...] = ()
    """Known compounds, whose signals were taken from the spectra."""
    components: ComponentRanking | None = None
    """Sets of candidates that explain the spectra together; None if one compound was asked for."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, in the documented order of keys."""
        return {
            "id": self.id,
            "nuclei": list(self.nuclei),
            "verdict": None if self.verdict is None else self.verdict.as_dict(),
            "confidence_set": None if self.confidence_set is None else asdict(self.confidence_set),
            "identification": None if self.identification is None else asdict(self.identification),
            "next": None if self.advice is None else self.advice.as_dict(),
            "candidates": [self._candidate(index) for index in range(len(self.candidates))],
            "ties": [list(ranks) for ranks in self.ties],
            "library": asdict(self.library),
            "warnings": list(self.warnings),
            "solvents": {key: None if value is None else dict(value) for key, value in self.solvents.items()},
            "masked_lines": {key: [dict(line) for line in lines] for key, lines in self.masked_lines.items()},
            "known": [one.as_dict() for one in self.known],
            "components": None if self.components is None else self.components.as_dict(),
            "provenance": asdict(self.provenance),
        }

    def is_in_set(self, index: int) -> bool | None:
        """Whether a candidate is in the confidence set; None if there is no set."""
        chosen = self.confidence_set
        return None if chosen is None else self.candidates[index].group <= chosen.groups

    def _candidate(self, index: int) -> dict[str, Any]:
        values = asdict(self.candidates[index]) | {"in_set": self.is_in_set(index)}
        if index < len(self.assignments):
            values["assignment"] = [signal.as_dict() for signal in self.assignments[index].signals]
        return values


@dataclass(frozen=True)
class QueryFailure:
    """A query of a batch that failed."""

    id: str
    message: str
    exit_code: int
    """Exit code of the command if this were its only query."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"id": self.id, "error": {"message": self.message, "exit_code": self.exit_code}}

"""Sets of candidates that explain the spectra of a mixture together, and compounds that are known to be in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from specmol_core.matcher.judgement import UnexplainedSignal

__all__ = ["ComponentOutcome", "ComponentSet", "ExplainedSignals", "KnownCompound", "ResidualSignals", "SetMember"]


@dataclass(frozen=True)
class ExplainedSignals:
    """The signals of one spectrum that belong to one compound."""

    nucleus: str
    ppm: tuple[float, ...]
    """Shifts of its signals, high to low; a signal may also belong to other compounds."""
    missing_ppm: tuple[float, ...]
    """Predicted shifts of its lines that are not observed; those on N, O and S do not count."""


@dataclass(frozen=True)
class KnownCompound:
    """A compound that the user says is in the sample."""

    smiles: str
    signals: tuple[ExplainedSignals, ...]
    """Signals that were taken from the spectra."""

    @property
    def is_seen(self) -> bool:
        """Whether more of its lines are observed than are not."""
        seen = sum(len(one.ppm) for one in self.signals)
        return seen > 0 and seen >= sum(len(one.missing_ppm) for one in self.signals)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"smiles": self.smiles, "seen": self.is_seen, "signals": [asdict(one) for one in self.signals]}


@dataclass(frozen=True)
class ResidualSignals:
    """Signals of a 1H spectrum that a fit of known compounds leaves."""

    ppm: tuple[float, ...]
    """Shifts, low to high."""
    areas: tuple[float, ...]
    """Area of each signal, as a share of the spectrum."""
    hidden: tuple[tuple[float, float], ...]
    """Ranges, low to high (ppm), in which the known compounds hide signals of others."""
    least_area: float
    """Area from which a signal is seen."""


@dataclass(frozen=True)
class SetMember:
    """One component of a set, by its index among the scored candidates."""

    index: int
    fraction: float | None
    """Mole fraction among the components of the set; None if the spectra do not tell it."""
    low: float | None
    high: float | None
    """Interval of 95 %."""
    signals: tuple[ExplainedSignals, ...]


@dataclass(frozen=True)
class ComponentSet:
    """One set of candidates as the components of the mixture."""

    members: tuple[SetMember, ...]
    score: float
    probability: float
    """Probability that the sample consists of these constitutions, given the library."""
    unexplained: tuple[UnexplainedSignal, ...]
    """Strong signals that no component explains."""


@dataclass(frozen=True)
class ComponentOutcome:
    """What is in a mixture: sets of candidates, best first."""

    verdict: str
    """``identified`` (the best set has a probability of at least 0.9, and leaves no strong signals),
    ``probable`` (at least 0.5), ``open``, ``more components?`` (strong signals are unexplained) or
    ``none fits``."""
    none_fits_probability: float
    """Probability that the library lacks a component."""
    sets: tuple[ComponentSet, ...]
    component_probability: tuple[float, ...]
    """Probability that each member of the best set is a component, in the order of its members."""

"""Advice on what would decide between the best candidates: an experiment, or a region of the spectra."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from specmol_core.spectra.spectrum import Nucleus

__all__ = ["Advice", "DifferingSignal", "ExpectedExperiment"]


@dataclass(frozen=True)
class ExpectedExperiment:
    """What a further experiment would tell about the candidates."""

    name: str
    """``13C``, ``1H``, ``DEPT``, ``HSQC``, or ``<nucleus> in <solvent>``."""
    log_likelihood_ratio: float
    """Expected log-likelihood ratio (nats) of the right candidate over another one, beyond that of the given
    spectra; that of the pair of candidates that it distinguishes least."""
    decides: bool
    """Whether it would make the right candidate at least 20 times as likely as each other one."""


@dataclass(frozen=True)
class DifferingSignal:
    """A signal of the given spectra that two candidates predict differently."""

    nucleus: Nucleus
    ranks: tuple[int, int]
    """Ranks of the two candidates."""
    ppm: tuple[float, float]
    """Shift that each predicts (ppm)."""
    multiplicity: tuple[str, str]
    """Multiplicity that each predicts, by the hydrogens on neighbouring carbons; empty for 13C."""
    uncertainties: float
    """Difference of both shifts, divided by its uncertainty."""

    def describe(self) -> str:
        """Describe the region and both predictions: ``1H 6.84 to 7.05 ppm: 6.84 d against 7.05 t``."""
        decimals = 1 if self.nucleus == "13C" else 2
        low, high = (f"{ppm:.{decimals}f}" for ppm in sorted(self.ppm))
        (first, second), (a, b) = self.ranks, self.ppm
        one, other = (
            f"{ppm:.{decimals}f} {label}".strip() for ppm, label in zip((a, b), self.multiplicity, strict=True)
        )
        region = low if low == high else f"{low} to {high}"
        return f"{self.nucleus} at {region} ppm: {one} (rank {first}) against {other} (rank {second})"


@dataclass(frozen=True)
class Advice:
    """What would decide between the best candidates, from their predicted spectra.

    Examples
    --------
    >>> print(*Advice((1, 2), ("CCO", "COC"), (ExpectedExperiment("13C", 6.12, True),), ()).describe(), sep="\\n")
    next: 13C would decide between ranks 1 and 2 (expected log-likelihood ratio 6.1)
    """

    ranks: tuple[int, ...]
    """Rank of the first candidate of each group that is compared."""
    smiles: tuple[str, ...]
    experiments: tuple[ExpectedExperiment, ...]
    """Experiments that were not given, simple ones first."""
    regions: tuple[DifferingSignal, ...]
    """Signals of the given spectra that differ most, for the first candidate and each other one."""

    @property
    def best(self) -> ExpectedExperiment | None:
        """The first experiment that decides; None if none does."""
        return next((experiment for experiment in self.experiments if experiment.decides), None)

    def describe(self) -> list[str]:
        """Describe the advice in one or two lines."""
        *others, last = map(str, self.ranks)
        between = f"between ranks {', '.join(others)} and {last}"
        if self.best is not None:
            ratio = f"expected log-likelihood ratio {self.best.log_likelihood_ratio:.1f}"
            lines = [f"next: {self.best.name} would decide {between} ({ratio})"]
        else:
            names = list(dict.fromkeys("another solvent" if " in " in e.name else e.name for e in self.experiments))
            lines = [f"next: none of {', '.join(names)} would decide {between}, by their predicted spectra"]
        return lines + ([f"compare: {self.regions[0].describe()}"] if self.regions else [])

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "candidates": [{"rank": r, "smiles": s} for r, s in zip(self.ranks, self.smiles, strict=True)],
            "experiment": None if self.best is None else self.best.name,
            "experiments": [asdict(experiment) for experiment in self.experiments],
            "regions": [asdict(region) for region in self.regions],
        }

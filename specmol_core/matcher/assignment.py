"""Which observed signal belongs to which atoms of a candidate, and how far each stands from its prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specmol_core.spectra.spectrum import Nucleus

__all__ = ["AssignedSignal", "Assignment"]


@dataclass(frozen=True)
class AssignedSignal:
    """One observed signal with its atoms; or a predicted line that is not observed; or a signal that is nobody's."""

    nucleus: Nucleus
    ppm: float | None
    """Observed chemical shift (ppm); None where the predicted line is not observed."""
    predicted_ppm: float | None
    """Predicted chemical shift (ppm); None where no atom explains the signal."""
    uncertainty_ppm: float | None
    """Scale of the predicted distribution (ppm)."""
    atoms: tuple[int, ...]
    """Heavy atoms of the candidate's SMILES that carry the nuclei, from 0; empty where no atom explains the signal."""
    nuclei: float | None = None
    """Number of nuclei: observed where the list says so, else predicted."""
    multiplicity: str = ""
    """As observed, for example "dd"; empty where it is not known."""
    may_be_masked: bool = False
    """Whether a line that is not observed may lie under one of the solvent or an impurity that was taken out."""

    @property
    def deviation(self) -> float | None:
        """Observed minus predicted shift (ppm)."""
        return None if self.ppm is None or self.predicted_ppm is None else self.ppm - self.predicted_ppm

    @property
    def deviation_in_uncertainties(self) -> float | None:
        """The deviation in predicted spreads."""
        return None if self.deviation is None or not self.uncertainty_ppm else self.deviation / self.uncertainty_ppm

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; atoms are counted from 1."""

        def rounded(value: float | None, digits: int) -> float | None:
            return None if value is None else round(value, digits)

        digits = 2 if self.nucleus == "13C" else 3
        return {
            "nucleus": self.nucleus,
            "ppm": rounded(self.ppm, digits),
            "predicted_ppm": rounded(self.predicted_ppm, digits),
            "deviation_ppm": rounded(self.deviation, digits),
            "uncertainty_ppm": rounded(self.uncertainty_ppm, digits),
            "deviation_in_uncertainties": rounded(self.deviation_in_uncertainties, 2),
            "atoms": [atom + 1 for atom in self.atoms],
            "nuclei": self.nuclei,
            "multiplicity": self.multiplicity,
            "may_be_masked": self.may_be_masked,
        }


@dataclass(frozen=True)
class Assignment:
    """All signals of one candidate, 13C before 1H, high to low shift within a nucleus."""

    signals: tuple[AssignedSignal, ...]

    @property
    def unassigned_signals(self) -> tuple[AssignedSignal, ...]:
        """Observed signals that no atom explains."""
        return tuple(s for s in self.signals if s.predicted_ppm is None)

    @property
    def missing_lines(self) -> tuple[AssignedSignal, ...]:
        """Predicted lines that are not observed."""
        return tuple(s for s in self.signals if s.ppm is None)

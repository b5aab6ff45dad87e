"""Assignment of observed signals to the atoms of a candidate, with deviations from the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specmol_core.spectra.spectrum import Nucleus

__all__ = ["AssignedSignal", "Assignment"]


@dataclass(frozen=True)
class AssignedSignal:
    """An observed signal with its atoms, a predicted line that is not observed, or an unassigned signal.

    Examples
    --------
    >>> signal = AssignedSignal("13C", 128.4, 127.9, 0.25, atoms=(2,))
    >>> round(signal.deviation, 2), round(signal.deviation_in_uncertainties, 2)
    (0.5, 2.0)
    """

    nucleus: Nucleus
    ppm: float | None
    """Observed chemical shift (ppm); None if the predicted line is not observed."""
    predicted_ppm: float | None
    """Predicted chemical shift (ppm); None if the signal is unassigned."""
    uncertainty_ppm: float | None
    """Scale of the predicted distribution (ppm)."""
    atoms: tuple[int, ...]
    """Indices from 0 of the heavy atoms of the candidate's SMILES that carry the nuclei; empty if the
    signal is unassigned."""
    nuclei: float | None = None
    """Number of nuclei: of an assigned or missing line the predicted one, of an unassigned signal the
    observed one."""
    multiplicity: str = ""
    """Observed multiplicity, for example "dd"; empty if unknown."""
    may_be_masked: bool = False
    """Whether a line that is not observed may be hidden by a masked solvent or impurity line."""
    integral: float | None = None
    """Integral of a 1H signal of a trace, as ``inspect`` gives it; None for peak lists and 13C."""
    is_counted: bool = True
    """Whether an unassigned signal counts against the candidate. Signals that are too weak for one
    proton, and those that may be of the solvent or water, do not."""

    @property
    def deviation(self) -> float | None:
        """Observed minus predicted shift (ppm)."""
        return None if self.ppm is None or self.predicted_ppm is None else self.ppm - self.predicted_ppm

    @property
    def deviation_in_uncertainties(self) -> float | None:
        """Deviation divided by the predicted uncertainty."""
        return None if self.deviation is None or not self.uncertainty_ppm else self.deviation / self.uncertainty_ppm

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; atoms are numbered from 1."""

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
            "integral": self.integral,
            "is_counted": self.is_counted,
        }


@dataclass(frozen=True)
class Assignment:
    """All signals of one candidate: 13C before 1H, and from high to low shift within a nucleus."""

    signals: tuple[AssignedSignal, ...]

    @property
    def unassigned_signals(self) -> tuple[AssignedSignal, ...]:
        """Observed signals that are assigned to no atom and count against the candidate."""
        return tuple(s for s in self.signals if s.predicted_ppm is None and s.is_counted)

    @property
    def missing_lines(self) -> tuple[AssignedSignal, ...]:
        """Predicted lines that are not observed."""
        return tuple(s for s in self.signals if s.ppm is None)

"""A solvent that is not deuterated: its lines are suppressed, and nothing holds the field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.spectra.reference.impurities import IMPURITIES
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["ProtonatedSolvent", "prediction_solvent", "protonated_solvent", "stated_solvent"]

_TABLE_SOLVENT = "CD3OD"
"""Column of the table of impurities whose shifts are taken."""
_HALF_RANGE_PPM = {"1H": 0.12, "13C": 1.0}
_HALF_RANGE_HZ = 20.0
"""A suppressed line hides at least so much to each side, at low fields."""
_ALCOHOLS = ("ethanol", "2-propanol", "tert-butyl alcohol", "ethylene glycol")
_HYDROXYL_PPM, _HYDROXYL_HALF_RANGE_PPM = 5.2, 0.3
"""The hydroxyl proton of a neat alcohol at room temperature; it moves with water and temperature."""
_MAX_OFFSET_PPM, _OFFSET_STEP_PPM = 0.35, 0.01
_OFFSET_SD_PPM = 0.15
"""Without a lock on deuterium, the axis of a spectrum may be off by this."""
_LINE_RANGE_PPM = 0.04
_SAME_SCORE = 0.3


@dataclass(frozen=True)
class ProtonatedSolvent:
    """A solvent of the table of impurities, as the solvent of a sample."""

    name: str
    nucleus: str
    signals: tuple[ReferenceSignal, ...]

    @property
    def is_alcohol(self) -> bool:
        """Whether it has a hydroxyl proton, with which acidic protons exchange."""
        return self.name in _ALCOHOLS

    def lines(self, offset_ppm: float = 0.0) -> tuple[float, ...]:
        """Return the shifts of its lines (ppm)."""
        hydroxyl = [_HYDROXYL_PPM] if self.nucleus == "1H" and self.is_alcohol else []
        return tuple(ppm + offset_ppm for ppm in [*(s.ppm for s in self.signals), *hydroxyl])

    def ranges(self, mhz: float, offset_ppm: float = 0.0) -> tuple[tuple[float, float], ...]:
        """Return the ranges around its lines, high to low (ppm), which say nothing."""
        half = max(_HALF_RANGE_PPM[self.nucleus], _HALF_RANGE_HZ / mhz)
        widths = [half] * len(self.signals) + [max(half, _HYDROXYL_HALF_RANGE_PPM)]
        return tuple((ppm + width, ppm - width) for ppm, width in zip(self.lines(offset_ppm), widths, strict=False))

    def offset_ppm(self, spectrum: Spectrum) -> float:
        """Return where its lines stand in a 1H spectrum, against the table: what is left of them is still tall.

        0 if the spectrum shows none of them.
        """
        if self.nucleus != "1H":
            return 0.0
        axis = spectrum.axis
        trace = np.abs(np.asarray(spectrum.magnitudes, dtype=np.float64))
        tallest = maximum_filter1d(trace, 2 * int(_LINE_RANGE_PPM / axis.step) + 1)
        offsets = np.arange(-_MAX_OFFSET_PPM, _MAX_OFFSET_PPM + _OFFSET_STEP_PPM / 2, _OFFSET_STEP_PPM)
        places = np.array([signal.ppm for signal in self.signals])[:, None] + offsets
        index = np.floor(axis.position(places)).astype(np.int64)
        inside = (index >= 0) & (index < axis.points)
        lowest = np.where(inside, tallest[index.clip(0, axis.points - 1)], 0.0).min(axis=0)
        if not lowest.max() > 0:
            return 0.0
        score = np.log(lowest.clip(1e-9 * lowest.max(), None)) - 0.5 * (offsets / _OFFSET_SD_PPM) ** 2
        best = float(offsets[score.argmax()])
        # The middle of the places at which the same remainders are the tallest.
        same = (score > score.max() - _SAME_SCORE) & (np.abs(offsets - best) <= 2 * _LINE_RANGE_PPM)
        return float(offsets[same].mean())


def protonated_solvent(name: str | None, nucleus: str) -> ProtonatedSolvent | None:
    """Return the solvent of a name, if it is not deuterated; None if it is, or if the table lacks it.

    >>> protonated_solvent("CDCl3", "1H")
    >>> [round(ppm, 2) for ppm in protonated_solvent("ethanol", "1H").ranges(500.0)[0]]
    [1.31, 1.07]
    """
    if not name or solvent_named(name) is not None:
        return None
    plain = name.strip().lower()
    for impurity in IMPURITIES:
        if impurity.name.lower() == plain:
            signals = tuple(impurity.signals_or_default(nucleus, _TABLE_SOLVENT))
            return ProtonatedSolvent(impurity.name, nucleus, signals)
    return None


def stated_solvent(name: str | None, nucleus: str) -> str | None:
    """Return the solvent of a name for reading a spectrum, which knows deuterated solvents only; None for others.

    >>> stated_solvent("CDCl3", "1H"), stated_solvent("ethanol", "1H")
    ('CDCl3', None)
    """
    return name if protonated_solvent(name, nucleus) is None else None


def prediction_solvent(name: str) -> tuple[str, bool]:
    """Return the solvent for which shifts are predicted, and whether it exchanges acidic protons.

    >>> prediction_solvent("ethanol"), prediction_solvent("chloroform")
    (('CD3OD', True), ('CDCl3', False))
    """
    protonated = protonated_solvent(name, "1H")
    known = solvent_named(name)
    if protonated is not None and protonated.is_alcohol:
        return _TABLE_SOLVENT, True
    if known is None:
        return "unknown" if protonated is None else "other", False
    return known.name if known.name in SOLVENTS else "other", known.deuterium_exchange

"""Ranges of a spectrum that say nothing, because a protonated solvent was suppressed there."""

from __future__ import annotations

from specmol_core.spectra.reference.impurities import IMPURITIES
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = ["suppressed_ranges"]

_HALF_RANGE_PPM = {"1H": 0.12, "13C": 1.0}
_HYDROXYL_HALF_RANGE_PPM = 0.4
"""The shift of a hydroxyl proton depends on water and temperature."""


def suppressed_ranges(solvent: str | None, nucleus: str) -> tuple[tuple[float, float], ...]:
    """Return the ranges around the lines of a solvent that is not deuterated, high to low (ppm).

    None if the name is that of a deuterated solvent, whose residual lines are fitted.

    >>> suppressed_ranges("CDCl3", "1H")
    ()
    """
    if not solvent or solvent_named(solvent) is not None:
        return ()
    name = solvent.strip().lower()
    for impurity in IMPURITIES:
        if impurity.name.lower() == name:
            return tuple(
                (s.ppm + half, s.ppm - half)
                for s in impurity.signals_or_default(nucleus, "CD3OD")
                for half in [_HYDROXYL_HALF_RANGE_PPM if s.group == "OH" else _HALF_RANGE_PPM[nucleus]]
            )
    return ()

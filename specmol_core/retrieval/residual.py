"""The 1H signals that a fit of known compounds leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.errors import SpectrumError
from specmol_core.matcher.components import ResidualSignals
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.analysis.picking import resolves_lines

if TYPE_CHECKING:
    from specmol_core.mixtures.fit import MixtureFit

__all__ = ["fitted_residual"]

_MAX_LEFT = 0.25
"""Largest share of the area that the known compounds leave. With more, the main compound is not known, and its
signals are better read line by line."""
_MIN_AREA, _MIN_HEIGHT = 0.002, 0.004
"""Least area of a signal, as a share of the spectrum, and least height, relative to the tallest: those of
``find_unexplained``."""
_MIN_EXCESS = 0.3
"""Share of the intensity that the known compounds do not explain, from which a signal is one of something else.
It is less than in a list of signals for people, because a signal too many costs a candidate little."""
_BLUR_RATIO = 3.0
"""Blur of the comparison over that of the fit, as of ``find_unexplained``."""
_USUAL_WIDTH_PPM = 0.03
"""Width of a signal whose area is just seen."""


def fitted_residual(analysis: Analysis | None, smiles: Sequence[str]) -> ResidualSignals | None:
    """Return the 1H signals that known compounds leave, with the ranges in which these hide others.

    The known compounds are fitted as ``specmol quantify`` does. The result is None if there is no 1H
    trace at a stated field that resolves lines, if it cannot be fitted, or if the known compounds do
    not explain most of it.

    Parameters
    ----------
    analysis
        The 1H spectrum.
    smiles
        The known compounds.
    """
    if analysis is None or analysis.spectrum.peaks or not resolves_lines(analysis.spectrum):
        return None
    # A ranking without known compounds loads none of these.
    from specmol_core.mixtures.fitter import MixtureFitter
    from specmol_core.mixtures.species import Species
    from specmol_core.mixtures.unexplained import find_unexplained
    from specmol_core.shifts.predictor import ShiftPredictor

    species = [one for one in (Species(text, text) for text in smiles) if one.nuclei("1H")]
    if not species or not analysis.spectrum.frequency_mhz:
        return None
    solvent = None if analysis.solvent is None else analysis.solvent.name
    try:
        fit = MixtureFitter(species, ShiftPredictor.load(), solvent=solvent).fit(analysis.spectrum)
    except SpectrumError:
        return None
    if 1.0 - float(fit.contributions.sum()) > _MAX_LEFT:
        return None
    signals = sorted((s.ppm, s.area) for s in find_unexplained(fit, _MIN_EXCESS))
    blur = _BLUR_RATIO * fit.cells.grid.blur[0]
    least = _MIN_HEIGHT * float(gaussian_filter1d(fit.cells.raw, blur).max())
    return ResidualSignals(
        tuple(ppm for ppm, _ in signals),
        tuple(area for _, area in signals),
        _hiding_ranges(fit, least),
        max(_MIN_AREA, least * _USUAL_WIDTH_PPM / fit.cells.grid.step),
    )


def _hiding_ranges(fit: MixtureFit, level: float) -> tuple[tuple[float, float], ...]:
    """Return the ranges, low to high (ppm), in which the known compounds are above a height or nothing is seen."""
    grid = fit.cells.grid
    hides: NDArray[np.bool_] = (fit.contributions.sum(axis=0) > level) | (fit.cells.weight[0] <= 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], hides, [False]))))
    return tuple((grid.high - stop * grid.step, grid.high - start * grid.step) for start, stop in edges.reshape(-1, 2))

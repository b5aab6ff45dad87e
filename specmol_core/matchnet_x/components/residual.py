"""What known compounds leave of a trace: 1H signals by a fit, and the least amount that is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specmol_core.matcher.components import ResidualSignals
from specmol_core.matchnet_x.observed_signals import UNKNOWN_MULTIPLICITY, Observed
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.analysis.picking import least_height, resolves_lines

__all__ = ["read_rest"]

_SHIFT_ERROR_PPM = 0.01


def read_rest(analysis: Analysis, left: Observed, fitted: ResidualSignals | None) -> Observed:
    """Return the signals that known compounds leave of one spectrum, with the least amount that is seen.

    Peak lists and pictures stay as they are, as does a 1H spectrum that was not fitted.

    Parameters
    ----------
    left
        Signals that are left by assigning lines to the known compounds.
    fitted
        Signals that a fit of the known compounds leaves of the 1H spectrum; None without a fit.
    """
    if analysis.spectrum.peaks or not resolves_lines(analysis.spectrum):
        return left
    if left.nucleus == "13C":
        return replace(left, least_amount=least_height(analysis.named_spectrum))
    return left if fitted is None else _of_fit(left, fitted)


def _of_fit(left: Observed, fitted: ResidualSignals) -> Observed:
    count = len(fitted.ppm)
    return replace(
        left,
        ppm=np.array(fitted.ppm, np.float64),
        error=np.full(count, _SHIFT_ERROR_PPM),
        amount=np.array(fitted.areas, np.float64),
        multiplicity=np.full(count, UNKNOWN_MULTIPLICITY),
        multiplicity_labels=("",) * count,
        maybe_solvent=np.zeros(count, np.bool_),
        height=np.full(count, np.nan),
        integrals_are_counts=False,
        masked_ranges=fitted.hidden,
        least_amount=fitted.least_area,
    )

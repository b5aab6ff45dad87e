"""Find the residual solvent peak of a spectrum and its offset from the reference shift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["reference", "solvent_offset"]

_SEARCH_RANGE_PPM = {"1H": 0.15, "13C": 3.0}
"""Largest offset searched for a solvent line (ppm); a locked spectrum is rarely off by more."""
_MIN_SNR = 8.0
"""Least height of the lines of a solvent's multiplet (standard deviations of the noise)."""
_MIN_HEIGHT_RATIO = 0.6
"""Least ratio of the lowest to the highest line of a multiplet, relative to theoretical heights."""
_MAXIMUM_CELLS = 9
"""Width of the window in which the top of a single line is the maximum (cells)."""


def reference(
    axis: PpmAxis, trace: NDArray[np.floating], nucleus: Nucleus, frequency_mhz: float, solvent: str | None, stated: str
) -> tuple[PpmAxis, str]:
    """Move an unreferenced axis so that the solvent line is at its reference shift.

    Parameters
    ----------
    stated
        How the axis was referenced so far, in words; kept where no solvent line is found.

    Returns
    -------
    The axis, and how it was referenced, in words.
    """
    located = solvent_offset(axis, trace, nucleus, frequency_mhz, solvent)
    if located is None:
        return axis, stated
    offset, name, ppm = located
    moved = PpmAxis(axis.high - offset, axis.low - offset, axis.points)
    return moved, f"{name} at {ppm:.2f} ppm (moved by {-offset:+.3f} ppm)"


def solvent_offset(
    axis: PpmAxis, trace: NDArray[np.floating], nucleus: Nucleus, frequency_mhz: float, solvent: str | None
) -> tuple[float, str, float] | None:
    """Find the offset of the solvent line (ppm), the solvent's name and the line's reference shift.

    A multiplet of the solvent is recognised by its spacing and by its heights, which couplings to n
    deuterons give. A single line is taken as the solvent's only in a 1H spectrum; the one nearest to
    the reference shift is used. None if no solvent line is found.
    """
    known_solvent = solvent_named(solvent)
    if known_solvent is None:
        return None
    values = np.asarray(trace, dtype=np.float64)
    noise = 1.4826 * float(np.median(np.abs(np.diff(values)))) / np.sqrt(2.0)
    for signal in known_solvent.signals(nucleus):
        if signal.lines == 1 and (nucleus == "13C" or known_solvent.hydrogen_bonding):
            continue
        found_ppm = _find_multiplet(axis, values, signal, frequency_mhz, _MIN_SNR * noise, _SEARCH_RANGE_PPM[nucleus])
        if found_ppm is not None:
            return found_ppm - signal.ppm, known_solvent.name, signal.ppm
    return None


def _find_multiplet(
    axis: PpmAxis,
    trace: NDArray[np.float64],
    signal: ReferenceSignal,
    frequency: float,
    min_height: float,
    search_range_ppm: float,
) -> float | None:
    """Find the middle of a solvent's multiplet (ppm) near its reference shift; None for none."""
    heights = signal.line_areas / signal.line_areas.min()
    offsets = (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.coupling_hz / frequency
    grid = np.arange(signal.ppm - search_range_ppm, signal.ppm + search_range_ppm, axis.step / 2)
    # A line may be slightly off the position that the spacing gives.
    tolerance = max(3, 2 * round(0.15 * signal.coupling_hz / frequency / axis.step) + 1)
    smooth = maximum_filter1d(trace, tolerance) if signal.lines > 1 else trace
    positions = axis.position(grid[:, None] + offsets) - 0.5
    if positions.min() < 0 or positions.max() > axis.points - 1:
        return None
    scaled = np.interp(positions, np.arange(axis.points), smooth) / heights
    weakest = scaled.min(axis=1)
    if signal.lines == 1:
        tops = np.flatnonzero(
            (weakest == maximum_filter1d(weakest, _MAXIMUM_CELLS)) & (weakest > max(min_height, 0.01 * trace.max()))
        )
        # At the ends of the range, a maximum may be the flank of a line outside the range.
        tops = tops[(tops >= _MAXIMUM_CELLS // 2) & (tops < len(grid) - _MAXIMUM_CELLS // 2)]
        return float(grid[tops[np.abs(grid[tops] - signal.ppm).argmin()]]) if tops.size else None
    fit = weakest * (weakest > min_height) * (weakest > _MIN_HEIGHT_RATIO * scaled.max(axis=1))
    if not fit.max() > 0:
        return None
    # The filter makes plateaus; take the middle of the best one.
    best = np.flatnonzero(fit >= 0.98 * fit.max())
    return float(grid[best[np.abs(best - int(fit.argmax())) < 4 * tolerance]].mean())

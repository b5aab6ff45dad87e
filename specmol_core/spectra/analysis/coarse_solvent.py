"""Recognise the carbons of a solvent on an axis too coarse to separate the lines of their multiplets.

An image of some hundred columns shows the triplet of CDCl3 as one broad, flat line. Its shape still
differs from that of a single line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.noise import NoiseFloor
from specmol_core.spectra.analysis.solvent_lines import find_solvents
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import SOLVENTS, Solvent
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["CoarseSolvent", "carbon_offset", "find_coarse_solvent"]

_TRIAL_FREQUENCIES_MHZ = (75.5, 100.6, 125.8, 150.9, 176.1)
"""13C frequencies tried if the spectrum states none (MHz)."""
_COMMON = 5
"""Most common solvents; of the others, a shape amid lines of a compound is not evidence enough."""
_MAX_OFFSET_PPM = 0.4
"""Largest deviation of a solvent's multiplet from its reference position (ppm)."""
_REACH = 4
"""Columns of the shape of a single line, on either side."""
_SHAPE_QUANTILE = 0.25
"""Quantile of the shapes of all lines that is the shape of a single one; the others may be broad or crowded."""
_MIN_SNR, _MIN_SHARE = 6.0, 0.03
"""Least height of a multiplet: in standard deviations of the noise, and relative to the tallest line."""
_MAX_RESIDUAL, _MAX_RESIDUAL_RATIO = 0.15, 0.3
"""Largest squared deviation from the shape of a multiplet, relative to the squared trace, and over that of
a single line."""
_MIN_FAR_COLUMNS = 1.0
"""Least distance of the outer lines of a multiplet from its middle, if it may be far from its position: a
narrower one looks like a single line."""
_MARGIN_COLUMNS = 2.0
"""Columns beside the outer lines of a multiplet that belong to its shape."""
_MAX_SHARED_RATIO = 1.7
"""Ratio to the expected height above which a line near a stated solvent's is of the compound, too."""
_MAX_STATED_OFFSET_PPM = 0.3
"""Largest distance of the lines of a stated solvent from their reference positions (ppm)."""
_DEFAULT_FREQUENCY_MHZ = 100.0


@dataclass(frozen=True)
class CoarseSolvent:
    """A solvent on a coarse axis."""

    solvent: Solvent
    lines: tuple[int, ...]
    """Indices of its peaks."""


def find_coarse_solvent(
    spectrum: Spectrum, peaks: Sequence[Peak], floor: NoiseFloor, stated: Solvent | None
) -> CoarseSolvent | None:
    """Find the solvent of a 13C spectrum on a coarse axis; None if no peak is the solvent's.

    The peaks of a stated solvent are those at its reference positions. Without one, the shape of a
    multiplet is needed.

    Parameters
    ----------
    peaks
        The picked lines, high to low shift.
    """
    if spectrum.nucleus != "13C" or not peaks:
        return None
    ppm = np.array([peak.ppm for peak in peaks])
    if stated is not None:
        lines = _stated_lines(spectrum, peaks, ppm, stated)
        return CoarseSolvent(stated, lines) if lines else None
    resolved = find_solvents(peaks, "13C", spectrum.frequency_mhz, (spectrum.axis.high, spectrum.axis.low))
    if resolved:
        own = (i for m in resolved[0].multiplets for i in m.lines if i not in m.shared_lines)
        return CoarseSolvent(resolved[0].solvent, tuple(own))
    trace = np.asarray(spectrum.magnitudes, dtype=np.float64) - floor.baseline
    least = max(_MIN_SNR * floor.noise, _MIN_SHARE * float(trace.max()))
    shape = _single_line(trace, spectrum, ppm, _MIN_SNR * floor.noise)
    found = ((solvent, _match_all(trace, spectrum, solvent, shape, least)) for solvent in SOLVENTS[:_COMMON])
    matches = [(solvent, fits) for solvent, fits in found if fits]
    if not matches:
        return None
    solvent, fits = min(matches, key=lambda match: max(fit.deviation for fit in match[1]))
    own = (i for i, shift in enumerate(ppm) if any(abs(shift - fit.centre) <= fit.half_width for fit in fits))
    return CoarseSolvent(solvent, tuple(own))


def carbon_offset(
    spectrum: Spectrum, peaks: Sequence[Peak], floor: NoiseFloor, signal: ReferenceSignal, max_offset_ppm: float
) -> float | None:
    """Return the distance of a solvent's multiplet from its reference position on a 13C axis (ppm), by its shape.

    None if it is not there. A multiplet that is where it belongs is preferred to another one.

    Parameters
    ----------
    max_offset_ppm
        Largest distance that is searched (ppm).
    """
    trace = np.asarray(spectrum.magnitudes, dtype=np.float64) - floor.baseline
    if not peaks:
        return None
    least = max(_MIN_SNR * floor.noise, _MIN_SHARE * float(trace.max()))
    shape = _single_line(trace, spectrum, np.array([peak.ppm for peak in peaks]), _MIN_SNR * floor.noise)
    for reach in (_MAX_OFFSET_PPM, max_offset_ppm):
        if (fit := _match(trace, spectrum, signal, shape, least, reach)) is not None:
            return fit.centre - signal.ppm
    return None


def _stated_lines(
    spectrum: Spectrum, peaks: Sequence[Peak], ppm: NDArray[np.float64], stated: Solvent
) -> tuple[int, ...]:
    """Indices of the peaks at the positions of a stated solvent, and not far too tall for it."""
    height = np.array([abs(peak.height) for peak in peaks])
    mhz = spectrum.frequency_mhz or _DEFAULT_FREQUENCY_MHZ
    is_solvent = np.zeros(len(ppm), dtype=bool)
    for signal in stated.c13:
        lines = signal.ppm + (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.coupling_hz / mhz
        share = signal.line_areas / signal.line_areas.max()
        near = np.abs(ppm[:, None] - lines) < _MAX_STATED_OFFSET_PPM + spectrum.axis.step / 2
        tops = np.where(near, height[:, None], 0.0).max(axis=0) / share
        usual = float(np.median(tops[tops > 0])) if tops.any() else 0.0
        allowed = _MAX_SHARED_RATIO * usual * np.where(near, share, 0.0).max(axis=1)
        is_solvent |= near.any(axis=1) & (height <= allowed)
    return tuple(np.flatnonzero(is_solvent).tolist())


def _single_line(
    trace: NDArray[np.float64], spectrum: Spectrum, ppm: NDArray[np.float64], least: float
) -> NDArray[np.float64]:
    """Shape of a single line (2 * _REACH + 1,), 1 at its top, from all lines of the spectrum."""
    at = np.rint(spectrum.axis.position(ppm) - 0.5).astype(np.int64)
    at = at[(at >= _REACH + 1) & (at < len(trace) - _REACH - 1)]
    at = np.unique(at - 1 + trace[at[:, None] + np.arange(-1, 2)].argmax(axis=1)) if len(at) else at
    at = at[trace[at] >= least]
    if not len(at):
        return np.asarray(np.arange(-_REACH, _REACH + 1) == 0, dtype=np.float64)
    shapes = trace[at[:, None] + np.arange(-_REACH, _REACH + 1)] / trace[at, None]
    return np.asarray(np.clip(np.quantile(shapes, _SHAPE_QUANTILE, axis=0), 0.0, 1.0), dtype=np.float64)


class _Fit(NamedTuple):
    """A multiplet in the trace (ppm), and its deviation from its shape."""

    deviation: float
    centre: float
    half_width: float


def _match_all(
    trace: NDArray[np.float64], spectrum: Spectrum, solvent: Solvent, shape: NDArray[np.float64], least: float
) -> list[_Fit]:
    """The multiplets of a solvent; empty if one of them is missing in the range of the spectrum."""
    axis = spectrum.axis
    signals = [s for s in solvent.c13 if s.lines > 1 and axis.low + 1 < s.ppm < axis.high - 1]
    fits = []
    for signal in signals:
        fit = _match(trace, spectrum, signal, shape, least)
        if fit is None:
            return []
        fits.append(fit)
    return fits


def _match(
    trace: NDArray[np.float64],
    spectrum: Spectrum,
    signal: ReferenceSignal,
    shape: NDArray[np.float64],
    least: float,
    max_offset: float = _MAX_OFFSET_PPM,
) -> _Fit | None:
    """The best fit of a multiplet; None if nothing is there, or if a single line fits about as well."""
    axis = spectrum.axis
    frequencies = (spectrum.frequency_mhz,) if spectrum.frequency_mhz else _TRIAL_FREQUENCIES_MHZ
    order, share = np.arange(signal.lines) - (signal.lines - 1) / 2, signal.line_areas / signal.line_areas.max()
    reach = max_offset + order[-1] * signal.coupling_hz / min(frequencies) + _MARGIN_COLUMNS * axis.step
    grid = axis.grid()
    near = np.abs(grid - signal.ppm) <= reach
    grid, observed = grid[near], np.clip(trace[near], 0.0, None)
    if observed.max(initial=0.0) < least:
        return None
    best, best_inside = _Fit(1.0, signal.ppm, 0.0), near
    for frequency in frequencies:
        spread = order * signal.coupling_hz / frequency
        if max_offset > _MAX_OFFSET_PPM and spread[-1] < _MIN_FAR_COLUMNS * axis.step:
            continue
        half_width = float(spread[-1]) + _MARGIN_COLUMNS * axis.step
        for offset in np.arange(-max_offset, max_offset + 1e-9, min(axis.step / 4, 0.05)):
            centre = signal.ppm + float(offset)
            inside = np.abs(grid - centre) <= half_width
            lines = np.asarray(centre + spread, dtype=np.float64)
            deviation = _deviation(observed[inside], grid[inside], lines, share, shape, axis.step)
            if deviation < best.deviation:
                best, best_inside = _Fit(deviation, centre, half_width), inside
    if best.deviation > _MAX_RESIDUAL or observed[best_inside].max() < least:
        return None
    part, columns = observed[best_inside], grid[best_inside]
    one = np.ones(1)
    single = min(_deviation(part, columns, np.array([c]), one, shape, axis.step) for c in columns)
    return best if best.deviation <= _MAX_RESIDUAL_RATIO * single else None


def _deviation(
    observed: NDArray[np.float64],
    grid: NDArray[np.float64],
    lines: NDArray[np.float64],
    heights: NDArray[np.float64],
    shape: NDArray[np.float64],
    step: float,
) -> float:
    """Squared deviation of columns from a multiplet of the best height, relative to the squared columns.

    A column holds the tallest of the lines that reach it. A line between two columns fills one of them
    or, with a smooth stroke, both; the better of these drawings counts.
    """
    distance = np.abs(grid[:, None] - lines) / step
    half = np.append((shape[_REACH:] + shape[_REACH::-1]) / 2, 0.0)
    one = half[np.minimum(np.rint(distance).astype(np.int64), _REACH + 1)]
    both = np.interp(np.maximum(distance - 0.5, 0.0), np.arange(_REACH + 2), half, right=0.0)
    return min(_misfit(observed, (drawn * heights).max(axis=1)) for drawn in (one, both))


def _misfit(observed: NDArray[np.float64], model: NDArray[np.float64]) -> float:
    power, total = float(model @ model), float(observed @ observed)
    if not power * total > 0:
        return 1.0
    scale = float(observed @ model) / power
    return float(((observed - scale * model) ** 2).sum() / total)

"""Reference an axis by the lines of the solvent that the file states.

A locked spectrometer places its axis within a few hundredths of a ppm. A larger correction therefore
needs stronger evidence, and it is always a warning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.analysis.picking import pick_peaks, resolves_lines
from specmol_core.spectra.analysis.residual_solvent import LineArrays
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import Solvent, solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MAX_SILENT_MOVE_PPM", "SEARCH_RANGE_PPM", "moved_axis", "reference", "solvent_offset"]

MAX_SILENT_MOVE_PPM = {"1H": 0.03, "13C": 0.3}
"""Correction of an axis above which a warning is given, and stronger evidence is needed (ppm)."""
SEARCH_RANGE_PPM = {"1H": 0.15, "13C": 3.0}
"""Largest offset searched for a solvent line (ppm); a locked spectrum is rarely off by more."""
_MIN_SNR = 8.0
"""Least height of the lines of a solvent (standard deviations of the noise)."""
_MIN_FAR_SHARE = 0.01
"""Least height of a solvent's tallest line that moves an axis far, relative to the tallest line of
the spectrum. Residual protons of a solvent exceed it in ordinary samples."""
_MAX_FAR_SHARE = 0.5
"""Largest height of a single line that moves a 1H axis far, relative to the tallest line: a taller
singlet may be the compound's."""
_MIN_HEIGHT_RATIO = 0.6
"""Least ratio of the lowest to the highest line of a multiplet, relative to theoretical heights."""
_MAX_VALLEY = {"1H": 0.95, "13C": 0.6}
"""Largest height between two lines of a multiplet, relative to their mean: a broad line with noise
on top has no valleys."""
_NEAR_BEST = 0.3
"""Share of the best multiplet's height from which one nearer to the reference shift is preferred."""
_MAX_UNRESOLVED_SPACINGS = 5.0
"""Largest width of a multiplet whose lines run together, in spacings of its lines."""
_MIN_SINGLE_SHARE = 0.003
"""Least height of a solvent's single line, relative to the tallest line."""


@dataclass(frozen=True)
class _Trace:
    """A spectrum above its baseline, and its noise."""

    axis: PpmAxis
    values: NDArray[np.float64]
    noise: float
    frequency_mhz: float

    @property
    def tallest(self) -> float:
        return float(self.values.max())


def reference(
    axis: PpmAxis, trace: NDArray[np.floating], nucleus: Nucleus, frequency_mhz: float, solvent: str | None, stated: str
) -> tuple[PpmAxis, str, tuple[str, ...]]:
    """Move an unreferenced axis so that the solvent line is at its reference shift.

    Parameters
    ----------
    stated
        How the axis was referenced so far, in words; kept where no solvent line is found.

    Returns
    -------
    The axis, how it was referenced, in words, and a warning if it was moved far.
    """
    located = solvent_offset(axis, trace, nucleus, frequency_mhz, solvent)
    if located is None:
        return axis, stated, ()
    return moved_axis(axis, nucleus, *located)


def moved_axis(
    axis: PpmAxis, nucleus: Nucleus, offset: float, name: str, ppm: float
) -> tuple[PpmAxis, str, tuple[str, ...]]:
    """Move an axis so that a line at ``ppm + offset`` is at ``ppm``.

    Returns
    -------
    The axis, how it was referenced, in words, and a warning if it was moved far.
    """
    moved = PpmAxis(axis.high - offset, axis.low - offset, axis.points)
    warnings: tuple[str, ...] = ()
    if abs(offset) > MAX_SILENT_MOVE_PPM[nucleus]:
        warnings = (
            f"the axis was moved by {-offset:+.3f} ppm, because {name} was found at {ppm + offset:.2f} ppm instead of "
            f"{ppm:.2f} ppm: check that this is a line of the solvent",
        )
    return moved, f"{name} at {ppm:.2f} ppm (moved by {-offset:+.3f} ppm)", warnings


def solvent_offset(
    axis: PpmAxis, trace: NDArray[np.floating], nucleus: Nucleus, frequency_mhz: float, solvent: str | None
) -> tuple[float, str, float] | None:
    """Find the offset of the solvent line (ppm), the solvent's name and the line's reference shift.

    A multiplet of the solvent is recognised by its spacing, its heights, which couplings to n
    deuterons give, and the valleys between its lines. In 1H, a line that is broader than others may
    be a multiplet whose lines run together. If all residual lines of a solvent are single,
    each must be found at the same offset in a 1H spectrum and be no part of a multiplet. None if no
    solvent line is found.
    """
    known_solvent = solvent_named(solvent)
    if known_solvent is None:
        return None
    values = np.asarray(trace, dtype=np.float64)
    floor = estimate_noise_floor(values)
    spectrum = _Trace(axis, values - floor.baseline, floor.noise, frequency_mhz)
    if not spectrum.tallest > 0:
        return None
    signals = known_solvent.signals(nucleus)
    for signal in signals:
        if signal.lines > 1 and (found := _find_multiplet(spectrum, signal, nucleus)) is not None:
            return found - signal.ppm, known_solvent.name, signal.ppm
    if nucleus == "13C" or not signals:
        return None
    lines = _proton_lines(spectrum)
    if lines is None:
        return None
    for signal in signals:
        if signal.lines > 1:
            unresolved = _find_unresolved(lines, signal)
            return None if unresolved is None else (unresolved - signal.ppm, known_solvent.name, signal.ppm)
    return None if known_solvent.hydrogen_bonding else _find_single_lines(lines, known_solvent)


def _find_multiplet(spectrum: _Trace, signal: ReferenceSignal, nucleus: Nucleus) -> float | None:
    """Find the middle of a solvent's multiplet (ppm) near its reference shift; None for none."""
    axis, spacing = spectrum.axis, signal.coupling_hz / spectrum.frequency_mhz
    heights = signal.line_areas / signal.line_areas.min()
    offsets = (np.arange(signal.lines) - (signal.lines - 1) / 2) * spacing
    reach = SEARCH_RANGE_PPM[nucleus]
    grid = np.arange(signal.ppm - reach, signal.ppm + reach, axis.step / 2)
    positions = axis.position(grid[:, None] + offsets) - 0.5
    if positions.min() < 0 or positions.max() > axis.points - 1:
        return None
    # A line may be slightly off the position that the spacing gives.
    tolerance = max(3, 2 * round(0.15 * spacing / axis.step) + 1)
    cells = np.arange(axis.points)
    tops = np.interp(positions, cells, maximum_filter1d(spectrum.values, tolerance))
    scaled = tops / heights
    weakest = scaled.min(axis=1)
    least_top = np.where(
        np.abs(grid - signal.ppm) > MAX_SILENT_MOVE_PPM[nucleus], _MIN_FAR_SHARE * spectrum.tallest, 0.0
    )
    valleys = np.interp((positions[:, 1:] + positions[:, :-1]) / 2, cells, uniform_filter1d(spectrum.values, tolerance))
    is_multiplet = (
        (weakest > _MIN_SNR * spectrum.noise)
        & (weakest > _MIN_HEIGHT_RATIO * scaled.max(axis=1))
        & (tops.max(axis=1) > least_top)
        & (valleys < _MAX_VALLEY[nucleus] * (tops[:, 1:] + tops[:, :-1]) / 2).all(axis=1)
    )
    # At the ends of the range, a maximum may be the flank of something outside the range.
    is_multiplet[: 4 * tolerance] = is_multiplet[-4 * tolerance :] = False
    fit = weakest * is_multiplet
    if not fit.max() > 0:
        return None
    good = np.flatnonzero((fit == maximum_filter1d(fit, 8 * tolerance + 1)) & (fit >= _NEAR_BEST * fit.max()))
    best = int(good[np.abs(grid[good] - signal.ppm).argmin()])
    # The filter makes plateaus; take the middle of the best one.
    plateau = np.flatnonzero(fit >= 0.98 * fit[best])
    return float(grid[plateau[np.abs(plateau - best) < 4 * tolerance]].mean())


def _proton_lines(spectrum: _Trace) -> LineArrays | None:
    """The lines of a 1H spectrum; None if its axis is too coarse, or if there are none."""
    trace = (spectrum.values / spectrum.tallest).astype(np.float32)
    scaled = Spectrum("1H", spectrum.axis, trace, frequency_mhz=spectrum.frequency_mhz)
    peaks = pick_peaks(scaled) if resolves_lines(scaled) else ()
    return LineArrays(peaks, spectrum.frequency_mhz) if peaks else None


def _find_unresolved(lines: LineArrays, signal: ReferenceSignal) -> float | None:
    """Shift of a multiplet whose lines run together: the tallest line of the range, and a broad one."""
    near = lines.within_ppm(signal.ppm, SEARCH_RANGE_PPM["1H"])
    if not near.size:
        return None
    top = int(near[lines.height[near].argmax()])
    is_usual = lines.width[top] < _MAX_UNRESOLVED_SPACINGS * signal.coupling_hz
    is_usual &= lines.height[top] > _MIN_FAR_SHARE * lines.height.max()
    return float(lines.ppm[top]) if is_usual and lines.is_unresolved(top, signal) and lines.is_isolated({top}) else None


def _find_single_lines(lines: LineArrays, solvent: Solvent) -> tuple[float, str, float] | None:
    """The offset at which each single line of a solvent is found, as of ``solvent_offset``."""
    first, *others = ([float(lines.ppm[i]) - s.ppm for i in _single_lines(lines, s.ppm)] for s in solvent.h1)
    same = [
        offset
        for offset in first
        if all(any(abs(other - offset) < MAX_SILENT_MOVE_PPM["1H"] for other in more) for more in others)
    ]
    if not same:
        return None
    nearest = min(same, key=abs)
    if abs(nearest) > MAX_SILENT_MOVE_PPM["1H"] and not all(
        _may_move_far(lines, signal.ppm, nearest) for signal in solvent.h1
    ):
        return None
    return nearest, solvent.name, solvent.h1[0].ppm


def _single_lines(lines: LineArrays, ppm: float) -> list[int]:
    """Indices of the lines near a shift that are no part of a multiplet."""
    near = lines.within_ppm(ppm, SEARCH_RANGE_PPM["1H"])
    tall = [int(i) for i in near if lines.height[i] > _MIN_SINGLE_SHARE * lines.height.max()]
    return [
        i
        for i in tall
        if lines.is_isolated({i}) or (abs(lines.ppm[i] - ppm) <= MAX_SILENT_MOVE_PPM["1H"] and lines.is_separable(i))
    ]


def _may_move_far(lines: LineArrays, ppm: float, offset: float) -> bool:
    """Whether the line at an offset from a shift is evidence enough for a large correction.

    It must be the tallest line in the range of the search, because the solvent may be hidden under
    taller lines. It must not be as tall as the compound's lines, have the satellites of an ordinary
    CH group, or disagree with tetramethylsilane.
    """
    found = int(np.abs(lines.ppm - ppm - offset).argmin())
    share = lines.height / lines.height.max()
    near = lines.within_ppm(ppm, SEARCH_RANGE_PPM["1H"])
    is_usual = _MIN_FAR_SHARE < share[found] < _MAX_FAR_SHARE
    if not is_usual or lines.has_satellites(found) or lines.height[found] < lines.height[near].max():
        return False
    standard = [i for i in _single_lines(lines, 0.0) if lines.ppm[i] < lines.ppm.min() + SEARCH_RANGE_PPM["1H"]]
    return not standard or any(abs(lines.ppm[i] - offset) < MAX_SILENT_MOVE_PPM["1H"] for i in standard)

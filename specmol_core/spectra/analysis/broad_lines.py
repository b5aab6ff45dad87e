"""Find broad lines, as of protons and carbons that exchange, beside narrow ones.

Such a line may be below 1 % of the height of a narrow line and have the same integral. It is sought
in the trace without the narrow lines, smoothed to its own width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.maxima import find_maxima
from specmol_core.spectra.analysis.smooth import gaussian
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["MIN_WIDTH_RATIO", "WIDTH_RANGE_HZ", "with_broad_lines"]

_SCALES_HZ = {"1H": (8.0, 16.0, 32.0), "13C": (15.0, 30.0, 60.0)}
"""Widths of the smoothing (Hz)."""
WIDTH_RANGE_HZ = {"1H": (8.0, 100.0), "13C": (15.0, 100.0)}
"""Full widths at half height of broad lines (Hz); wider humps are baseline."""
MIN_WIDTH_RATIO = 4.0
"""Least width of a broad line, relative to the narrow lines."""
_MIN_SNR, _SD_PER_MAD = 8.0, 1.4826
"""Least height, in standard deviations of the smoothed noise, and a standard deviation over the median
absolute deviation."""
_MIN_AREA_SHARE = {"1H": 0.3, "13C": 0.4}
"""Least area, relative to the median area of the strong lines (13C) or multiplets (1H)."""
_STRONG_SHARE = 0.1
"""Least height or area of a strong line, relative to the tallest or largest."""
_MIN_NARROW_SHARE = 0.1
"""Least height of a narrow line, relative to the median of the strong ones; a lower one may be noise on
a broad line."""
_MIN_TAIL_RATIO = 1.0
"""Least height, relative to the tails of all narrow lines at the same place, which are no exact
Lorentzians."""
_INSIDE_WIDTHS, _MAX_INSIDE_SHARE, _MAX_INSIDE_HEIGHT = 0.7, 0.5, 2.0
"""Largest share of the area of a broad line that lines within this many of its widths may have, and
their largest height, relative to it; otherwise it is a multiplet of these, or the foot of one."""
_CORE_WIDTHS, _TAIL_WIDTHS = 4.0, 200.0
"""Ranges to either side of a narrow line, in its widths: what is bridged, and how far its tails are
subtracted."""
_LOBE_WIDTHS = 20.0
"""Range to either side of a line of the other sign, in its widths, where its tail may be a lobe."""
_DISPERSION_WIDTHS, _MIN_DISPERSION = 40.0, 0.4
"""Distance, in its widths, at which the tail of a narrow line is sought on both sides, and least depth
on one side, relative to the height on the other."""
_MIN_TOP_RATIO = 0.6
"""Least mean of the trace about the top of a broad line, relative to its height."""
_MAX_SKEW = 2.5
"""Largest ratio of the half widths of both sides."""
_POINTS_PER_SCALE = 8
"""Points of the averaged trace in the smallest width of the smoothing."""
_MAX_COUPLING_HZ = 19.0
"""Distance up to which lines of 1H are one multiplet (Hz)."""
_FWHM_PER_SIGMA = 2.355
"""Full width at half height of a Gaussian, in standard deviations."""


def with_broad_lines(
    trace: NDArray[np.float64], lines: Sequence[Peak], others: Sequence[Peak], spectrum: Spectrum
) -> list[Peak]:
    """The upright lines of a trace (points,) without baseline, together with the broad ones.

    A broad line is several times as wide as the narrow lines, is not lower than the tails of these at
    its place, and has a good part of their area. Weak lines on it are noise and left out.

    Parameters
    ----------
    lines
        Upright lines that are picked already.
    others
        Lines of the other sign, with positive heights.
    """
    if spectrum.frequency_mhz is None or not (lines or others):
        return list(lines)
    hertz = spectrum.axis.step * spectrum.frequency_mhz
    upright, downward = (_Lines.of(part, spectrum, hertz) for part in (lines, others))
    broad = [line for line in _find(trace, upright, downward, spectrum, hertz) if not _is_masked(line, spectrum)]
    kept = [
        line
        for line in lines
        if not any(
            abs(line.ppm - b.ppm) * spectrum.frequency_mhz < 0.5 * (b.width_hz or 0.0)
            and line.height < _MAX_INSIDE_HEIGHT * b.height
            for b in broad
        )
    ]
    return kept + broad


def _is_masked(line: Peak, spectrum: Spectrum) -> bool:
    """Whether a line is at a range from which a solvent was removed: it is what is left of its tails."""
    reach = (line.width_hz or 0.0) / (spectrum.frequency_mhz or np.inf)
    return any(low - reach < line.ppm < high + reach for low, high in spectrum.masked_ranges)


@dataclass(frozen=True)
class _Lines:
    """Picked lines as arrays; positions and widths in points."""

    at: NDArray[np.float64]
    height: NDArray[np.float64]
    width: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[Peak], spectrum: Spectrum, hertz: float) -> _Lines:
        at = np.asarray(spectrum.axis.position(np.array([line.ppm for line in lines]))) - 0.5
        width = np.array([line.width_hz or 1.0 for line in lines]) / hertz
        return cls(at, np.array([line.height for line in lines]), np.maximum(width, 1.0))

    @property
    def area(self) -> NDArray[np.float64]:
        return self.height * self.width

    @property
    def least_height(self) -> float:
        """Height up to which a line may be noise on a broad line."""
        tallest = np.sort(self.height)[::-1][:5]
        return _MIN_NARROW_SHARE * float(np.median(tallest[tallest > _STRONG_SHARE * tallest[0]]))

    def above(self, height: float) -> _Lines:
        kept = self.height > height
        return _Lines(self.at[kept], self.height[kept], self.width[kept])

    def and_(self, others: _Lines) -> _Lines:
        """Both lines."""
        return _Lines(*(np.concatenate((getattr(self, n), getattr(others, n))) for n in ("at", "height", "width")))

    def narrow(self) -> _Lines:
        """The lines without those that may be noise on a broad line."""
        return self.above(self.least_height)

    def explain(self, at: float, height: float, width: float) -> bool:
        """Whether a broad line is only the multiplet or the foot of these lines."""
        inside = np.abs(self.at - at) < _INSIDE_WIDTHS * width
        return bool(
            self.area[inside].sum() > _MAX_INSIDE_SHARE * height * width
            or self.height[inside].max(initial=0.0) > _MAX_INSIDE_HEIGHT * height
        )


def _find(trace: NDArray[np.float64], lines: _Lines, others: _Lines, spectrum: Spectrum, hertz: float) -> list[Peak]:
    usual = lines.and_(others).narrow()
    tails, is_core = _tails(len(trace), lines.above(usual.least_height))
    for at, width in zip(others.at, others.width, strict=True):
        is_core[max(int(at - _LOBE_WIDTHS * width), 0) : int(at + _LOBE_WIDTHS * width) + 2] = True
    rest = _bridged(trace - tails, is_core)
    least, most = WIDTH_RANGE_HZ[spectrum.nucleus]
    least = max(least, MIN_WIDTH_RATIO * float(np.median(usual.width)) * hertz) / hertz
    least_area = _MIN_AREA_SHARE[spectrum.nucleus] * _typical_area(usual, spectrum.nucleus, hertz)
    found: list[tuple[float, float, float]] = []
    for at, height, width in _humps(rest, [scale / hertz for scale in _SCALES_HZ[spectrum.nucleus]]):
        point = min(int(at), len(trace) - 1)
        if (
            least < width < most / hertz
            and height * width > least_area
            and not is_core[point]
            and height > _MIN_TAIL_RATIO * tails[point]
            and not lines.explain(at, height, width)
            and not _is_tail(rest, usual, at, height, width)
            and all(abs(at - other) > max(width, wide) for other, _, wide in found)
        ):
            found.append((at, height, width))
    axis = spectrum.axis
    return [Peak(float(axis.high - (at + 0.5) * axis.step), height, width * hertz) for at, height, width in found]


def _is_tail(rest: NDArray[np.float64], lines: _Lines, at: float, height: float, width: float) -> bool:
    """Whether a hump is only the tail of a narrow line that is out of phase.

    Such a tail has no top at this place, or has the other sign on the other side of the line.
    """
    local = _mean_about(rest, at, width / 4)
    near = np.abs(lines.at - at) < _DISPERSION_WIDTHS * lines.width
    return local < _MIN_TOP_RATIO * height or any(
        _mean_about(rest, float(mirrored), width / 4) < -_MIN_DISPERSION * local for mirrored in 2 * lines.at[near] - at
    )


def _mean_about(rest: NDArray[np.float64], at: float, reach: float) -> float:
    part = rest[max(int(at - reach), 0) : max(int(at + reach) + 1, 1)]
    return float(part.mean()) if part.size else 0.0


def _humps(rest: NDArray[np.float64], scales: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """Position, height and width (points) of the maxima at each width of the smoothing (points)."""
    step = int(np.clip(scales[0] / _POINTS_PER_SCALE, 1, max(len(rest), 1)))
    averaged = rest[: len(rest) // step * step].reshape(-1, step).mean(axis=1)
    for scale in scales:
        sigma = scale / step / _FWHM_PER_SIGMA
        if not 1.0 < sigma < len(averaged) / 40:
            continue
        smooth = gaussian(averaged, sigma)
        # The waves of the baseline count as noise.
        least = _MIN_SNR * _SD_PER_MAD * float(np.median(np.abs(smooth - np.median(smooth))))
        tops, prominences = find_maxima(smooth, least, 0.7 * least)
        for top in tops[prominences > 0.5 * smooth[tops]]:
            measured = _measure(smooth, int(top), scale / step)
            if measured is not None:
                yield (float(top) + 0.5) * step - 0.5, measured[0], measured[1] * step


def _tails(points: int, lines: _Lines) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Sum (points,) of the Lorentzians of all lines, and which points (points,) are near one."""
    total, is_core = np.zeros(points), np.zeros(points, np.bool_)
    for at, height, width in zip(lines.at, lines.height, lines.width, strict=True):
        first, last = max(int(at - _TAIL_WIDTHS * width), 0), min(int(at + _TAIL_WIDTHS * width) + 2, points)
        total[first:last] += height / (1 + (2 * (np.arange(first, last) - at) / width) ** 2)
        is_core[max(int(at - _CORE_WIDTHS * width), 0) : int(at + _CORE_WIDTHS * width) + 2] = True
    return total, is_core


def _bridged(trace: NDArray[np.float64], is_core: NDArray[np.bool_]) -> NDArray[np.float64]:
    known = np.flatnonzero(~is_core)
    if not known.size:
        return np.zeros(len(trace))
    result = trace.copy()
    result[is_core] = np.interp(np.flatnonzero(is_core), known, trace[known])
    return result


def _typical_area(lines: _Lines, nucleus: str, hertz: float) -> float:
    """Median area of the strong lines of 13C or multiplets of 1H."""
    area, order = lines.area, np.argsort(lines.at)
    if nucleus == "1H":
        starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(lines.at[order]) * hertz > _MAX_COUPLING_HZ)))
        area = np.add.reduceat(area[order], starts)
    return float(np.median(area[area > _STRONG_SHARE * area.max()]))


def _measure(smooth: NDArray[np.float64], top: int, blur: float) -> tuple[float, float] | None:
    """Height and width (points) of a line before it was smoothed by a Gaussian of the width ``blur``.

    None if the line is skewed, ends at the end of the trace, or is a top below zero.
    """
    half, sides = smooth[top] / 2, []
    if half <= 0:
        return None
    for step in (-1, 1):
        at = top
        while 0 < at < len(smooth) - 1 and smooth[at] > half:
            at += step
        if smooth[at] > half:
            return None
        # The crossing is between this point and the one before.
        sides.append(abs(at - top) - (half - smooth[at]) / (smooth[at - step] - smooth[at]))
    wide = float(sum(sides))
    if max(sides) > _MAX_SKEW * min(sides):
        return None
    # Width of a Lorentzian from that of a Voigt profile: Olivero and Longbothum, JQSRT 1977, 17, 233.
    root = max(1.1432 * wide**2 - 0.2768 * (wide**2 - blur**2), 0.0) ** 0.5
    narrow = max((1.0692 * wide - root) / 0.1384, 0.25 * wide)
    return float(smooth[top]) * wide / narrow, narrow

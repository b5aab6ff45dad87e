"""Find broad lines, as of protons and carbons that exchange, beside narrow ones.

Such a line may be below 1 % of the height of a narrow line and have the same integral. It is sought
in the trace without the narrow lines, smoothed to its own width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.broad_line_shape import fit_broad_line, humps
from specmol_core.spectra.analysis.picked_lines import (
    MAX_INSIDE_HEIGHT,
    PickedLines,
    bridged,
    tails_of,
    typical_area,
)
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MIN_WIDTH_RATIO", "WIDTH_RANGE_HZ", "broad_line_areas", "with_broad_lines"]

_SCALES_HZ = {"1H": (8.0, 16.0, 32.0), "13C": (15.0, 30.0, 60.0)}
"""Widths of the smoothing (Hz)."""
WIDTH_RANGE_HZ = {"1H": (8.0, 100.0), "13C": (15.0, 100.0)}
"""Full widths at half height of broad lines (Hz); wider humps are baseline."""
MIN_WIDTH_RATIO = 4.0
"""Least width of a broad line, relative to the narrow lines."""
_MIN_AREA_SHARE = {"1H": 0.3, "13C": 0.4}
"""Least area, relative to the median area of the strong lines (13C) or multiplets (1H)."""
_MIN_TAIL_RATIO = 1.0
"""Least height, relative to the tails of all narrow lines at the same place, which are no exact
Lorentzians."""
_LOBE_WIDTHS = 20.0
"""Range to either side of a line of the other sign, in its widths, where its tail may be a lobe."""
_DISPERSION_WIDTHS, _MIN_DISPERSION = 40.0, 0.4
"""Distance, in its widths, at which the tail of a narrow line is sought on both sides, and least depth
on one side, relative to the height on the other."""
_MIN_TOP_RATIO = 0.6
"""Least mean of the trace about the top of a broad line, relative to its height."""


def _least_broad_width_hz(nucleus: Nucleus, widths: Sequence[float | None]) -> float:
    """Return the width above which a line is broad beside lines of these full widths at half height (Hz)."""
    known = [width for width in widths if width]
    return max(WIDTH_RANGE_HZ[nucleus][0], MIN_WIDTH_RATIO * float(np.median(known))) if known else np.inf


def broad_line_areas(
    groups: Sequence[Sequence[Peak]], spectrum: Spectrum, wing_widths: float
) -> Iterator[tuple[int, float]]:
    """Yield the index and the area of each group that is a single broad line.

    It is that of a Lorentzian in a range of so many widths to either side, in the unit of the trace times
    points. The sum of the trace is less, because the baseline follows the wings of broad lines.
    """
    least = _least_broad_width_hz(spectrum.nucleus, [peak.width_hz for group in groups for peak in group])
    for number, group in enumerate(groups):
        width = group[0].width_hz or 0.0
        if len(group) == 1 and width > least and spectrum.frequency_mhz:
            points = width / spectrum.frequency_mhz / spectrum.axis.step
            yield number, group[0].height * points * float(np.arctan(2 * wing_widths))


def with_broad_lines(
    trace: NDArray[np.float64],
    lines: Sequence[Peak],
    others: Sequence[Peak],
    spectrum: Spectrum,
    baseline: NDArray[np.float64],
) -> list[Peak]:
    """The upright lines of a trace, together with the broad ones.

    A broad line is several times as wide as the narrow lines, is not lower than the tails of these at
    its place, and has a good part of their area. Weak lines on it are noise and left out. Height and
    width of a broad line are those of a fit together with the baseline about it.

    Parameters
    ----------
    trace
        Trace (points,) without its baseline.
    lines
        Upright lines that are picked already.
    others
        Lines of the other sign, with positive heights.
    baseline
        The baseline (points,) that was subtracted.
    """
    if spectrum.frequency_mhz is None or not (lines or others):
        return list(lines)
    hertz = spectrum.axis.step * spectrum.frequency_mhz
    upright, downward = (PickedLines.of(part, spectrum, hertz) for part in (lines, others))
    narrow = upright.without(upright.are_wider(trace))
    found = _find(trace, narrow, downward, spectrum, hertz) if len(narrow.at) + len(others) else []
    broad = [line for line in found if not _is_masked(line, spectrum)]
    kept = [
        line
        for line in lines
        if not any(
            abs(line.ppm - b.ppm) * spectrum.frequency_mhz < 0.5 * (b.width_hz or 0.0)
            and line.height < MAX_INSIDE_HEIGHT * b.height
            for b in broad
        )
    ]
    return _with_shapes(trace + baseline, [*kept, *broad], downward, spectrum, hertz)


def _with_shapes(
    trace: NDArray[np.float64], lines: list[Peak], others: PickedLines, spectrum: Spectrum, hertz: float
) -> list[Peak]:
    """The lines of a trace (points,) with its baseline; heights and widths of broad ones are fitted anew."""
    picked = PickedLines.of(lines, spectrum, hertz)
    usual = picked.and_(others).narrow()
    is_broad = picked.width * hertz > _least_broad_width_hz(spectrum.nucleus, (usual.width * hertz).tolist())
    if not is_broad.any():
        return lines
    tails, is_other = tails_of(len(trace), picked.without(is_broad))
    _widen(is_other, others)
    rest, shaped = trace - tails, list(lines)
    for k in np.flatnonzero(is_broad):
        alone = is_broad.copy()
        alone[k] = False
        own = rest - tails_of(len(trace), picked.without(~alone))[0]
        shape = fit_broad_line(own, is_other, float(picked.at[k]), float(picked.width[k]))
        if shape is not None:
            shaped[k] = replace(lines[k], height=shape[0], width_hz=shape[1] * hertz)
    return shaped


def _widen(is_core: NDArray[np.bool_], others: PickedLines) -> None:
    """Add the lobes of lines of the other sign to the points that are near a line."""
    for at, width in zip(others.at, others.width, strict=True):
        is_core[max(int(at - _LOBE_WIDTHS * width), 0) : int(at + _LOBE_WIDTHS * width) + 2] = True


def _is_masked(line: Peak, spectrum: Spectrum) -> bool:
    """Whether a line is at a range from which a solvent was removed: it is what is left of its tails."""
    reach = (line.width_hz or 0.0) / (spectrum.frequency_mhz or np.inf)
    return any(low - reach < line.ppm < high + reach for low, high in spectrum.masked_ranges)


def _find(
    trace: NDArray[np.float64], lines: PickedLines, others: PickedLines, spectrum: Spectrum, hertz: float
) -> list[Peak]:
    usual = lines.and_(others).narrow()
    tails, is_core = tails_of(len(trace), lines.above(usual.least_height))
    _widen(is_core, others)
    rest = bridged(trace - tails, is_core)
    most = WIDTH_RANGE_HZ[spectrum.nucleus][1]
    least = _least_broad_width_hz(spectrum.nucleus, (usual.width * hertz).tolist()) / hertz
    least_area = _MIN_AREA_SHARE[spectrum.nucleus] * typical_area(usual, spectrum.nucleus, hertz)
    found: list[tuple[float, float, float]] = []
    for at, height, width in humps(rest, [scale / hertz for scale in _SCALES_HZ[spectrum.nucleus]]):
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


def _is_tail(rest: NDArray[np.float64], lines: PickedLines, at: float, height: float, width: float) -> bool:
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

"""Signals of spectra of low resolution: images of some hundred columns, and short traces.

Each cell holds the largest value in its range, so that multiplets and line widths are not resolved.
``recognise`` needs them to recognise solvent and impurities. Here solvent and water are recognised
by their shifts, because the spectrum names the solvent, and the number of protons is estimated from
the heights of all cells of a signal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.picking import hz_per_point
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["LowResolutionSignal", "is_low_resolution", "low_resolution_signals"]

_MIN_STEP_PPM = {"13C": 0.06, "1H": 0.006}
"""Step of an axis (ppm) above which a spectrum is of low resolution."""
_NOISE_QUANTILES, _NOISE_QUANTILE_DISTANCE = (0.05, 0.3), 1.12
"""Two quantiles of the cells, which hold only noise, and their distance in standard deviations of
the noise."""
_MIN_SIGNAL_TO_NOISE = 6.0
"""Least height of a cell, in standard deviations of the noise."""
_MIN_RELATIVE_HEIGHT = {"13C": 0.13, "1H": 0.01}
"""Least height of a cell, relative to the typical strong line (13C) or to the tallest cell (1H)."""
_WIDE_STEP_PPM, _MIN_SHOULDER_RATIO = 0.3, 0.8
"""Step of a 13C axis (ppm) from which a cell beside a taller one is a line if its relative height
is above the ratio."""
_MAX_SOLVENT_OFFSET_PPM = {"13C": 0.3, "1H": 0.025}
"""Largest distance of solvent and tetramethylsilane from their reference positions (ppm)."""
_MAX_SOLVENT_HEIGHT_RATIO = 1.7
"""Ratio to the expected height above which a line of the solvent overlaps with one of the
compound."""
_MAX_WATER_OFFSET_PPM, _MIN_WATER_SHARE = 0.15, 0.3
"""Largest distance of water from its reference position (ppm), and least share of a broad line in
that range."""
_WATER_WIDTHS_HZ = (8.0, 16.0, 32.0, 64.0, 128.0)
"""Widths tried for water, which is broader than lines of the compound (Hz)."""
_HEIGHT_EXPONENT = 0.8
"""The number of protons is proportional to this power of the heights, because a cell holds only its
tallest line."""
_MIN_SIGNAL_GAP_HZ, _MAX_SIGNAL_WIDTH_PPM = 12.0, 0.2
"""Least gap between two 1H signals (Hz), and width above which a signal is split (ppm)."""
_MIN_SIGNAL_SHARE, _MIN_PART_SHARE = 0.02, 0.08
"""Least share of all protons of a signal, and of each part of a split signal."""


class LowResolutionSignal(NamedTuple):
    """One signal of a spectrum of low resolution."""

    ppm: float
    amount: float
    """Number of protons of a 1H signal, up to a common factor; NaN for 13C."""


def is_low_resolution(spectrum: Spectrum) -> bool:
    """Whether a spectrum is of low resolution and names its solvent; peak lists are not.

    The axis of such a spectrum is too coarse for line shapes. If the solvent is not named,
    ``recognise`` is needed to find it.
    """
    return not spectrum.peaks and spectrum.axis.step > _MIN_STEP_PPM[spectrum.nucleus] and spectrum.solvent is not None


def low_resolution_signals(spectrum: Spectrum) -> list[LowResolutionSignal]:
    """Signals of the compound in a spectrum of low resolution, without order."""
    trace = spectrum.magnitudes.astype(np.float64)
    low, level = np.quantile(trace, _NOISE_QUANTILES)
    heights = np.maximum(trace - level, 0.0)
    min_height = _MIN_SIGNAL_TO_NOISE * float(level - low) / _NOISE_QUANTILE_DISTANCE
    extract = _carbon_signals if spectrum.nucleus == "13C" else _proton_signals
    return extract(spectrum, heights, min_height)


def _carbon_signals(spectrum: Spectrum, heights: NDArray[np.float64], min_height: float) -> list[LowResolutionSignal]:
    step, solvent = spectrum.axis.step, solvent_named(spectrum.solvent)
    side = 1.0 if step < _WIDE_STEP_PPM else _MIN_SHOULDER_RATIO
    is_top = (heights > side * np.append(0.0, heights[:-1])) & (heights >= side * np.append(heights[1:], 0.0))
    ppm, height = spectrum.axis.grid()[is_top], heights[is_top]
    keep = np.abs(ppm) > _MAX_SOLVENT_OFFSET_PPM["13C"] + step / 2
    for signal in solvent.c13 if solvent is not None else ():
        lines = signal.ppm + (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.coupling_hz / _mhz(spectrum)
        share = signal.line_areas / signal.line_areas.min()
        near = np.abs(ppm[:, None] - lines) < _MAX_SOLVENT_OFFSET_PPM["13C"] + step / 2
        line_heights = np.where(near, height[:, None], 0.0).max(axis=0, initial=0.0) / share
        solvent_height = np.median(line_heights[line_heights > 0]) if line_heights.any() else 0.0
        keep &= ~near.any(axis=1) | (
            height > _MAX_SOLVENT_HEIGHT_RATIO * solvent_height * np.where(near, share, 0.0).max(axis=1)
        )
    strong = np.sort(np.append(height[keep], 0.0))[-5:]
    # A single very tall line, as of another solvent, does not count.
    reference_height = float(np.median(strong[strong >= 0.05 * strong[-1]]))
    keep &= height > max(_MIN_RELATIVE_HEIGHT["13C"] * reference_height, min_height)
    return [LowResolutionSignal(shift, np.nan) for shift in ppm[keep].tolist()]


def _proton_signals(spectrum: Spectrum, heights: NDArray[np.float64], min_height: float) -> list[LowResolutionSignal]:
    remaining = _without_water(spectrum, _without_solvent_lines(spectrum, heights))
    cells = np.flatnonzero(remaining > max(_MIN_RELATIVE_HEIGHT["1H"] * float(remaining.max()), min_height))
    gap = max(_MIN_SIGNAL_GAP_HZ / hz_per_point(spectrum), 1.01)
    amounts = remaining**_HEIGHT_EXPONENT
    cell_runs = [cell_run for cell_run in np.split(cells, np.flatnonzero(np.diff(cells) > gap) + 1) if len(cell_run)]
    cell_runs = [
        cell_run for cell_run in cell_runs if amounts[cell_run].sum() > _MIN_SIGNAL_SHARE * amounts[cells].sum()
    ]
    smallest = _MIN_PART_SHARE * sum(float(amounts[cell_run].sum()) for cell_run in cell_runs)
    ppm, signals = spectrum.axis.grid(), list[LowResolutionSignal]()
    while cell_runs:
        cell_run = cell_runs.pop()
        edge = max(len(cell_run) // 5, 1)
        split_index = edge + int(remaining[cell_run[edge:-edge]].argmin()) if len(cell_run) > 2 else 0
        parts = [cell_run[:split_index], cell_run[split_index:]]
        if (
            len(cell_run) * spectrum.axis.step > _MAX_SIGNAL_WIDTH_PPM
            and min(amounts[part].sum() for part in parts) > smallest
        ):
            cell_runs += parts
        else:
            signals.append(
                LowResolutionSignal(
                    float(np.average(ppm[cell_run], weights=amounts[cell_run])), float(amounts[cell_run].sum())
                )
            )
    return signals


def _without_solvent_lines(spectrum: Spectrum, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights (cells,) with the residual solvent peaks and tetramethylsilane bridged."""
    ppm, step, remaining, solvent = (
        spectrum.axis.grid(),
        spectrum.axis.step,
        heights.copy(),
        solvent_named(spectrum.solvent),
    )
    signals = solvent.h1 if solvent is not None else ()
    for shift, extent in (*((s.ppm, (s.lines - 1) / 2 * s.coupling_hz) for s in signals), (0.0, 0.0)):
        near = np.flatnonzero(np.abs(ppm - shift) < _MAX_SOLVENT_OFFSET_PPM["1H"] + step / 2)
        if not len(near):
            continue
        top, half = int(near[remaining[near].argmax()]), int(np.ceil(extent / hz_per_point(spectrum))) + 1
        first, last = max(top - half, 1), min(top + half, len(remaining) - 2)
        bridge = np.linspace(remaining[first - 1], remaining[last + 1], last - first + 1)
        remaining[first : last + 1] = np.minimum(remaining[first : last + 1], bridge)
    return remaining


def _without_water(spectrum: Spectrum, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights (cells,) without the largest broad line that fits under them near the shift of
    water."""
    solvent, hertz = solvent_named(spectrum.solvent), hz_per_point(spectrum)
    best, remaining, cells = 0.0, heights, np.arange(len(heights))
    if solvent is None:
        return heights
    for center_cell in np.rint(
        spectrum.axis.position(solvent.water_ppm + np.linspace(-_MAX_WATER_OFFSET_PPM, _MAX_WATER_OFFSET_PPM, 11)) - 0.5
    ).astype(int):
        for width in _WATER_WIDTHS_HZ:
            half_width = round(1.5 * width / hertz)
            if half_width < 3 or not half_width <= center_cell < len(heights) - half_width:
                continue
            near = slice(center_cell - half_width, center_cell + half_width + 1)
            shape = 1 / (1 + (2 * hertz * (cells - center_cell) / width) ** 2)
            line = np.quantile(heights[near] / shape[near], 0.06) * shape
            water_area = float(np.minimum(line, heights)[near].sum())
            if water_area > max(best, _MIN_WATER_SHARE * float(heights[near].sum())):
                best, remaining = water_area, np.maximum(heights - 1.1 * line, 0.0)
    return remaining


def _mhz(spectrum: Spectrum) -> float:
    return hz_per_point(spectrum) / spectrum.axis.step

"""Signals of a spectrum whose axis is too coarse for patterns: pictures of some hundred columns, short traces.

Each cell shows the largest value in it. What stands beside a line is not its shape but the next cell, so multiplets and
line widths, by which ``recognise`` tells solvent and impurities, cannot be seen: solvent and water are told by their
places, since the spectrum names the solvent, and protons are counted by the heights of all cells of a signal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.picking import hz_per_point
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["LowResolutionSignal", "is_low_resolution", "low_resolution_signals"]

_MIN_STEP_PPM = {"13C": 0.1, "1H": 0.006}
"""Step of an axis (ppm) above which heights of single cells are all that can be read."""
_NOISE_QUANTILES, _NOISE_QUANTILE_DISTANCE = (0.05, 0.3), 1.12
"""Shares of the cells of a coarse axis, from the lowest, that are empty at any rate; and how far apart they are."""
_MIN_SIGNAL_TO_NOISE = 6.0
_MIN_RELATIVE_HEIGHT = {"13C": 0.13, "1H": 0.01}
"""Least height of a cell on a coarse axis, relative to the usual strong line (13C) or to the tallest (1H)."""
_WIDE_STEP_PPM, _MIN_SHOULDER_RATIO = 0.3, 0.8
"""Step of a 13C axis (ppm) from which every filled cell is a line, but for one lower than this beside a taller one."""
_MAX_SOLVENT_OFFSET_PPM = {"13C": 0.3, "1H": 0.025}
"""How far the lines of solvent and tetramethylsilane stand from their places (ppm)."""
_MAX_SOLVENT_HEIGHT_RATIO = 1.7
"""How much taller than its multiplet makes it a line of the solvent may be: beyond, one of the compound is in it."""
_MAX_WATER_OFFSET_PPM, _MIN_WATER_SHARE = 0.15, 0.3
"""How far water stands from its place (ppm), and how much of what stands there must be a broad line."""
_WATER_WIDTHS_HZ = (8.0, 16.0, 32.0, 64.0, 128.0)
"""Widths at which it is told from the compound's lines, which are sharp (Hz)."""
_HEIGHT_EXPONENT = 0.8
"""Protons grow with the heights of coarse cells like this power: of close lines a cell shows the tallest alone."""
_MIN_SIGNAL_GAP_HZ, _MAX_SIGNAL_WIDTH_PPM = 12.0, 0.2
"""Gap between two 1H signals on a coarse axis, and extent above which one is taken for several (ppm)."""
_MIN_SIGNAL_SHARE, _MIN_PART_SHARE = 0.02, 0.08
"""Share of all protons below which a signal is none of the compound's, or a piece of a wide one has no proton."""


class LowResolutionSignal(NamedTuple):
    """One signal."""

    ppm: float
    amount: float
    """Protons of a 1H signal, up to a common factor; NaN for 13C."""


def is_low_resolution(spectrum: Spectrum) -> bool:
    """Whether a spectrum is to be read here: no list, its axis too coarse for line shapes, and its solvent known.

    Where nobody names the solvent its lines would stay: ``recognise`` looks for it.
    """
    return not spectrum.peaks and spectrum.axis.step > _MIN_STEP_PPM[spectrum.nucleus] and spectrum.solvent is not None


def low_resolution_signals(spectrum: Spectrum) -> list[LowResolutionSignal]:
    """The compound's signals in such a spectrum, in no order."""
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
    # One tall line of a solvent that nobody names is no measure.
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
    """The heights with the residual lines of the solvent and tetramethylsilane bridged."""
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
        is_top, half = int(near[remaining[near].argmax()]), int(np.ceil(extent / hz_per_point(spectrum))) + 1
        first, last = max(is_top - half, 1), min(is_top + half, len(remaining) - 2)
        bridge = np.linspace(remaining[first - 1], remaining[last + 1], last - first + 1)
        remaining[first : last + 1] = np.minimum(remaining[first : last + 1], bridge)
    return remaining


def _without_water(spectrum: Spectrum, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights without the largest broad line that fits under them where water stands in the solvent."""
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

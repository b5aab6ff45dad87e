"""Signals of a spectrum whose axis is too coarse for patterns: pictures of some hundred columns, short traces.

Each cell shows the largest value in it. What stands beside a line is not its shape but the next cell, so multiplets and
line widths, by which ``recognise`` tells solvent and impurities, cannot be seen: solvent and water are told by their
places, since the spectrum names the solvent, and protons are counted by the heights of all cells of a signal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.picking import hertz_per_point
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["CoarseSignal", "coarse_signals", "is_coarse"]

_COARSE = {"13C": 0.1, "1H": 0.006}
"""Step of an axis (ppm) above which heights of single cells are all that can be read."""
_QUIET, _DEVIATIONS = (0.05, 0.3), 1.12
"""Shares of the cells of a coarse axis, from the lowest, that are empty at any rate; and how far apart they are."""
_ABOVE_NOISE = 6.0
_FAINT = {"13C": 0.13, "1H": 0.01}
"""Least height of a cell on a coarse axis, relative to the usual strong line (13C) or to the tallest (1H)."""
_COLUMN, _SIDE = 0.3, 0.8
"""Step of a 13C axis (ppm) from which every filled cell is a line, but for one lower than this beside a taller one."""
_PLACE = {"13C": 0.3, "1H": 0.025}
"""How far the lines of solvent and tetramethylsilane stand from their places (ppm)."""
_TALLER = 1.7
"""How much taller than its multiplet makes it a line of the solvent may be: beyond, one of the compound is in it."""
_WATER, _WATER_SHARE = 0.15, 0.3
"""How far water stands from its place (ppm), and how much of what stands there must be a broad line."""
_WATER_HZ = (8.0, 16.0, 32.0, 64.0, 128.0)
"""Widths at which it is told from the compound's lines, which are sharp (Hz)."""
_POWER = 0.8
"""Protons grow with the heights of coarse cells like this power: of close lines a cell shows the tallest alone."""
_APART_HZ, _WIDE = 12.0, 0.2
"""Gap between two 1H signals on a coarse axis, and extent above which one is taken for several (ppm)."""
_LEAST, _PIECE = 0.02, 0.08
"""Share of all protons below which a signal is none of the compound's, or a piece of a wide one has no proton."""


class CoarseSignal(NamedTuple):
    """One signal."""

    ppm: float
    amount: float
    """Protons of a 1H signal, up to a common factor; NaN for 13C."""


def is_coarse(spectrum: Spectrum) -> bool:
    """Whether a spectrum is to be read here: no list, its axis too coarse for line shapes, and its solvent known.

    Where nobody names the solvent its lines would stay: ``recognise`` looks for it.
    """
    return not spectrum.peaks and spectrum.axis.step > _COARSE[spectrum.nucleus] and spectrum.solvent is not None


def coarse_signals(spectrum: Spectrum) -> list[CoarseSignal]:
    """The compound's signals in such a spectrum, in no order."""
    trace = spectrum.magnitudes.astype(np.float64)
    low, level = np.quantile(trace, _QUIET)
    heights = np.maximum(trace - level, 0.0)
    least = _ABOVE_NOISE * float(level - low) / _DEVIATIONS
    read = _coarse_carbons if spectrum.nucleus == "13C" else _coarse_protons
    return read(spectrum, heights, least)


def _coarse_carbons(spectrum: Spectrum, heights: NDArray[np.float64], least: float) -> list[CoarseSignal]:
    step, solvent = spectrum.axis.step, solvent_named(spectrum.solvent)
    side = 1.0 if step < _COLUMN else _SIDE
    top = (heights > side * np.append(0.0, heights[:-1])) & (heights >= side * np.append(heights[1:], 0.0))
    ppm, height = spectrum.axis.grid()[top], heights[top]
    keep = np.abs(ppm) > _PLACE["13C"] + step / 2
    for signal in solvent.c13 if solvent is not None else ():
        lines = signal.ppm + (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.coupling_hz / _mhz(spectrum)
        share = signal.line_areas / signal.line_areas.min()
        near = np.abs(ppm[:, None] - lines) < _PLACE["13C"] + step / 2
        whole = np.where(near, height[:, None], 0.0).max(axis=0, initial=0.0) / share
        own = np.median(whole[whole > 0]) if whole.any() else 0.0
        keep &= ~near.any(axis=1) | (height > _TALLER * own * np.where(near, share, 0.0).max(axis=1))
    strong = np.sort(np.append(height[keep], 0.0))[-5:]
    # One tall line of a solvent that nobody names is no measure.
    usual = float(np.median(strong[strong >= 0.05 * strong[-1]]))
    keep &= height > max(_FAINT["13C"] * usual, least)
    return [CoarseSignal(shift, np.nan) for shift in ppm[keep].tolist()]


def _coarse_protons(spectrum: Spectrum, heights: NDArray[np.float64], least: float) -> list[CoarseSignal]:
    rest = _without_water(spectrum, _without_residual(spectrum, heights))
    cells = np.flatnonzero(rest > max(_FAINT["1H"] * float(rest.max()), least))
    gap = max(_APART_HZ / hertz_per_point(spectrum), 1.01)
    amounts = rest**_POWER
    runs = [run for run in np.split(cells, np.flatnonzero(np.diff(cells) > gap) + 1) if len(run)]
    runs = [run for run in runs if amounts[run].sum() > _LEAST * amounts[cells].sum()]
    smallest = _PIECE * sum(float(amounts[run].sum()) for run in runs)
    ppm, found = spectrum.axis.grid(), list[CoarseSignal]()
    while runs:
        run = runs.pop()
        edge = max(len(run) // 5, 1)
        place = edge + int(rest[run[edge:-edge]].argmin()) if len(run) > 2 else 0
        parts = [run[:place], run[place:]]
        if len(run) * spectrum.axis.step > _WIDE and min(amounts[part].sum() for part in parts) > smallest:
            runs += parts
        else:
            found.append(CoarseSignal(float(np.average(ppm[run], weights=amounts[run])), float(amounts[run].sum())))
    return found


def _without_residual(spectrum: Spectrum, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights with the residual lines of the solvent and tetramethylsilane bridged."""
    ppm, step, rest, solvent = spectrum.axis.grid(), spectrum.axis.step, heights.copy(), solvent_named(spectrum.solvent)
    signals = solvent.h1 if solvent is not None else ()
    for place, extent in (*((s.ppm, (s.lines - 1) / 2 * s.coupling_hz) for s in signals), (0.0, 0.0)):
        near = np.flatnonzero(np.abs(ppm - place) < _PLACE["1H"] + step / 2)
        if not len(near):
            continue
        top, half = int(near[rest[near].argmax()]), int(np.ceil(extent / hertz_per_point(spectrum))) + 1
        first, last = max(top - half, 1), min(top + half, len(rest) - 2)
        bridge = np.linspace(rest[first - 1], rest[last + 1], last - first + 1)
        rest[first : last + 1] = np.minimum(rest[first : last + 1], bridge)
    return rest


def _without_water(spectrum: Spectrum, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights without the largest broad line that fits under them where water stands in the solvent."""
    solvent, hertz = solvent_named(spectrum.solvent), hertz_per_point(spectrum)
    best, rest, cells = 0.0, heights, np.arange(len(heights))
    if solvent is None:
        return heights
    for at in np.rint(spectrum.axis.position(solvent.water_ppm + np.linspace(-_WATER, _WATER, 11)) - 0.5).astype(int):
        for width in _WATER_HZ:
            reach = round(1.5 * width / hertz)
            if reach < 3 or not reach <= at < len(heights) - reach:
                continue
            near = slice(at - reach, at + reach + 1)
            shape = 1 / (1 + (2 * hertz * (cells - at) / width) ** 2)
            line = np.quantile(heights[near] / shape[near], 0.06) * shape
            under = float(np.minimum(line, heights)[near].sum())
            if under > max(best, _WATER_SHARE * float(heights[near].sum())):
                best, rest = under, np.maximum(heights - 1.1 * line, 0.0)
    return rest


def _mhz(spectrum: Spectrum) -> float:
    return hertz_per_point(spectrum) / spectrum.axis.step

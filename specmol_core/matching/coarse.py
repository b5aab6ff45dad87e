"""Signals on an axis too coarse for patterns, as that of a picture of some hundred columns, or of a stored trace.

Each cell holds the largest value of its range, so that a sharp line stands in one cell, or in two where it falls on
their border, and the noise is that of maxima. What little can be told of solvent and water is told by place alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from specmol_core.spectra.analysis.contaminants import find_impurities_c13
from specmol_core.spectra.analysis.solvents import Solvent, SolventSignal, solvent_named
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["coarse_signals"]

_FREQUENCY: dict[Nucleus, float] = {"1H": 400.0, "13C": 100.0}
"""Frequency (MHz) that distances are reckoned with where the spectrum says none."""
_QUIET = (0.05, 0.3)
"""Shares of the cells, from the lowest, that hold nothing but noise in any spectrum of a small molecule."""
_DEVIATIONS = 1.12
"""Distance of these quantiles of a normal distribution, in standard deviations."""
_ABOVE_NOISE: dict[Nucleus, float] = {"1H": 6.0, "13C": 8.0}
_TMS: dict[Nucleus, float] = {"1H": 0.02, "13C": 0.3}
"""How far tetramethylsilane stands from 0 (ppm)."""

_COLUMN = 0.3
"""Step of a 13C axis (ppm) from which a line has a cell for itself, so that every filled cell is a line."""
_SIDE = 0.5
"""Height beside a taller cell, relative to it, from which such a cell is no half of one line."""
_FAINT = 0.08
"""Least height of a 13C line, relative to the strongest that is not the solvent's."""
_OFF = 0.25
"""How far a line of the solvent stands from its place (ppm of 13C)."""
_TALLER = 1.7
"""How much taller than its multiplet makes it a line of the solvent may be; beyond, the compound's is in it."""
_THERE = 0.5
"""Share of a multiplet that must be seen for it to be one."""

_RESIDUAL = 0.025
"""How far the residual line of the solvent stands from its place (ppm of 1H)."""
_MOVES = {"D2O": 0.125}
"""The same where the shift depends on temperature and pH."""
_WATER = 0.15
"""How far water stands from its place (ppm)."""
_WATER_HZ = (8.0, 12.0, 18.0, 27.0, 40.0, 60.0, 90.0, 135.0)
"""Widths at which the line of water is told from the compound's, which are sharp (Hz)."""
_WATER_REACH = 1.5
"""Widths to either side over which it must be there."""
_WATER_SHARE = 0.4
"""Least share of what stands there that is the line of water, if there is one."""
_RISEN: tuple[float, float] = (0.004, 0.02)
"""Least height of a cell that counts, relative to the tallest: of a trace, and of a picture's columns."""
_WIDE_CELL = 0.02
"""Step of a 1H axis (ppm) from which a multiplet is a column or two, and heights say less about numbers."""
_POWER = 0.6
"""There, the number of protons grows like this power of the height: what splits a signal lowers it."""
_APART = 12.0
"""Gap between two signals (Hz)."""
_WIDE = 0.1
"""Extent above which a signal is taken for several (ppm)."""
_LEAST_SHARE = 0.02
"""Share of all protons below which a signal is no proton of the compound."""
_PIECE_SHARE = 0.06
"""The same for a piece of a wide signal: a proton of many."""


def coarse_signals(spectrum: Spectrum) -> list[tuple[float, float]]:
    """Shift (ppm) and amount of each signal of the compound, shifts rising.

    The lines of the stated solvent are left out where they stand at their place and no taller than their multiplet
    makes them. The amount of a 1H signal is what its cells add up to, in any unit; that of a 13C line is NaN.
    """
    heights, noise = _risen(spectrum)
    if not heights.max() > noise:
        return []
    return _carbons(spectrum, heights, noise) if spectrum.nucleus == "13C" else _protons(spectrum, heights, noise)


def _risen(spectrum: Spectrum) -> tuple[NDArray[np.float64], float]:
    """Heights above the level of the empty cells, and the standard deviation of the noise."""
    trace = spectrum.magnitudes.astype(np.float64)
    low, level = np.quantile(trace, _QUIET)
    heights = np.maximum(trace - level, 0.0)
    return heights, max(float(level - low) / _DEVIATIONS, 1e-5 * float(heights.max()))


def _hertz(spectrum: Spectrum) -> float:
    return spectrum.frequency_mhz or _FREQUENCY[spectrum.nucleus]


def _carbons(spectrum: Spectrum, heights: NDArray[np.float64], noise: float) -> list[tuple[float, float]]:
    tops = _tops(heights, max(4 * noise, 1e-3 * float(heights.max())), spectrum.axis.step)
    ppm, height = spectrum.axis.grid()[tops], heights[tops]
    solvent = solvent_named(spectrum.solvent)
    keep = np.abs(ppm) > _TMS["13C"] + spectrum.axis.step / 2
    for signal in solvent.c13 if solvent is not None else ():
        keep &= ~_of_solvent(spectrum, signal, ppm, height)
    keep &= height > max(_FAINT * float(height[keep].max(initial=0.0)), _ABOVE_NOISE["13C"] * noise)
    ppm, height = ppm[keep], height[keep]
    if spectrum.axis.step < _COLUMN:
        lines = [Peak(p, h, None) for p, h in zip(ppm.tolist(), height.tolist(), strict=True)]
        impure = find_impurities_c13(lines, range(len(lines)), solvent.name if solvent is not None else "", 0.0)
        ppm = np.delete(ppm, list(impure))
    return [(shift, float("nan")) for shift in sorted(ppm.tolist())]


def _tops(heights: NDArray[np.float64], least: float, step: float) -> NDArray[np.int64]:
    padded = np.concatenate(([0.0], heights, [0.0]))
    if step < _COLUMN:
        return np.asarray(find_peaks(padded, height=least)[0] - 1, dtype=np.int64)
    taller = np.maximum(padded[:-2], padded[2:])
    return np.flatnonzero((heights > least) & ((heights >= taller) | (heights > _SIDE * taller)))


def _of_solvent(
    spectrum: Spectrum, signal: SolventSignal, ppm: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which lines (n,) are those of one multiplet of the solvent."""
    lines = signal.ppm + (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.spacing_hz / _hertz(spectrum)
    share = np.ones(1)
    for _ in range((signal.lines - 1) // 2):
        share = np.convolve(share, np.ones(3))  # each deuteron splits a line into three
    share /= share.max()
    near = np.abs(ppm[:, None] - lines) < _OFF + spectrum.axis.step / 2
    seen = near.any(axis=0)
    if share[seen].sum() < _THERE * share.sum():
        return np.zeros(len(ppm), np.bool_)
    strong = seen & (share > 0.25)
    whole = np.where(near, height[:, None], 0.0).max(axis=0)[strong] / share[strong]
    allowed = _TALLER * float(np.median(whole)) * np.where(near, share, 0.0).max(axis=1)
    found: NDArray[np.bool_] = near.any(axis=1) & (height <= allowed)
    return found


def _protons(spectrum: Spectrum, heights: NDArray[np.float64], noise: float) -> list[tuple[float, float]]:
    solvent, step = solvent_named(spectrum.solvent), spectrum.axis.step
    rest = _without_residual(spectrum, solvent, heights)
    if solvent is not None and solvent.water_ppm is not None:
        rest = _without_water(spectrum, solvent.water_ppm, rest)
    wide = step > _WIDE_CELL
    tallest = float(rest.max())
    cells = np.flatnonzero(rest > max(_ABOVE_NOISE["1H"] * noise, _RISEN[wide] * tallest))
    amounts = rest ** (_POWER if wide else 1.0)
    gap = max(_APART / _hertz(spectrum) / step, 1.01)
    runs = [run for run in np.split(cells, np.flatnonzero(np.diff(cells) > gap) + 1) if len(run)]
    runs = [run for run in runs if amounts[run].sum() > _LEAST_SHARE * amounts[cells].sum()]
    total = sum(float(amounts[run].sum()) for run in runs)
    pieces = [piece for run in runs for piece in _pieces(run, rest, amounts, _PIECE_SHARE * total, step)]
    ppm = spectrum.axis.grid()
    return sorted((float(np.average(ppm[p], weights=amounts[p])), float(amounts[p].sum())) for p in pieces)


def _pieces(
    run: NDArray[np.int64], heights: NDArray[np.float64], amounts: NDArray[np.float64], least: float, step: float
) -> list[NDArray[np.int64]]:
    """Cut a run of cells where it is lowest, as long as it is wide and each part holds a proton."""
    if len(run) * step <= _WIDE or len(run) < 3:
        return [run]
    edge = max(len(run) // 5, 1)
    inner = run[edge:-edge]
    around = heights[inner] if step > _WIDE_CELL else (heights[inner - 1] + heights[inner] + heights[inner + 1])
    place = edge + int(around.argmin())
    left, right = run[:place], run[place:]
    if min(amounts[left].sum(), amounts[right].sum()) <= least:
        return [run]
    return [piece for part in (left, right) for piece in _pieces(part, heights, amounts, least, step)]


def _without_residual(
    spectrum: Spectrum, solvent: Solvent | None, heights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The heights with the residual lines of the solvent and tetramethylsilane bridged."""
    ppm, step, rest = spectrum.axis.grid(), spectrum.axis.step, heights.copy()
    off = _MOVES.get(solvent.name, _RESIDUAL) if solvent is not None else 0.0
    signals = solvent.h1 if solvent is not None else ()
    places = [(s.ppm, off, (s.lines - 1) / 2 * s.spacing_hz / _hertz(spectrum)) for s in signals]
    for at, within, extent in (*places, (0.0, _TMS["1H"], 0.0)):
        near = np.flatnonzero(np.abs(ppm - at) < within + step / 2)
        if not len(near):
            continue
        top, half = int(near[rest[near].argmax()]), int(np.ceil(extent / step)) + 1
        first, last = max(top - half, 1), min(top + half, len(rest) - 2)
        bridge = np.linspace(rest[first - 1], rest[last + 1], last - first + 1)
        rest[first : last + 1] = np.minimum(rest[first : last + 1], bridge)
    return rest


def _without_water(spectrum: Spectrum, place: float, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The heights without the largest broad line that fits under them where water stands."""
    hertz = spectrum.axis.step * _hertz(spectrum)
    best, rest = 0.0, heights
    cells = np.arange(len(heights))
    for at in np.unique(np.rint(spectrum.axis.position(place + np.linspace(-_WATER, _WATER, 11)) - 0.5).astype(int)):
        for width in _WATER_HZ:
            reach = round(_WATER_REACH * width / hertz)
            if reach < 3 or not reach <= at < len(heights) - reach:
                continue
            near = slice(at - reach, at + reach + 1)
            shape = 1 / (1 + (2 * hertz * (cells[near] - at) / width) ** 2)
            line = float(np.quantile(heights[near] / shape, 0.06)) * shape
            share = float(np.minimum(line, heights[near]).sum() / max(float(heights[near].sum()), 1e-300))
            if share > _WATER_SHARE and line.sum() * share > best:
                best = float(line.sum()) * share
                whole = line.max() / (1 + (2 * hertz * (cells - at) / width) ** 2)
                rest = np.maximum(heights - 1.1 * whole, 0.0)
    return rest

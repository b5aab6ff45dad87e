"""The profile of each signal on the two scales of the fit, in the form of the compiled loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.mixtures.cells import CellGrid
from specmol_core.mixtures.signals import Pattern, Signal

__all__ = ["Templates", "build_templates"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_TAIL_WIDTHS = 20.0
"""Reach of the line shape, in widths of a line at half height."""
_TAIL_BLURS = 4.0
_MAX_TRIMMED = 0.004
"""Share of the area that is cut off at each end of a profile."""
_REACH_SCALES = 6.0
_GAP_SCALE_PPM, _GAP_ERROR = 0.03, 0.5
"""Scale of the error of the distance between the two protons of a CH2, and its rise with the distance."""
_MAX_REACH = 800
"""Largest distance of a signal from its expected shift: six scales, but at most so many cells."""


@dataclass(frozen=True)
class Templates:
    """Profiles and distributions of all signals; all positions are in cells."""

    values: Float
    """All profiles in one array."""
    table: Int
    """(signals, variants, scales, 3): first value, length, offset of the first cell from the shift."""
    variants: Int
    """(signals,)"""
    owner: Int
    """Column of each signal (signals,): a form of a species, or a background compound."""
    nuclei: Float
    """(signals,)"""
    centre: Float
    """Cell of each signal's expected shift (signals,)."""
    fraction: Float
    """What the position of each signal lacks to its exact cell (signals,): a profile at the rounded
    centre stands exactly at the expected shift."""
    scale: Float
    dof: Float
    reach: Int
    """Largest distance of each position from its centre (signals,)."""
    partner: Int
    """Signal of the other proton of the same CH2 (signals,); -1 for none."""
    gap: Float
    """Expected distance of each position from that of its partner (signals,)."""
    gap_scale: Float
    parent: Int
    """Index of each column's species or background compound (columns,)."""

    @property
    def columns(self) -> int:
        """Number of spectra whose amounts are fitted."""
        return len(self.parent)


def build_templates(
    signals: Sequence[Sequence[Signal]], grid: CellGrid, width_hz: float, axis_ppm: float = 0.0
) -> Templates:
    """Return the profiles of the signals of each species.

    Parameters
    ----------
    width_hz
        Full width at half height of a line of the spectrum.
    axis_ppm
        Offset of the axis: all signals are expected so much higher.
    """
    flat = [(index, signal) for index, part in enumerate(signals) for signal in part]
    partner, gap, gap_scale = _pairs([signal for _, signal in flat], grid)
    forms = sorted({(index, signal.form) for index, signal in flat} | {(index, 0) for index in range(len(signals))})
    column = {part: number for number, part in enumerate(forms)}
    centre = np.array([grid.cell(s.ppm + axis_ppm) for _, s in flat])
    fraction = centre - np.round(centre)
    kernels = [_line_shape(grid, width_hz, blur) for blur in grid.blur]
    table = np.zeros((len(flat), max((len(s.patterns) for _, s in flat), default=1), len(grid.blur), 3), np.int64)
    parts: list[Float] = []
    size = 0
    for g, (_, signal) in enumerate(flat):
        for v, pattern in enumerate(signal.patterns):
            for s, kernel in enumerate(kernels):
                profile, offset = _profile(pattern, grid, kernel, grid.blur[s], float(fraction[g]))
                table[g, v, s] = size, len(profile), offset
                parts.append(profile)
                size += len(profile)
    scale = np.array([s.scale / grid.step for _, s in flat])
    return Templates(
        np.concatenate(parts) if parts else np.zeros(1),
        table,
        np.array([len(s.patterns) for _, s in flat], np.int64),
        np.array([column[index, s.form] for index, s in flat], np.int64),
        np.array([s.nuclei for _, s in flat]),
        np.round(centre),
        fraction,
        scale,
        np.array([s.dof for _, s in flat]),
        np.minimum(_REACH_SCALES * scale + 8, _MAX_REACH).astype(np.int64),
        partner,
        gap,
        gap_scale,
        np.array([index for index, _ in forms], np.int64),
    )


def _pairs(signals: Sequence[Signal], grid: CellGrid) -> tuple[Int, Float, Float]:
    """Return the partner of each signal of one proton of a CH2, their expected distance and its scale (cells).

    Errors of a prediction are nearly the same for both protons.
    """
    partner = np.full(len(signals), -1, np.int64)
    gap, scale = np.zeros(len(signals)), np.ones(len(signals))
    for i, (a, b) in enumerate(pairwise(signals)):
        if a.atoms and (a.atoms, a.form) == (b.atoms, b.form):
            difference = a.ppm - b.ppm
            partner[i], partner[i + 1] = i + 1, i
            gap[i], gap[i + 1] = -difference / grid.step, difference / grid.step
            scale[i : i + 2] = (_GAP_SCALE_PPM + _GAP_ERROR * abs(difference)) / grid.step
    return partner, gap, scale


def _line_shape(grid: CellGrid, width_hz: float, blur: float) -> Float:
    """Return the area of a blurred Lorentzian line in each cell around its shift (odd length)."""
    half = width_hz / 2 / grid.mhz / grid.step
    reach = math.ceil(max(_TAIL_BLURS * blur, 2 * _TAIL_WIDTHS * half))
    x = np.arange(-reach, reach + 1)
    areas = (np.arctan((x + 0.5) / half) - np.arctan((x - 0.5) / half)) / math.pi
    smooth = np.asarray(gaussian_filter1d(areas, blur, mode="constant"), dtype=np.float64)
    return np.asarray(smooth / smooth.sum())


def _profile(pattern: Pattern, grid: CellGrid, kernel: Float, blur: float, fraction: float) -> tuple[Float, int]:
    """Return the profile of a pattern, of area 1, and the offset of its first cell from the shift."""
    position = fraction - pattern.offset_ppm / grid.step
    low = math.floor(position.min()) - 1
    sticks = np.zeros(math.ceil(position.max()) - low + 3)
    cell = np.floor(position - low).astype(np.int64)
    part = position - low - cell
    np.add.at(sticks, cell, pattern.area * (1 - part))
    np.add.at(sticks, cell + 1, pattern.area * part)
    sticks /= sticks.sum()
    if pattern.measured:
        pad = math.ceil(_TAIL_BLURS * blur)
        return np.asarray(gaussian_filter1d(np.pad(sticks, pad), blur, mode="constant"), np.float64), low - pad
    return _trimmed(np.convolve(sticks, kernel), low - len(kernel) // 2)


def _trimmed(profile: Float, offset: int) -> tuple[Float, int]:
    """Return a profile without its faint ends, which cost time."""
    running = np.cumsum(profile)
    first, last = np.searchsorted(running, (_MAX_TRIMMED * running[-1], (1 - _MAX_TRIMMED) * running[-1]))
    kept = profile[first : last + 1]
    return kept / kept.sum(), offset + int(first)

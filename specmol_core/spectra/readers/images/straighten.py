"""Straighten a scanned or photographed plot: even out the paper, and turn the axis level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from specmol_core.spectra.readers.images.ink import Ink, find_ink

__all__ = ["StraightenedImage", "straighten"]

_BLOCKS = 24
"""Blocks along each side in which the tone of the paper is measured."""
_MAX_CLEAN_GRAIN = 3.0
"""Median deviation of the paper's tone that a drawing program does not reach (of 255)."""
_MAX_DEGREES = 6.0
_STROKE_COLUMNS = 9
"""Length of a level stroke (columns); a line tilted by 6 degrees still has one in each row."""
_MAX_ANGLE_PIXELS = 60_000
"""Inked pixels that suffice to find an angle."""
_MIN_ALIGNMENT_GAIN = 1.03
"""Least gain in the alignment of rows for which an image is turned (ratio)."""


@dataclass(frozen=True)
class StraightenedImage:
    """A level image on even paper."""

    rgb: NDArray[np.uint8]
    """Colours (height, width, 3)."""
    ink: Ink
    degrees: float
    """Angle by which the image was turned (degrees, clockwise)."""


def straighten(rgb: NDArray[np.uint8], degrees: float | None = None) -> StraightenedImage:
    """Even out the paper of a scan and turn the drawing level; a clean, level image is unchanged.

    Parameters
    ----------
    rgb
        Colours (height, width, 3).
    degrees
        Angle to turn (clockwise); None to level the longest lines, which may belong to a sloping
        baseline.

    Raises
    ------
    RefusedError
        If the image is blank, or has continuous tones as a photograph has.
    """
    rgb = _flatten_paper(rgb)
    ink = find_ink(rgb)
    if degrees is None:
        degrees = math.degrees(math.atan(_slope(ink.density)))
    if math.radians(abs(degrees)) * rgb.shape[1] < 1.0:
        return StraightenedImage(rgb, ink, 0.0)
    paper = tuple(int(tone) for tone in np.median(rgb[::4, ::4].reshape(-1, 3), axis=0))
    rotated = Image.fromarray(rgb).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=paper)
    rgb = np.asarray(rotated, dtype=np.uint8)
    return StraightenedImage(rgb, find_ink(rgb), degrees)


def _flatten_paper(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Divide by the tone of the surrounding paper and drop its grain; keep light on dark as it is."""
    height, width, _ = rgb.shape
    grey = rgb.mean(axis=2, dtype=np.float32)
    paper = float(np.median(grey))
    grain = float(np.median(np.abs(grey - paper)))
    if paper < 128 or grain < _MAX_CLEAN_GRAIN:
        return rgb
    rows = np.linspace(0, height, _BLOCKS + 1).astype(int)
    columns = np.linspace(0, width, _BLOCKS + 1).astype(int)
    tone = np.array(
        [
            [np.median(rgb[top:bottom, left:right].reshape(-1, 3), axis=0) for left, right in pairwise(columns)]
            for top, bottom in pairwise(rows)
        ]
    )
    # A block full of ink takes the tone of its neighbours.
    tone = ndimage.maximum_filter(ndimage.median_filter(tone, size=(3, 3, 1)), size=(3, 3, 1))
    smooth = ndimage.zoom(tone, (height / _BLOCKS, width / _BLOCKS, 1), order=1, grid_mode=True, mode="nearest")
    flattened = rgb / np.maximum(smooth[:height, :width], 1.0)
    noise = 1.4826 * float(np.median(np.abs(flattened - np.median(flattened))))
    # The grain of the paper is within four standard deviations of white, and becomes white.
    return np.asarray(np.clip(255.0 * flattened + 255.0 * min(4 * noise, 0.15), 0, 255), dtype=np.uint8)


def _slope(density: NDArray[np.uint8]) -> float:
    """Fall of level lines per column to the right (rows); 0 if turning does not align them."""
    height, width = density.shape
    inked = density > 0.4 * float(density.max())
    # Only level strokes count; letters and the flanks of lines do not show the angle.
    y, x = np.nonzero(ndimage.binary_erosion(inked, np.ones((1, _STROKE_COLUMNS), dtype=bool)))
    if len(x) < _MAX_ANGLE_PIXELS // 1000:
        return 0.0
    if len(x) > _MAX_ANGLE_PIXELS:
        chosen = np.random.default_rng(0).choice(len(x), _MAX_ANGLE_PIXELS, replace=False)
        x, y = x[chosen], y[chosen]
    middle = x - width / 2

    def level(slope: float) -> float:
        rows = np.rint(y - slope * middle).astype(np.int64) + width
        return float((np.bincount(rows, minlength=height + 2 * width).astype(np.float64) ** 2).sum())

    max_slope = math.tan(math.radians(_MAX_DEGREES))
    best, step = 0.0, 2.0 / width
    coarse = np.arange(-max_slope, max_slope, max(step, 1e-3))
    best = float(coarse[int(np.argmax([level(float(s)) for s in coarse]))])
    for finer in (step / 2, step / 8):
        trial_slopes = best + finer * np.arange(-6, 7)
        best = float(trial_slopes[int(np.argmax([level(float(s)) for s in trial_slopes]))])
    if abs(best) * width < 1.0 or level(best) < _MIN_ALIGNMENT_GAIN * level(0.0):
        return 0.0
    return best

"""Separate ink from paper; handle inverted colours, and refuse images that are not drawings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Ink", "connected_parts", "find_ink"]

_MIN_INK = 32
"""Distance from the paper's colour that JPEG noise and scanned paper do not reach (of 255)."""
_MIN_PAPER_SHARE = 0.35
"""Least share of clean paper, even in a densely filled plot."""
_MAX_TONE_SHARE = 0.15
"""Largest share of pixels within ink that differ in tone from a neighbour; 0 for a filled plot."""
_MAX_PARTS = 100_000
"""Largest number of separate strokes, letters and specks; a plot with all its labels has a few thousand."""


@dataclass(frozen=True)
class Ink:
    """The ink of an image."""

    density: NDArray[np.uint8]
    """Distance from the paper's colour (height, width); 0 for paper and for noise."""
    inverted: bool
    """Whether the drawing is light on dark."""


def find_ink(rgb: NDArray[np.uint8]) -> Ink:
    """Separate a drawing from its paper.

    Parameters
    ----------
    rgb
        Colours (height, width, 3).

    Raises
    ------
    RefusedError
        If the image is blank, or has continuous tones as a photograph has.
    """
    paper = _paper_colour(rgb)
    # Use the largest channel difference: yellow on white is faint in grey but clear in blue.
    density = np.maximum(rgb[..., 0], paper[0]) - np.minimum(rgb[..., 0], paper[0])
    for channel in (1, 2):
        plane = rgb[..., channel]
        np.maximum(density, np.maximum(plane, paper[channel]) - np.minimum(plane, paper[channel]), out=density)
    inked = density > _MIN_INK
    if not inked.any():
        raise RefusedError("the image is blank: it holds only one colour and no trace")
    paper_share = 1.0 - float(inked.mean())
    if paper_share < _MIN_PAPER_SHARE or _tone_share(density, inked) > _MAX_TONE_SHARE:
        raise RefusedError(
            f"a photograph or shaded image, not a drawn spectrum ({paper_share:.0%} of it is plain paper): "
            "export the spectrum as a line plot on plain paper"
        )
    lightness = rgb.mean(axis=2, dtype=np.float32)
    inverted = bool(paper.mean() < 128 and float(lightness[inked].mean()) > float(paper.mean()))
    density[~inked & (density < _MIN_INK // 2)] = 0
    return Ink(density, inverted)


def connected_parts(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[tuple[slice, slice]]]:
    """Label the connected parts of a drawing, and return the labels (height, width) and their boxes.

    Label 0 is paper; the box of label n, rows and columns, has index n - 1. Corners connect.

    Raises
    ------
    RefusedError
        If there are too many parts for a drawing; finding their boxes would take long.
    """
    labels, count = ndimage.label(mask, structure=np.ones((3, 3), dtype=np.int8))
    if count > _MAX_PARTS:
        raise RefusedError(
            f"noise, not a drawn spectrum (its ink has {count:,} separate parts): "
            "export the spectrum as a line plot on plain paper"
        )
    return labels, ndimage.find_objects(labels)


def _paper_colour(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Most common colour of a band along the border (3,); the band is wider than a frame line."""
    height, width, _ = rgb.shape
    band = max(4, min(height, width) // 20)
    border = np.concatenate(
        [part.reshape(-1, 3) for part in (rgb[:band], rgb[-band:], rgb[band:-band, :band], rgb[band:-band, -band:])]
    )
    red, green, blue = (border >> 3).astype(np.int32).T
    code = int(np.bincount(1024 * red + 32 * green + blue).argmax())
    middle = np.array([code // 1024, code // 32 % 32, code % 32]) * 8 + 4
    is_paper = (np.abs(border - middle.astype(np.int16)) <= 8).all(axis=1)
    paper: NDArray[np.uint8] = np.rint(np.median(border[is_paper], axis=0)).astype(np.uint8)
    return paper


def _tone_share(density: NDArray[np.uint8], inked: NDArray[np.bool_]) -> float:
    """Share of all pixels that are within ink and differ in tone from their neighbour."""
    inside = inked[1:-1, 1:-1] & inked[:-2, 1:-1] & inked[2:, 1:-1] & inked[1:-1, :-2] & inked[1:-1, 2:]
    centre, right = density[1:-1, 1:-1], density[1:-1, 2:]
    change = np.maximum(centre, right) - np.minimum(centre, right)
    return float((inside & (change > 2)).mean())

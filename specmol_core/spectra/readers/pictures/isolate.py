"""Isolate the trace of a plot from what is drawn around and across it: grid, integrals, labels, a structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from specmol_core.spectra.readers.pictures.trace_path import Path, follow_path, resting_rows
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Isolated", "isolate"]

_SOLID = 0.4
"""Share of the darkest ink above which a pixel is inked; light grid lines stay below."""
_FLANK = 0.2
"""The same beside an inked pixel."""
_PALE = 0.25
"""Chroma, as a share of the ink, below which ink counts as black."""
_FAINT = 40.0
"""Absorption below which a colour cannot be told (of 255)."""
_HUES = 12
_ACROSS = 0.93
"""Share of the axis that a trace must run along."""
_UNBROKEN = 0.995
"""Share of the axis along which a colour must run to be the trace's. JPEG smears the colour of thin lines: all ink
together may then make a better line."""
_BREAKS_PER_AXIS = 100
"""A line over the whole axis is worth this many breaks more than none."""
_CROSSINGS = 6
"""Breaks that lines of other colours, which cross it, leave in a trace."""
_RESTING = 0.1
"""Share of the columns that rest on the baseline, however crowded the spectrum is."""
_UPRIGHT = 0.6
"""Share of the plot's height that a grid line or the side of a frame spans."""
_LEAST_HEIGHT = 0.03
"""Height of the strongest signal as a share of the plot's; less is a grid line or an empty plot."""


@dataclass(frozen=True)
class Isolated:
    """A plot in which only the trace is left."""

    density: NDArray[np.uint8]
    """Ink of the trace (rows, columns), 0 elsewhere; cut to the plot's columns."""
    left: int
    """Column of the picture where it starts."""
    warnings: tuple[str, ...]


def isolate(
    rgb: NDArray[np.uint8],
    density: NDArray[np.uint8],
    rows: tuple[int, int],
    columns: tuple[int, int],
    ticks: Sequence[float],
) -> Isolated:
    """Find the trace that runs along the axis, and erase all else.

    Parameters
    ----------
    rgb
        Colours (height, width, 3).
    density
        Ink (height, width), 0 for paper.
    rows
        First row of the plot, and first row of the axis line below it.
    columns
        Ends of the axis (the right one exclusive).
    ticks
        Pixel coordinates of the labelled ticks, where grid lines stand.

    Raises
    ------
    RefusedError
        If no line runs along the axis, or several that could be the trace.
    """
    top, bottom = rows
    left, right = columns
    if bottom - top < 16 or right - left < 32:
        raise RefusedError("there is no room for a trace above the axis: crop the picture to one spectrum")
    ink = density[top:bottom, left:right].copy()
    _erase_uprights(ink, np.asarray(ticks) - left)
    *colours, together = _layers(rgb[top:bottom, left:right], ink)
    traces = [(path, layer) for layer in colours if (path := _trace(layer)) is not None]
    sound = [path for path, _ in traces if path.breaks <= _CROSSINGS and path.covered >= _UNBROKEN]
    if any(_apart(sound[0], other) for other in sound[1:]):
        raise RefusedError(
            "spectra in several colours run along the axis: leave one of them, or crop the picture to it"
        )
    if not any(path.breaks == 0 for path in sound) and (path := _trace(together)) is not None:
        traces.append((path, together))
    if not traces:
        raise RefusedError(
            "no trace of a spectrum runs along the axis: crop the picture to one spectrum, without other drawings"
        )
    path, layer = min(traces, key=lambda trace: trace[0].breaks - _BREAKS_PER_AXIS * trace[0].covered)
    first, last = path.ends
    return Isolated(path.cut(layer)[:, first:last], left + first, _doubts(path))


def _apart(one: Path, other: Path) -> bool:
    """Whether two lines are two traces, not the middle and the fringe of one."""
    both = one.drawn & other.drawn
    return float(np.abs(one.top[both] - other.top[both]).mean()) > _LEAST_HEIGHT * one.height


def _trace(layer: NDArray[np.uint8]) -> Path | None:
    """The line of one layer that rests on a baseline and climbs highest from it; None where none is a trace."""
    if not layer.any():
        return None
    darkest = float(np.percentile(layer[layer > 0], 99))
    solid = layer > _SOLID * darkest
    # The faint flank of a line belongs to it; a faint grid line does not, beyond the pixel that touches.
    mask = solid | ((layer > _FLANK * darkest) & ndimage.binary_dilation(solid, np.ones((3, 3), dtype=bool)))
    paths = [follow_path(mask, row) for row in resting_rows(mask)]
    traces = [
        path
        for path in paths
        if path.covered >= _ACROSS and path.resting >= _RESTING and path.climb >= _LEAST_HEIGHT * path.height
    ]
    return max(traces, key=lambda path: path.climb, default=None)


def _doubts(path: Path) -> tuple[str, ...]:
    notes = []
    first, last = path.ends
    broken = 1.0 - float(path.drawn[first:last].mean())
    if broken > 0.005:
        notes.append(f"the trace is broken over {broken:.1%} of the axis")
    if path.clipped >= 1:
        notes.append(f"{path.clipped} strong signals are cut off at the top of the picture; their heights are unknown")
    return tuple(notes)


def _layers(rgb: NDArray[np.uint8], ink: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Ink of one colour each, the one that covers most columns first; then all ink together.

    A trace in a colour of its own is told from black or green integrals by it. Black and grey are one colour.
    """
    rows, columns = np.nonzero(ink > 0.15 * float(ink.max()))
    clean = rgb[::4, ::4][ink[::4, ::4] == 0]
    paper = np.median(clean, axis=0) if len(clean) else np.full(3, 255.0)
    absorbed = np.abs(paper - rgb[rows, columns].astype(np.float64))
    most, least = absorbed.max(axis=1), absorbed.min(axis=1)
    coloured = (most - least > _PALE * most) & (most > _FAINT)
    if not coloured.any():
        return [ink]
    layers = [ink.copy()]
    layers[0][rows[coloured], columns[coloured]] = 0
    hue = _hue(absorbed)
    counts = np.bincount(hue[coloured], minlength=_HUES)
    for strongest in np.argsort(counts)[::-1][:3]:
        if counts[strongest] < 0.5 * ink.shape[1]:
            break
        near = coloured & np.isin(hue, [(strongest + step) % _HUES for step in (-1, 0, 1)])
        layer = np.zeros_like(ink)
        layer[rows[near], columns[near]] = ink[rows[near], columns[near]]
        layers.append(layer)
    share = [float((layer.max(axis=0) > 0).mean()) for layer in layers]
    order = sorted((k for k in range(len(layers)) if share[k] >= 0.8), key=lambda k: -share[k])
    return [*(layers[k] for k in order), ink]


def _hue(absorbed: NDArray[np.float64]) -> NDArray[np.int64]:
    """Sector of the colour wheel (n,), 0 to 11, of what ink absorbs of red, green and blue (n, 3)."""
    red, green, blue = absorbed.T
    most = absorbed.max(axis=1)
    spread = np.maximum(most - absorbed.min(axis=1), 1e-6)
    sixth = np.where(
        most == red,
        ((green - blue) / spread) % 6,
        np.where(most == green, (blue - red) / spread + 2, (red - green) / spread + 4),
    )
    return np.asarray(np.rint(sixth * (_HUES / 6)), dtype=np.int64) % _HUES


def _erase_uprights(ink: NDArray[np.uint8], ticks: NDArray[np.float64]) -> None:
    """Erase the sides of a frame, its top, and grid lines that stand at the ticks or lie along the rows."""
    height, width = ink.shape
    solid = ink > 0.12 * float(ink.max())
    tall = solid.mean(axis=0)
    sides = [*range(min(6, width)), *range(max(width - 6, 0), width)]
    frame = [column for column in sides if tall[column] > 0.9]
    at_ticks = [[c for c in range(int(t) - 2, int(t) + 3) if 0 <= c < width and tall[c] > _UPRIGHT] for t in ticks]
    grid = [column for columns in at_ticks for column in columns]
    if sum(1 for columns in at_ticks if columns) < max(2, 0.5 * len(at_ticks)):
        grid = []
    for column in frame:
        ink[:, max(column - 1, 0) : column + 2] = 0
    for column in grid:
        # The grid is as dark as most of its line; what is darker is the trace, where it crosses.
        tone = float(np.median(ink[solid[:, column], column]))
        ink[ink[:, column] <= 1.25 * tone, column] = 0
    lying = np.flatnonzero(solid.mean(axis=1) > 0.97)
    for row in lying[(lying < 0.04 * height)]:
        ink[max(row - 1, 0) : row + 2] = 0

"""Isolate the trace of a plot from other drawings: grid, integrals, labels, a structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from specmol_core.spectra.readers.images.trace_path import TracePath, baseline_rows, follow_path
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["IsolatedTrace", "isolate"]

_MIN_SOLID_INK = 0.4
"""Share of the darkest ink above which a pixel is inked; light grid lines are below it."""
_MIN_FLANK_INK = 0.2
"""The same share for a pixel beside an inked one."""
_MIN_CHROMA = 0.25
"""Chroma, as a share of the ink, below which ink counts as black."""
_MIN_ABSORPTION = 40.0
"""Absorption below which a colour cannot be determined (of 255)."""
_HUE_SECTORS = 12
_MIN_COVERAGE = 0.8
"""Share of the axis that a trace must cover."""
_MIN_COLOUR_COVERAGE = 0.995
"""Share of the axis that a colour must cover to be the trace's own. JPEG smears the colour of thin
lines, so all ink together may give a better line."""
_BREAKS_PER_AXIS = 100
"""Weight of coverage against breaks: covering the whole axis outweighs this many breaks."""
_MAX_CROSSING_BREAKS = 6
"""Most breaks that crossing lines of other colours leave in a trace."""
_MIN_BASELINE_SHARE = 0.1
"""Least share of the columns on the baseline, even in a crowded spectrum."""
_MIN_UPRIGHT_SHARE = 0.6
"""Least share of the plot's height that a grid line or the side of a frame spans."""
_MIN_HEIGHT_SHARE = 0.03
"""Least height of the strongest signal (share of the plot's); less is a grid line or no signal."""


@dataclass(frozen=True)
class IsolatedTrace:
    """A plot reduced to its trace."""

    density: NDArray[np.uint8]
    """Ink of the trace (rows, columns), 0 elsewhere; cut to the plot's columns."""
    left: int
    """Column of the image where ``density`` starts."""
    warnings: tuple[str, ...]


def isolate(
    rgb: NDArray[np.uint8],
    density: NDArray[np.uint8],
    rows: tuple[int, int],
    columns: tuple[int, int],
    ticks: Sequence[float],
) -> IsolatedTrace:
    """Find the trace along the axis, and erase everything else.

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
        Pixel coordinates of the labelled ticks, where grid lines may be.

    Raises
    ------
    RefusedError
        If no line runs along the axis, or several that could be the trace.
    """
    top, bottom = rows
    left, right = columns
    if bottom - top < 16 or right - left < 32:
        raise RefusedError("there is no room for a trace above the axis: crop the image to one spectrum")
    ink = density[top:bottom, left:right].copy()
    _erase_frame_and_grid(ink, np.asarray(ticks) - left)
    *colours, all_ink = _colour_layers(rgb[top:bottom, left:right], ink)
    traces = [(path, layer) for layer in colours if (path := _best_trace(layer)) is not None]
    if any(not path.is_integral for path, _ in traces):
        traces = [(path, layer) for path, layer in traces if not path.is_integral]
    clean_paths = [
        path for path, _ in traces if path.break_count <= _MAX_CROSSING_BREAKS and path.coverage >= _MIN_COLOUR_COVERAGE
    ]
    if any(_are_distinct(clean_paths[0], path_b) for path_b in clean_paths[1:]):
        raise RefusedError("spectra in several colours run along the axis: leave one of them, or crop the image to it")
    if not any(path.break_count == 0 for path in clean_paths) and (path := _best_trace(all_ink)) is not None:
        traces.append((path, all_ink))
    if not traces:
        raise RefusedError(
            "no trace of a spectrum runs along the axis: crop the image to one spectrum, without other drawings"
        )
    path, layer = min(traces, key=lambda trace: trace[0].break_count - _BREAKS_PER_AXIS * trace[0].coverage)
    first, last = path.column_range
    return IsolatedTrace(path.extract_ink(layer)[:, first:last], left + first, _trace_warnings(path))


def _are_distinct(path_a: TracePath, path_b: TracePath) -> bool:
    """Whether two lines are separate traces, not the middle and the fringe of one."""
    in_both = path_a.drawn_columns & path_b.drawn_columns
    return float(np.abs(path_a.top[in_both] - path_b.top[in_both]).mean()) > _MIN_HEIGHT_SHARE * path_a.height


def _best_trace(layer: NDArray[np.uint8]) -> TracePath | None:
    """The line of one layer that climbs highest from its baseline; None where none is a trace."""
    if not layer.any():
        return None
    darkest = float(np.percentile(layer[layer > 0], 99))
    solid = layer > _MIN_SOLID_INK * darkest
    # The faint flank of a line belongs to it; a faint grid line does not, beyond the pixel that touches.
    mask = solid | ((layer > _MIN_FLANK_INK * darkest) & ndimage.binary_dilation(solid, np.ones((3, 3), dtype=bool)))
    paths = [follow_path(mask, row).without_detached_ends() for row in baseline_rows(mask)]
    traces = [
        path
        for path in paths
        if path.coverage >= _MIN_COVERAGE
        and path.baseline_share >= _MIN_BASELINE_SHARE
        and path.climb >= _MIN_HEIGHT_SHARE * path.height
    ]
    return max(traces, key=lambda path: path.climb, default=None)


def _trace_warnings(path: TracePath) -> tuple[str, ...]:
    notes = []
    first, last = path.column_range
    gap_share = 1.0 - float(path.drawn_columns[first:last].mean())
    if gap_share > 0.005:
        notes.append(f"the trace is broken over {gap_share:.1%} of the axis")
    if path.clipped_count >= 1:
        notes.append(
            f"{path.clipped_count} strong signals are cut off at the top of the image; their heights are unknown"
        )
    return tuple(notes)


def _colour_layers(rgb: NDArray[np.uint8], ink: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Split ink into layers of one colour, widest coverage first; the last layer is all ink.

    A trace in a colour of its own differs by it from black or green integrals. Black and grey are
    one colour.
    """
    rows, columns = np.nonzero(ink > 0.15 * float(ink.max()))
    clean = rgb[::4, ::4][ink[::4, ::4] == 0]
    paper = np.median(clean, axis=0) if len(clean) else np.full(3, 255.0)
    absorbed = np.abs(paper - rgb[rows, columns].astype(np.float64))
    strongest_channel, weakest_channel = absorbed.max(axis=1), absorbed.min(axis=1)
    coloured = (strongest_channel - weakest_channel > _MIN_CHROMA * strongest_channel) & (
        strongest_channel > _MIN_ABSORPTION
    )
    if not coloured.any():
        return [ink]
    layers = [ink.copy()]
    layers[0][rows[coloured], columns[coloured]] = 0
    hue = _hue(absorbed)
    counts = np.bincount(hue[coloured], minlength=_HUE_SECTORS)
    for strongest in np.argsort(counts)[::-1][:3]:
        if counts[strongest] < 0.5 * ink.shape[1]:
            break
        in_hue = coloured & np.isin(hue, [(strongest + step) % _HUE_SECTORS for step in (-1, 0, 1)])
        layer = np.zeros_like(ink)
        layer[rows[in_hue], columns[in_hue]] = ink[rows[in_hue], columns[in_hue]]
        layers.append(layer)
    share = [float((layer.max(axis=0) > 0).mean()) for layer in layers]
    order = sorted((k for k in range(len(layers)) if share[k] >= 0.8), key=lambda k: -share[k])
    return [*(_with_crossings(layers[k], ink) for k in order), ink]


def _with_crossings(layer: NDArray[np.uint8], ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The layer with the ink of other colours that hides a part of it: between two of its pixels of one stroke.

    A stroke is an unbroken run of ink in one column.
    """
    inked = 0.15 * float(ink.max()) < ink.T
    begins = inked & ~np.pad(inked, ((0, 0), (1, 0)))[:, :-1]
    stroke = np.cumsum(begins.ravel()).reshape(inked.shape)
    columns, rows = np.nonzero(inked & (layer.T > 0))
    own = stroke[columns, rows]  # rises, because strokes are counted along each column
    first = np.full(int(stroke[-1, -1]) + 1, len(ink))
    last = np.full(len(first), -1)
    np.minimum.at(first, own, rows)
    np.maximum.at(last, own, rows)
    at = np.arange(len(ink))
    hidden = inked & (at >= first[stroke]) & (at <= last[stroke])
    return np.where(hidden.T, ink, layer)


def _hue(absorbed: NDArray[np.float64]) -> NDArray[np.int64]:
    """Sector of the colour wheel (n,), 0 to 11, from the absorbed red, green and blue (n, 3)."""
    red, green, blue = absorbed.T
    strongest_channel = absorbed.max(axis=1)
    chroma = np.maximum(strongest_channel - absorbed.min(axis=1), 1e-6)
    sixth = np.where(
        strongest_channel == red,
        ((green - blue) / chroma) % 6,
        np.where(strongest_channel == green, (blue - red) / chroma + 2, (red - green) / chroma + 4),
    )
    return np.asarray(np.rint(sixth * (_HUE_SECTORS / 6)), dtype=np.int64) % _HUE_SECTORS


def _erase_frame_and_grid(ink: NDArray[np.uint8], ticks: NDArray[np.float64]) -> None:
    """Erase the sides of a frame, grid lines at the ticks, and full rows at the top."""
    height, width = ink.shape
    solid = ink > 0.12 * float(ink.max())
    column_ink = solid.mean(axis=0)
    sides = [*range(min(6, width)), *range(max(width - 6, 0), width)]
    frame = [column for column in sides if column_ink[column] > 0.9]
    at_ticks = [
        [c for c in range(int(t) - 2, int(t) + 3) if 0 <= c < width and column_ink[c] > _MIN_UPRIGHT_SHARE]
        for t in ticks
    ]
    grid = [column for columns in at_ticks for column in columns]
    if sum(1 for columns in at_ticks if columns) < max(2, 0.5 * len(at_ticks)):
        grid = []
    for column in frame:
        ink[:, max(column - 1, 0) : column + 2] = 0
    for column in grid:
        # The grid has the median tone of its column; darker pixels belong to a crossing trace.
        tone = float(np.median(ink[solid[:, column], column]))
        ink[ink[:, column] <= 1.25 * tone, column] = 0
    full_rows = np.flatnonzero(solid.mean(axis=1) > 0.97)
    for row in full_rows[(full_rows < 0.04 * height)]:
        ink[max(row - 1, 0) : row + 2] = 0

"""Follow one line from the left end of a plot to the right, past other drawings around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["TracePath", "baseline_rows", "follow_path"]

_GAP_COST_PER_ROW, _GAP_COST = 20.0, 1000.0
"""Cost of a jump to a stroke that does not touch, per row and per jump; more than a climb costs."""
_EMPTY_COLUMN_COST = 100.0
"""Cost of a column without ink (rows)."""
_MAX_BASELINES = 8
_MIN_BASELINE_SHARE = 0.5
"""Least share of inked columns along a row that may be the baseline."""
_BASELINE_BAND_SHARE = 0.015
"""Height of a noisy baseline, relative to the plot's."""
_MIN_PIECE_COLUMNS, _MIN_PIECE_SHARE = 8, 0.015
"""Fewest columns on the baseline of a piece of the trace, and least share of the plot's; a letter has fewer."""
_MIN_INTEGRAL_RISE, _MAX_INTEGRAL_WAY = 0.1, 1.4
"""Least rise of an integral (share of the plot's height), and its longest way up and down, over its rise."""
_MAX_STROKE_COST = 20.0
"""Largest cost of a stroke away from the baseline (rows); below it, its distance is the cost."""
_MAX_STROKES = 64
"""Most strokes in one column; of more (text or noise), those nearest the baseline are kept."""


@dataclass(frozen=True)
class TracePath:
    """A line as one vertical stroke per column of a plot."""

    top: NDArray[np.int64]
    """First inked row (width,); -1 where the line is broken."""
    bottom: NDArray[np.int64]
    """Row below the last inked one (width,)."""
    baseline: int
    """Row of most of the line."""
    height: int
    """Height of the plot (rows)."""

    @property
    def drawn_columns(self) -> NDArray[np.bool_]:
        """Columns that the line runs through (width,)."""
        return np.asarray(self.top >= 0, dtype=bool)

    @property
    def coverage(self) -> float:
        """Share of the columns that the line runs through."""
        return float(self.drawn_columns.mean())

    @property
    def column_range(self) -> tuple[int, int]:
        """First column of the line, and the column after its last."""
        columns = np.flatnonzero(self.drawn_columns)
        return int(columns[0]), int(columns[-1]) + 1

    @property
    def break_count(self) -> int:
        """Number of jumps to a stroke that does not touch."""
        drawn_columns = self.drawn_columns
        top, bottom = self.top[drawn_columns], self.bottom[drawn_columns]
        gap = np.maximum(top[:-1] - bottom[1:], top[1:] - bottom[:-1])
        return int((gap > 1).sum() + (np.diff(np.flatnonzero(drawn_columns)) > 1).sum())

    @property
    def is_integral(self) -> bool:
        """Whether the line only rises, or only falls, as the integral of a spectrum does."""
        drawn_columns = self.drawn_columns
        middle = (self.top[drawn_columns] + self.bottom[drawn_columns]) / 2
        rise = float(abs(middle[-1] - middle[0]))
        way = float(np.abs(np.diff(middle)).sum())
        return rise >= _MIN_INTEGRAL_RISE * self.height and way <= _MAX_INTEGRAL_WAY * rise

    def without_detached_ends(self) -> TracePath:
        """The line without pieces at its ends that are apart from it and do not lie on its baseline.

        Such pieces are letters or other marks beyond the end of the trace.
        """
        columns = np.flatnonzero(self.drawn_columns)
        top, bottom = self.top[columns], self.bottom[columns]
        gap = np.maximum(top[:-1] - bottom[1:], top[1:] - bottom[:-1])
        pieces = np.split(columns, np.flatnonzero((gap > 1) | (np.diff(columns) > 1)) + 1)
        nearby = max(3.0, 0.02 * self.height)
        level = float(np.median(self.top[max(pieces, key=len)]))
        least = max(_MIN_PIECE_COLUMNS, _MIN_PIECE_SHARE * len(self.top))
        lies = [int((np.abs(self.top[piece] - level) <= nearby).sum()) >= least for piece in pieces]
        if not any(lies):
            return self
        first, last = lies.index(True), len(lies) - 1 - lies[::-1].index(True)
        kept = np.zeros(len(self.top), dtype=bool)
        kept[pieces[first][0] : pieces[last][-1] + 1] = True
        return replace(self, top=np.where(kept, self.top, -1), bottom=np.where(kept, self.bottom, -1))

    @property
    def baseline_share(self) -> float:
        """Share of the columns on the baseline."""
        nearby = max(3.0, 0.02 * self.height)
        return float((np.abs(self.bottom[self.drawn_columns] - self.baseline) <= nearby).mean())

    @property
    def climb(self) -> float:
        """Rows from the baseline up to the highest point; about 0 for the top of a frame."""
        return float(self.baseline - self.top[self.drawn_columns].min())

    @property
    def rise(self) -> float:
        """Rows from the baseline to the farthest point."""
        drawn_columns = self.drawn_columns
        up, down = self.baseline - self.top[drawn_columns], self.bottom[drawn_columns] - self.baseline
        return float(max(up.max(), down.max()))

    @property
    def clipped_count(self) -> int:
        """Number of signals that are cut off at the top of the image."""
        outside = (self.top >= 0) & (self.top <= 1)
        return int((outside & ~np.concatenate([[False], outside[:-1]])).sum())

    def extract_ink(self, density: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The ink of the line alone, with the faint pixels above and below its strokes."""
        rows = np.arange(len(density))[:, None]
        inside = (rows >= self.top - 1) & (rows <= self.bottom) & self.drawn_columns
        return np.asarray(np.where(inside, density, 0), dtype=np.uint8)


def baseline_rows(mask: NDArray[np.bool_]) -> list[int]:
    """Find rows that may be the baseline, the fullest first: much of their length is inked.

    Grid lines and the top of a frame are such rows too, but nothing climbs from them.
    """
    inked = mask.mean(axis=1)
    # A noisy baseline is spread over many rows, none of which is full.
    band = max(3, 2 * round(_BASELINE_BAND_SHARE * len(mask) / 2) + 1)
    coverage = np.convolve(inked, np.ones(band), mode="same")
    rows: list[int] = []
    while len(rows) < _MAX_BASELINES:
        row = int(coverage.argmax())
        if coverage[row] <= 0 or (rows and coverage[row] < _MIN_BASELINE_SHARE):
            break
        nearby = np.arange(max(row - band // 2, 0), min(row + band // 2 + 1, len(mask)))
        rows.append(round(float(np.average(nearby, weights=inked[nearby] ** 2))) + 1)
        coverage[max(row - band, 0) : row + band + 1] = 0
    return rows


def follow_path(mask: NDArray[np.bool_], baseline: int) -> TracePath:
    """Follow the line that stays closest to the baseline and breaks least.

    The line is the shortest path over strokes. Where an integral's curve and the trace share a
    column, the trace is the one that comes from the baseline and goes back to it. Where a peak
    leaves the baseline, nothing is below it, and the line climbs.

    Parameters
    ----------
    mask
        Inked pixels (height, width); not empty.
    baseline
        Row of the baseline.
    """
    height, width = mask.shape
    columns = _find_strokes(mask, baseline)
    total = np.zeros(0)
    predecessors: list[NDArray[np.int64]] = []
    visited: list[int] = []
    for column, strokes in enumerate(columns):
        if not len(strokes):
            continue
        cost = np.clip(np.maximum(strokes[:, 0] - baseline, baseline - 1 - strokes[:, 1]), 0, _MAX_STROKE_COST)
        if visited:
            before = columns[visited[-1]]
            gap = np.maximum(before[None, :, 0] - strokes[:, None, 1], strokes[:, None, 0] - before[None, :, 1])
            step = np.where(gap > 1, _GAP_COST_PER_ROW * gap + _GAP_COST, 0.0) + total[None, :]
            chosen = step.argmin(axis=1)
            total = step[np.arange(len(strokes)), chosen] + cost + _EMPTY_COLUMN_COST * (column - visited[-1] - 1)
            predecessors.append(chosen)
        else:
            total = cost
        visited.append(column)
    top, bottom = np.full(width, -1), np.full(width, -1)
    state = int(total.argmin())
    for number in range(len(visited) - 1, -1, -1):
        top[visited[number]], bottom[visited[number]] = columns[visited[number]][state]
        if number:
            state = int(predecessors[number - 1][state])
    return TracePath(top, bottom, baseline, height)


def _find_strokes(mask: NDArray[np.bool_], baseline: int) -> list[NDArray[np.int64]]:
    """First row and row below the last of each stroke (n, 2), one array per column."""
    edges = np.diff(np.pad(mask.T, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    column, top = np.nonzero(edges == 1)
    _, bottom = np.nonzero(edges == -1)
    bounds = np.searchsorted(column, np.arange(mask.shape[1] + 1))
    stroke_rows = np.stack([top, bottom], axis=1)
    columns = [stroke_rows[first:last] for first, last in pairwise(bounds)]
    for number, strokes in enumerate(columns):
        if len(strokes) > _MAX_STROKES:
            nearest = np.argsort(np.abs(strokes[:, 1] - baseline))[:_MAX_STROKES]
            columns[number] = strokes[np.sort(nearest)]
    return columns

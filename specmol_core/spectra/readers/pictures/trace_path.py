"""Follow one line from the left end of a plot to the right, past whatever is drawn above, below and across it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Path", "follow_path", "resting_rows"]

_FAR, _JUMP = 20.0, 1000.0
"""Price of passing to a stroke that does not touch, for each row in between and at all: more than a climb costs."""
_EMPTY = 100.0
"""Price of a column without ink (rows)."""
_MOST_BASELINES = 8
_LYING = 0.5
"""Share of the columns that are inked along a row that may be the baseline."""
_BAND = 0.015
"""Height of a noisy baseline, as a share of the plot's."""
_DEAREST = 20.0
"""Price of a stroke away from the baseline: its distance, at most this (rows)."""
_MOST_STROKES = 64
"""In one column; a column of text or noise that holds more is cut to those nearest the baseline."""


@dataclass(frozen=True)
class Path:
    """One upright stroke for each column of a plot."""

    top: NDArray[np.int64]
    """First inked row (width,); -1 where the line is broken."""
    bottom: NDArray[np.int64]
    """Row below the last inked one (width,)."""
    baseline: int
    """Row that most of the line lies on."""
    height: int
    """Of the plot (rows)."""

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Columns that the line runs through (width,)."""
        return np.asarray(self.top >= 0, dtype=bool)

    @property
    def covered(self) -> float:
        """Share of the columns that the line runs through."""
        return float(self.drawn.mean())

    @property
    def ends(self) -> tuple[int, int]:
        """First column of the line, and the column after its last."""
        columns = np.flatnonzero(self.drawn)
        return int(columns[0]), int(columns[-1]) + 1

    @property
    def breaks(self) -> int:
        """Places where the line passes to a stroke that does not touch."""
        drawn = self.drawn
        top, bottom = self.top[drawn], self.bottom[drawn]
        gap = np.maximum(top[:-1] - bottom[1:], top[1:] - bottom[:-1])
        return int((gap > 1).sum() + (np.diff(np.flatnonzero(drawn)) > 1).sum())

    @property
    def resting(self) -> float:
        """Share of the columns that lie on the baseline."""
        near = max(3.0, 0.02 * self.height)
        return float((np.abs(self.bottom[self.drawn] - self.baseline) <= near).mean())

    @property
    def climb(self) -> float:
        """Rows from the baseline up to the highest point; the top of a frame has nothing above it."""
        return float(self.baseline - self.top[self.drawn].min())

    @property
    def rise(self) -> float:
        """Rows from the baseline to the farthest point."""
        drawn = self.drawn
        up, down = self.baseline - self.top[drawn], self.bottom[drawn] - self.baseline
        return float(max(up.max(), down.max()))

    @property
    def clipped(self) -> int:
        """Number of signals that leave the picture at its top."""
        outside = (self.top >= 0) & (self.top <= 1)
        return int((outside & ~np.concatenate([[False], outside[:-1]])).sum())

    def cut(self, density: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The ink of the line alone, with the faint pixels above and below its strokes."""
        rows = np.arange(len(density))[:, None]
        inside = (rows >= self.top - 1) & (rows <= self.bottom) & self.drawn
        return np.asarray(np.where(inside, density, 0), dtype=np.uint8)


def resting_rows(mask: NDArray[np.bool_]) -> list[int]:
    """Rows that may be the baseline, the fullest first: where ink lies along a good part of the plot.

    Grid lines and the top of a frame lie so too; what tells them apart is that nothing climbs from them.
    """
    inked = mask.mean(axis=1)
    # A noisy baseline is spread over many rows, none of which is full.
    band = max(3, 2 * round(_BAND * len(mask) / 2) + 1)
    covered = np.convolve(inked, np.ones(band), mode="same")
    rows: list[int] = []
    while len(rows) < _MOST_BASELINES:
        row = int(covered.argmax())
        if covered[row] <= 0 or (rows and covered[row] < _LYING):
            break
        near = np.arange(max(row - band // 2, 0), min(row + band // 2 + 1, len(mask)))
        rows.append(round(float(np.average(near, weights=inked[near] ** 2))) + 1)
        covered[max(row - band, 0) : row + band + 1] = 0
    return rows


def follow_path(mask: NDArray[np.bool_], baseline: int) -> Path:
    """The line that stays closest to the baseline and breaks least (shortest path over strokes).

    Where an integral's curve and the trace share a column, the trace is the one that comes from the baseline
    and goes back to it; where a peak leaves the baseline, there is nothing below it, and the line climbs.

    Parameters
    ----------
    mask
        Inked pixels (height, width), some of them at least.
    baseline
        Row that the line rests on.
    """
    height, width = mask.shape
    columns = _strokes(mask, baseline)
    total = np.zeros(0)
    back: list[NDArray[np.int64]] = []
    visited: list[int] = []
    for column, strokes in enumerate(columns):
        if not len(strokes):
            continue
        price = np.clip(np.maximum(strokes[:, 0] - baseline, baseline - 1 - strokes[:, 1]), 0, _DEAREST)
        if visited:
            before = columns[visited[-1]]
            gap = np.maximum(before[None, :, 0] - strokes[:, None, 1], strokes[:, None, 0] - before[None, :, 1])
            step = np.where(gap > 1, _FAR * gap + _JUMP, 0.0) + total[None, :]
            chosen = step.argmin(axis=1)
            total = step[np.arange(len(strokes)), chosen] + price + _EMPTY * (column - visited[-1] - 1)
            back.append(chosen)
        else:
            total = price
        visited.append(column)
    top, bottom = np.full(width, -1), np.full(width, -1)
    state = int(total.argmin())
    for number in range(len(visited) - 1, -1, -1):
        top[visited[number]], bottom[visited[number]] = columns[visited[number]][state]
        if number:
            state = int(back[number - 1][state])
    return Path(top, bottom, baseline, height)


def _strokes(mask: NDArray[np.bool_], baseline: int) -> list[NDArray[np.int64]]:
    """First row and row below the last of each stroke, per column (n, 2)."""
    edges = np.diff(np.pad(mask.T, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    column, top = np.nonzero(edges == 1)
    _, bottom = np.nonzero(edges == -1)
    bounds = np.searchsorted(column, np.arange(mask.shape[1] + 1))
    found = np.stack([top, bottom], axis=1)
    columns = [found[first:last] for first, last in pairwise(bounds)]
    for number, strokes in enumerate(columns):
        if len(strokes) > _MOST_STROKES:
            nearest = np.argsort(np.abs(strokes[:, 1] - baseline))[:_MOST_STROKES]
            columns[number] = strokes[np.sort(nearest)]
    return columns

"""Check the abscissa at the start of each line of a JCAMP-DX table, which reveals lost points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["TableLines", "check_abscissas"]

_MIN_SIGNIFICANT_DIGITS = 6
"""Least number of digits that writers give (those of C's %g), unless they write whole numbers."""
_MAX_DECIMALS = 9
_MAX_DAMAGED_LINES = 3
"""Most lines that damage puts out of step; rounding affects many lines."""
_MAX_EXACT_SCATTER = 1e-6
"""Largest scatter of abscissas that were not rounded (steps)."""


@dataclass(frozen=True)
class TableLines:
    """What each line of a table states, one entry per line (n,)."""

    x: NDArray[np.float64]
    """Abscissa, before its factor."""
    start: NDArray[np.int64]
    """Index of the first new point."""
    checks: NDArray[np.bool_]
    """Whether the first value of the line is a check value: it repeats the last value before."""
    number: NDArray[np.int64]
    """Number of the line in the file, from 1."""

    @classmethod
    def concatenate(cls, parts: Sequence[TableLines]) -> TableLines:
        """Join the parts of one table."""
        if not parts:
            return cls(np.empty(0), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.int64))
        return cls(
            np.concatenate([part.x for part in parts]),
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.checks for part in parts]),
            np.concatenate([part.number for part in parts]),
        )


def check_abscissas(lines: TableLines) -> float | None:
    """Check that the abscissas advance by the number of points between them.

    Only the steps between lines are compared, so a rounded factor or first abscissa does no harm.
    Where a line begins with a check value, the standard states the abscissa of that value; some
    writers state that of the next value.

    Returns
    -------
    Distance between the abscissas of neighbouring points; None where it cannot be determined.

    Raises
    ------
    RefusedError
        If the abscissa of a line does not match the points before it; the message names the line.
    """
    if len(lines.x) < 3:
        return None
    fits = []
    for position in (lines.start - lines.checks, lines.start):
        step, wrong = _misfits(np.diff(lines.x), np.diff(position), lines.x)
        fits.append((len(wrong), step, wrong, int(position[-1] - position[0])))
    _, step, wrong, points = min(fits, key=lambda fit: fit[0])
    if wrong.size:
        k = wrong[0] + 1
        raise RefusedError(
            f"line {lines.number[k]}: wrong checksum: its abscissa {lines.x[k]:.10g} does not follow from the points "
            "of the line before; points are missing or damaged, export the spectrum again"
        )
    return float(lines.x[-1] - lines.x[0]) / points if step and points else None


def _misfits(
    dx: NDArray[np.float64], points: NDArray[np.int64], x: NDArray[np.float64]
) -> tuple[float, NDArray[np.int64]]:
    """Step of the abscissa, and the intervals (k,) that do not fit it."""
    counted = points > 0
    if not counted.any():
        return 0.0, np.empty(0, dtype=np.int64)
    unit, rounding = _rounding(x)
    step = float(np.median(dx[counted] / points[counted]))
    deviation = np.abs(dx - step * points)
    wrong = np.flatnonzero(deviation > 0.5 * abs(step))
    is_whole_step = abs(step / unit - round(step / unit)) <= _MAX_EXACT_SCATTER
    exact = step != 0 and is_whole_step and float(np.median(deviation)) <= _MAX_EXACT_SCATTER * abs(step)
    # If many abscissas are one unit off, they are rounded after all.
    if exact and (len(wrong) <= _MAX_DAMAGED_LINES or (deviation[wrong] > 1.05 * unit).any()):
        return step, wrong
    is_regular = counted & (deviation <= 0.5 * abs(step) + 2 * rounding)
    step = float(dx[is_regular].sum() / points[is_regular].sum()) if is_regular.any() else step
    deviation = np.abs(dx - step * points)
    allowed = 0.5 * abs(step) + 4 * float(np.median(deviation)) + rounding
    return step, np.flatnonzero(deviation > allowed)


def _rounding(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Unit of the last digit of the abscissas (n + 1,): at best, and for each interval (n,)."""
    unit = 10.0**-_MAX_DECIMALS
    for decimals in range(_MAX_DECIMALS):
        scaled = x * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(np.abs(scaled), 1e3)).all():
            unit = 10.0**-decimals
            break
    size = np.maximum(np.abs(x[1:]), np.abs(x[:-1]))
    min_rounding = 10.0 ** (np.ceil(np.log10(np.maximum(size, 1e-9))) - _MIN_SIGNIFICANT_DIGITS)
    return unit, np.maximum(unit, min_rounding if unit < 1 else 0.0)

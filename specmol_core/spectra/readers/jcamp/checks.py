"""Check numbers that a JCAMP-DX table states twice, which reveals lost points.

These are the abscissa at the start of each line, the number of points, and the ends of the axis. If
two contradict each other and the others prove that the table is whole, a warning is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Misfit", "TableLines", "check_abscissas", "counts", "settle_count", "settle_misfit", "spans"]

_MIN_SIGNIFICANT_DIGITS = 6
"""Least number of digits that writers give (those of C's %g), unless they write whole numbers."""
_MAX_DECIMALS = 9
_MAX_DAMAGED_LINES = 3
"""Most lines that damage puts out of step; rounding affects many lines."""
_MAX_ROUNDING_UNITS = 1.05
"""Largest deviation of an interval that rounding explains (units of the last digit)."""
_MAX_END_DEVIATION = 1e-3
"""Largest relative difference of the stated and the found end of a table of pairs."""
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


@dataclass(frozen=True)
class Misfit:
    """The first abscissa that does not follow from the points before it."""

    line: int
    """Number of the line in the file, from 1."""
    x: float
    """The abscissa, before its factor."""
    is_rounding: bool
    """Whether all such abscissas are off by no more than one unit of their last digit."""

    def __str__(self) -> str:
        return (
            f"line {self.line}: wrong checksum: its abscissa {self.x:.10g} does not follow from the points of the "
            "line before"
        )


def check_abscissas(lines: TableLines) -> tuple[float | None, Misfit | None]:
    """Check that the abscissas advance by the number of points between them.

    Only the steps between lines are compared, so a rounded factor or first abscissa does no harm.
    Where a line begins with a check value, the standard states the abscissa of that value; some
    writers state that of the next value.

    Returns
    -------
    Distance between the abscissas of neighbouring points, None where it cannot be determined; and
    the first abscissa that does not fit, None for none.
    """
    if len(lines.x) < 3:
        return None, None
    fits = []
    for position in (lines.start - lines.checks, lines.start):
        fits.append((*_misfits(np.diff(lines.x), np.diff(position), lines.x), int(position[-1] - position[0])))
    step, wrong, is_rounding, points = min(fits, key=lambda fit: len(fit[1]))
    if wrong.size:
        k = wrong[0] + 1
        return step or None, Misfit(int(lines.number[k]), float(lines.x[k]), is_rounding)
    return (float(lines.x[-1] - lines.x[0]) / points if step and points else None), None


def _misfits(
    dx: NDArray[np.float64], points: NDArray[np.int64], x: NDArray[np.float64]
) -> tuple[float, NDArray[np.int64], bool]:
    """Step of the abscissa, the intervals (k,) that do not fit it, and whether rounding may be the cause.

    Abscissas cut toward zero make the interval that contains zero one unit short.
    """
    counted = points > 0
    if not counted.any():
        return 0.0, np.empty(0, dtype=np.int64), False
    unit, rounding = _rounding(x)
    contains_zero = np.sign(x[:-1]) * np.sign(x[1:]) <= 0
    zero_unit = np.where(contains_zero, _MAX_ROUNDING_UNITS * unit, 0.0)
    step = float(np.median(dx[counted] / points[counted]))
    deviation = np.abs(dx - step * points)
    wrong = np.flatnonzero(deviation > 0.5 * abs(step) + zero_unit)
    is_whole_step = abs(step / unit - round(step / unit)) <= _MAX_EXACT_SCATTER
    exact = step != 0 and is_whole_step and float(np.median(deviation)) <= _MAX_EXACT_SCATTER * abs(step)
    # If many abscissas are one unit off, they are rounded after all.
    is_rounding = bool((deviation[wrong] <= _MAX_ROUNDING_UNITS * unit).all())
    if exact and (len(wrong) <= _MAX_DAMAGED_LINES or not is_rounding):
        return step, wrong, is_rounding
    is_regular = counted & (deviation <= 0.5 * abs(step) + 2 * rounding)
    step = float(dx[is_regular].sum() / points[is_regular].sum()) if is_regular.any() else step
    deviation = np.abs(dx - step * points)
    allowed = 0.5 * abs(step) + 4 * float(np.median(deviation)) + rounding
    wrong = np.flatnonzero(deviation > allowed + zero_unit)
    return step, wrong, bool((deviation[wrong] <= _MAX_ROUNDING_UNITS * unit).all())


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


def settle_misfit(misfit: Misfit | None, is_checked: bool, is_complete: bool) -> tuple[str, ...]:
    """Return a warning for abscissas that do not fit, if the table is proven to be whole nevertheless.

    Parameters
    ----------
    is_checked
        Whether the check values of all lines are right.
    is_complete
        Whether the number of points is the declared one.

    Raises
    ------
    RefusedError
        If it is not proven.
    """
    if misfit is None:
        return ()
    if is_complete and (is_checked or misfit.is_rounding):
        return (f"{misfit}, but the number of points is the declared one: the abscissas of the lines were ignored",)
    raise RefusedError(f"{misfit}; points are missing or damaged, export the spectrum again")


def settle_count(declared: int | None, found: int, line: int, is_confirmed: bool) -> tuple[str, ...]:
    """Return a warning for a number of points that is not the declared one, if the axis confirms the points.

    Some programs declare one point too many.

    Raises
    ------
    RefusedError
        If the axis does not confirm them, and the difference is more than one point.
    """
    if declared is None or declared == found:
        return ()
    if is_confirmed or abs(declared - found) == 1:
        return (f"the table of line {line} holds {found} points, and {declared} are declared: all were used",)
    what = "it is truncated" if found < declared else "points are repeated"
    raise RefusedError(
        f"the table of line {line} holds {found} points, but {declared} are declared: {what}; export it again"
    )


def counts(first: float | None, last: float | None, step: float | None, found: int) -> bool:
    """Whether the stated ends of the axis and the step of the lines give this number of points."""
    if first is None or last is None or not step:
        return False
    return abs(abs((last - first) / step) + 1 - found) < 0.5


def spans(first: float | None, last: float | None, found_first: float, found_last: float) -> bool:
    """Whether pairs begin and end where the block says, in either order."""
    if first is None or last is None:
        return False
    allowed = _MAX_END_DEVIATION * abs(found_last - found_first)
    ends = zip(sorted((first, last)), sorted((found_first, found_last)), strict=True)
    return all(abs(a - b) <= allowed for a, b in ends)

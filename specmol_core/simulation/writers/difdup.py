"""Compress the ordinates of a JCAMP-DX table in the DIFDUP form.

Source: R. S. McDonald, P. A. Wilks, Appl. Spectrosc. 42 (1988) 151.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["difdup_lines"]

_POSITIVE_SQZ, _NEGATIVE_SQZ = "@ABCDEFGHI", "@abcdefghi"
_POSITIVE_DIF, _NEGATIVE_DIF = "%JKLMNOPQR", "%jklmnopqr"
_DUP = " STUVWXYZs"
"""First digits of values, of differences and of repeat counts."""
_LINE_LENGTH = 79
"""The standard allows 80 characters."""
_X_ACCURACY = 0.001
"""Largest rounding error of an abscissa (steps)."""


def difdup_lines(first: float, step: float, values: NDArray[np.int64]) -> list[str]:
    """Return the lines of a table ``(X++(Y..Y))``.

    Each line begins with the abscissa of its first value. The first value of a line repeats the
    last value of the line before, as a check. A last line with only this check ends the table.

    Parameters
    ----------
    first, step
        Abscissa of the first point and distance of the points. The table is for an XFACTOR of 1.
    values
        Ordinates (n,), whole numbers.

    Examples
    --------
    >>> difdup_lines(10.0, -1.0, np.array([100, 103, 106, 90]))
    ['10.000A00LTj6', '7.000I0']
    >>> difdup_lines(10.0, -1.0, np.array([100]))
    ['10.000A00']
    """
    decimals = max(math.ceil(-math.log10(2 * _X_ACCURACY * abs(step))), 0)
    start, lines = 0, []
    while start < len(values):
        line = f"{first + step * start:.{decimals}f}{_code(int(values[start]), _POSITIVE_SQZ, _NEGATIVE_SQZ)}"
        added, end = _line_of_differences(values, start, _LINE_LENGTH - len(line))
        lines.append(line + added)
        if end == start:
            break
        start = end
    return lines


def _line_of_differences(values: NDArray[np.int64], start: int, room: int) -> tuple[str, int]:
    """Return the differences that fit on a line, and the index of its last value."""
    parts: list[str] = []
    index = start
    while index + 1 < len(values):
        difference = int(values[index + 1] - values[index])
        count = 1
        while index + count + 1 < len(values) and values[index + count + 1] - values[index + count] == difference:
            count += 1
        text = _code(difference, _POSITIVE_DIF, _NEGATIVE_DIF) + (_code(count, _DUP, _DUP) if count > 1 else "")
        if parts and len(text) > room:
            break
        parts.append(text)
        room -= len(text)
        index += count
    return "".join(parts), index


def _code(value: int, positive: str, negative: str) -> str:
    """Return a number whose first digit is replaced by a character that also gives the sign."""
    digits = str(abs(value))
    return (positive if value >= 0 else negative)[int(digits[0])] + digits[1:]

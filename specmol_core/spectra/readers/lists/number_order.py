"""Check the order of numbers without words, which tells a list of shifts from the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from specmol_core.spectra.readers.lists.numeric_columns import is_sorted
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["check_bare_numbers"]

_MIN_ALTERNATING = 6
_MIN_TURNS_SHARE = 0.6
"""Least share of the numbers after which a list of alternating columns turns from rising to falling, or back."""
_REMEDY = "if they are a table, give one peak a line, and name the columns"


def check_bare_numbers(
    values: Sequence[float], whole: Sequence[bool], *, is_bare: bool = True, is_headed: bool = False
) -> list[str]:
    """Return warnings about numbers that are out of order; authors sort shifts.

    Parameters
    ----------
    values
        Numbers that are read as shifts.
    whole
        Whether each is written without decimals, and without words about it.
    is_bare
        Whether no number has words about it.
    is_headed
        Whether a heading says that these are shifts.

    Raises
    ------
    RefusedError
        If the numbers are those of a table: some count its rows, or two columns alternate.
    """
    if len(values) < 2 or is_sorted(values):
        return []
    counts = [value for value, is_whole in zip(values, whole, strict=True) if is_whole]
    numbers = [[float(start + index) for index in range(len(counts))] for start in (0, 1)]
    if whole[0] and len(counts) < len(values) and counts in numbers:
        raise RefusedError(f"{_shown(counts)} may number the shifts, or be shifts: {_REMEDY}")
    if is_bare and any(_alternate(values, period) for period in (2, 3)):
        raise RefusedError(f"its numbers ({_shown(values)}) are two quantities in turn, not shifts alone: {_REMEDY}")
    others = [value for value, is_whole in zip(values, whole, strict=True) if not is_whole]
    if counts and len(others) > 2 and is_sorted(others):
        return [
            f"{_shown(counts)} without decimals is out of order: is it a shift, or the number of a page or an atom?"
        ]
    return [f"its shifts are in no order: {_REMEDY}"] if is_bare and not is_headed and len(values) > 2 else []


def _shown(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values[:4]) + (", …" if len(values) > 4 else "")


def _alternate(values: Sequence[float], period: int) -> bool:
    """Whether each n-th number belongs to a column of its own that is in order, and apart from another column."""
    if len(values) < _MIN_ALTERNATING or len(values) % period:
        return False
    steps = [b - a for a, b in pairwise(values)]
    turns = sum(a * b < 0 for a, b in pairwise(steps))
    columns = [values[first::period] for first in range(period)]
    return turns >= _MIN_TURNS_SHARE * len(steps) and any(
        is_sorted(high) and min(high) > max(low) for high in columns for low in columns
    )

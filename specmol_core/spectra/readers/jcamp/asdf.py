"""Decode JCAMP-DX tables ``(X++(Y..Y))`` in AFFN, PAC, SQZ, DIF and DUP form, in any mixture.

The forms are those of JCAMP-DX 4.24 (McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151). nmrglue
reads them too, one character at a time in Python and without their checks; this module decodes
whole arrays and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.grid import MAX_POINTS
from specmol_core.spectra.readers.jcamp.checks import Misfit, TableLines, check_abscissas
from specmol_core.spectra.readers.jcamp.tokens import DIF, DIGIT, DUP, SIGN, Tokens, tokenise
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["Ordinates", "decode_ordinates"]

_CHUNK_BYTES = 4 * 1024**2
"""Bytes decoded together, which limits the memory."""
_MAX_RELATIVE_ROUNDING = 1e-9
"""Relative difference of two values that is due to rounding."""


@dataclass(frozen=True)
class Ordinates:
    """A decoded table, without the factors of the file."""

    values: NDArray[np.float64]
    """Ordinates (n,), in the order of the file."""
    first_x: float
    """Abscissa of the first line."""
    step: float | None
    """Distance between the abscissas of neighbouring points, from the lines; None for a single
    line."""
    misfit: Misfit | None = None
    """The first abscissa that does not follow from the points before it; None for none."""
    is_checked: bool = False
    """Whether every line but the first begins with a check value, and all of them are right."""


def decode_ordinates(text: bytes, first_line: int) -> Ordinates:
    """Decode the lines of a table; each line begins with its abscissa.

    Parameters
    ----------
    text
        Lines of the table.
    first_line
        Number of the first line in the file, for messages.

    Raises
    ------
    RefusedError
        If a character is not of the format, a check value at the beginning of a line is wrong, or
        there are too many points.

    Examples
    --------
    >>> decode_ordinates(b"99I8jjKn", first_line=1).values.tolist()
    [98.0, 97.0, 96.0, 98.0, 93.0]
    """
    values: list[NDArray[np.float64]] = []
    lines: list[TableLines] = []
    total, start, carry = 0, 0, None
    while start < len(text):
        end = len(text) if len(text) - start <= _CHUNK_BYTES else text.rfind(b"\n", start, start + _CHUNK_BYTES) + 1
        if end <= start:
            raise RefusedError(
                f"line {first_line} is longer than {_CHUNK_BYTES // 1024**2} MB: export the spectrum again"
            )
        chunk = text[start:end]
        tokens = tokenise(chunk, first_line)
        decoded, stated, carry = _decode(tokens, total, carry)
        values.append(decoded)
        lines.append(stated)
        total += len(decoded)
        first_line += chunk.count(b"\n")
        start = end
    all_lines = TableLines.concatenate(lines)
    if not len(all_lines.x):
        raise RefusedError("its table holds no points: export the spectrum again")
    step, misfit = check_abscissas(all_lines)
    is_checked = len(all_lines.checks) > 1 and bool(all_lines.checks[1:].all())
    return Ordinates(np.concatenate(values), float(all_lines.x[0]), step, misfit, is_checked)


def _decode(
    tokens: Tokens, points_before: int, carry: float | None
) -> tuple[NDArray[np.float64], TableLines, float | None]:
    """Expand repeats, add up differences, and remove check values.

    Parameters
    ----------
    points_before
        Points decoded so far.
    carry
        Check value that the next line must begin with; None if the line before did not end in a
        difference.

    Returns
    -------
    Ordinates, line starts and the next ``carry``.
    """
    values, kinds, lines = tokens.values, tokens.kinds, tokens.lines
    is_abscissa = np.concatenate([[True], lines[1:] != lines[:-1]])[: len(lines)]
    _check_grammar(tokens, is_abscissa)
    is_repeat = kinds == DUP
    repeats = np.ones(len(values))
    repeats[:-1][is_repeat[1:]] = values[1:][is_repeat[1:]]
    ordinate = ~is_abscissa & ~is_repeat
    if points_before + repeats[ordinate].sum() > MAX_POINTS:
        raise RefusedError(f"line {lines[0]} and those after it hold more than {MAX_POINTS} points: too many")
    count = repeats[ordinate].astype(np.int64)
    y, difference, line = (np.repeat(part[ordinate], count) for part in (values, kinds == DIF, lines))
    y = _accumulate_differences(y, difference)
    if not np.isfinite(y).all():
        raise RefusedError(f"line {line[~np.isfinite(y)][0]}: a value is too large; export the spectrum again")
    return _remove_checks(y, difference, line, values[is_abscissa], lines[is_abscissa], points_before, carry)


def _remove_checks(
    y: NDArray[np.float64],
    difference: NDArray[np.bool_],
    line: NDArray[np.int64],
    x: NDArray[np.float64],
    x_line: NDArray[np.int64],
    points_before: int,
    carry: float | None,
) -> tuple[NDArray[np.float64], TableLines, float | None]:
    """Remove check values: the first value of a line after a line that ends in a difference.

    Parameters
    ----------
    y, difference, line
        Value, whether it came from a difference, and line of each point (n,), with check values.
    x, x_line
        Abscissa and line number of each line (k,).
    """
    firsts = np.flatnonzero(np.concatenate([[True], line[1:] != line[:-1]])[: len(line)])
    lasts = np.concatenate([firsts[1:], [len(line)]])[: len(firsts)] - 1
    expected = np.full(len(firsts), np.nan)
    if len(firsts):
        expected[0] = np.nan if carry is None else carry
        expected[1:] = np.where(difference[lasts[:-1]], y[lasts[:-1]], np.nan)
        carry = float(y[lasts[-1]]) if difference[lasts[-1]] else None
    checks = ~np.isnan(expected)
    mismatches = np.flatnonzero(checks & (np.abs(y[firsts] - expected) > _MAX_RELATIVE_ROUNDING * np.abs(expected)))
    if mismatches.size:
        k = mismatches[0]
        raise RefusedError(
            f"line {line[firsts[k]]}: wrong checksum: the line before ends at {expected[k]:.10g}, this one begins with "
            f"{y[firsts[k]]:.10g}; the file is damaged, export the spectrum again"
        )
    is_point = np.ones(len(y), dtype=bool)
    is_point[firsts[checks]] = False
    start = points_before + np.cumsum(is_point)[firsts] - is_point[firsts]
    stated = x[np.isin(x_line, line[firsts])]
    return y[is_point], TableLines(stated, start.astype(np.int64), checks, line[firsts]), carry


def _accumulate_differences(y: NDArray[np.float64], difference: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Replace differences by values; every line begins with a value."""
    if not difference.any():
        return y
    origin = np.maximum.accumulate(np.where(difference, 0, np.arange(len(y))))
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.cumsum(np.where(difference, y, 0.0))
        return np.asarray(y[origin] + (sums - sums[origin]), dtype=np.float64)


def _check_grammar(tokens: Tokens, is_abscissa: NDArray[np.bool_]) -> None:
    kinds, lines, values = tokens.kinds, tokens.lines, tokens.values
    seconds = np.concatenate([[False], is_abscissa[:-1]])[: len(is_abscissa)] & ~is_abscissa
    after_repeat = np.concatenate([[False], kinds[:-1] == DUP])[: len(kinds)]
    repeat = kinds == DUP
    faults = (
        (is_abscissa & (kinds != DIGIT) & (kinds != SIGN), "does not begin with an abscissa"),
        (seconds & (kinds == DIF), "begins with a difference"),
        (repeat & (seconds | after_repeat), "repeats something that is not a value"),
        (repeat & ((values < 1) | (values % 1 != 0)), "repeats a value not a whole number of times"),
    )
    for fault, what in faults:
        if fault.any():
            raise RefusedError(f"line {lines[fault][0]} {what}: the file is damaged, export the spectrum again")

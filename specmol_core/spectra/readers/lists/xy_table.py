"""Read a spectrum from a table of shifts and intensities, or from text of TopSpin's ``totxt``."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.grid import even_trace, uneven_trace
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited, read_signs
from specmol_core.spectra.readers.lists.delimited import NUMBER, TableRow, parse_table, read_rows
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.readers.text.characters import decode_text, is_text, plain_text
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.headings import find_sections
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "is_dense", "read_xy_table", "stated_nucleus"]

_MIN_ROWS = 16
"""Least number of rows in the table of a spectrum."""
_MAX_ROWS = 1024**2
"""Largest number of rows: the largest spectra of instruments have as many points."""
_MAX_STEP_RATIO = 3.0
"""Largest step in the table of a spectrum, in mean steps; peak lists are far less even."""
_AXIS_LIMITS = re.compile(r"LEFT\s*=\s*(-?[\d.]+)\s*ppm.{0,20}RIGHT\s*=\s*(-?[\d.]+)\s*ppm", re.IGNORECASE | re.DOTALL)
_SHIFT_NAMES = re.compile(r"ppm|shift|δ|delta|f1|^x$", re.IGNORECASE)
_HEAD_LINES = 200


def read_xy_table(source: SourceFile, request: Request) -> Spectrum:
    """Read two columns of numbers, shift (ppm) and intensity; a third (imaginary part) is ignored.

    Negative intensities are kept; in a 13C spectrum, lines that point down count as lines.

    Raises
    ------
    SpectrumError
        If a cell is not a finite number (the message names its line), the axis is invalid, or the
        table is of another nucleus.
    """
    try:
        _check_length(source.content.count(b"\n"))
        comments: list[str] = []
        rows = read_rows(plain_text(decode_text(source.content)), comments)
        first = next(rows, None)
        heading = first if first is not None and first.number(0) is None else None
        if first is not None and heading is None:
            rows = chain([first], rows)
        axis, trace, referencing = _read_trace(rows, heading, comments)
        words = "\n".join(comments) + "\n" + " ".join(heading.cells if heading else ())
        require_nucleus(source.path, stated_nucleus(words), request)
        return _spectrum(source, request, axis, trace, referencing, words)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def is_dense(rows: Sequence[TableRow]) -> bool:
    """Whether rows are the points of a spectrum, not the lines of a peak list."""
    column = _shift_column(rows)
    if column is None:
        return False
    shifts = np.array([row.number(column) for row in rows[:_HEAD_LINES] if row.number(column) is not None], dtype=float)
    if len(shifts) < _MIN_ROWS or any(len(row.cells) < 2 for row in rows[:_MIN_ROWS]):
        return False
    steps = np.diff(shifts)
    steps = steps if np.median(steps) > 0 else -steps
    # Shifts that are printed with few decimals may repeat.
    return bool(
        np.median(steps) >= 0 and steps.min() >= 0 and 0 < steps.max() <= max(_MAX_STEP_RATIO * steps.mean(), 0)
    )


def _shift_column(rows: Sequence[TableRow]) -> int | None:
    """Index of the first column of numbers after a running index; None if there is none."""
    if len(rows) < 2:
        return None
    first = [row.number(0) for row in rows[:_MIN_ROWS]]
    if any(value is None for value in first):
        return None
    whole = all(float(value or 0).is_integer() for value in first)
    running = whole and all(b == (a or 0) + 1 for a, b in pairwise(first) if b is not None)
    if running and first[0] in (0.0, 1.0) and len(rows[0].cells) > 2 and rows[0].number(1) is not None:
        return 1
    return 0


def _read_trace(
    rows: Iterator[TableRow], heading: TableRow | None, comments: list[str]
) -> tuple[PpmAxis, NDArray[np.float32], str]:
    """The axis, the trace and the source of the axis; ``comments`` grows as the rows are read."""
    first = list(islice(rows, _MIN_ROWS))
    limits = _AXIS_LIMITS.search("\n".join(comments))
    if limits is not None and all(len(row.cells) == 1 for row in first):
        (values,) = _read_columns(chain(first, rows), {"intensity": 0})
        return *even_trace(float(limits[1]), float(limits[2]), values), "the limits in its heading"
    column = _shift_column(first)
    if column is None:
        raise RefusedError("holds no column of shifts: export ppm and intensity")
    if heading is not None and len(heading.cells) > 1:
        named_columns = [index for index, name in enumerate(heading.cells) if _SHIFT_NAMES.search(name)]
        column = named_columns[0] if named_columns and first[0].number(named_columns[0]) is not None else column
    if len(first[0].cells) <= column + 1:
        raise RefusedError(f"line {first[0].line}: one column; a spectrum needs ppm and intensity")
    shifts, values = _read_columns(chain(first, rows), {"shift": column, "intensity": column + 1})
    return *uneven_trace(shifts, values), "its own column of shifts"


def _check_length(lines: int) -> None:
    if lines > _MAX_ROWS + _HEAD_LINES:
        raise RefusedError(f"holds {lines} lines; at most {_MAX_ROWS} are read: export fewer points")


def _read_columns(rows: Iterable[TableRow], columns: dict[str, int]) -> list[NDArray[np.float64]]:
    """Return the numbers (n,) of each named column.

    Raises
    ------
    RefusedError
        If a cell is not a finite number; the message names the first such line.
    """
    numbers = [array("d") for _ in columns]
    for row in rows:
        for values, (name, column) in zip(numbers, columns.items(), strict=True):
            cell = row.cells[column] if column < len(row.cells) else ""
            if NUMBER.fullmatch(cell) is None:
                what = "is missing" if not cell else f"{cell[:20]!r} is not a finite number"
                raise RefusedError(f"line {row.line}: the {name} {what}: export the spectrum again")
            value = float(cell.replace("d", "e").replace("D", "e"))
            if not math.isfinite(value):
                raise RefusedError(f"line {row.line}: the {name} is not finite: export it again")
            values.append(value)
    return [np.frombuffer(values, dtype=np.float64) if values else np.zeros(0) for values in numbers]


def _spectrum(
    source: SourceFile,
    request: Request,
    axis: PpmAxis,
    trace: NDArray[np.float32],
    referencing: str,
    words: str,
) -> Spectrum:
    """The spectrum of a trace; ``words`` are heading and comments of the table."""
    if not np.ptp(trace) > 0:
        raise RefusedError("all its intensities are the same: there is no signal")
    stated_conditions = conditions(words, request.nucleus)
    signed, sign_notes = read_signs(trace, request.nucleus, words if is_multiplicity_edited(words) else "")
    notes = [*stated_conditions.warnings, *sign_notes]
    if request.window is not None and not np.allclose(request.window, (axis.high, axis.low), atol=0.02):
        notes.append(f"its own axis runs from {axis.high:.2f} to {axis.low:.2f} ppm; the range given was used")
    if request.window is not None:
        axis, referencing = PpmAxis(*request.window, axis.points), "range given"
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=stated_conditions.frequency_mhz,
        solvent=stated_conditions.solvent,
        warnings=tuple(notes),
        referencing=referencing,
        signed=signed,
    )


def stated_nucleus(words: str) -> str:
    """Return the nucleus that heading or comments of a table name; empty for none or several."""
    named_columns = {section.nucleus for section in find_sections(words)} - {""}
    named_columns |= set(re.findall(r"(?<![\w.])(?:1H|13C)(?![A-Za-z\d])", words))
    return named_columns.pop() if len(named_columns) == 1 else ""


def _matches(head: bytes, path: Path) -> bool:
    if not is_text(head):
        return False
    text = plain_text(decode_text(head))
    # The last line may be incomplete.
    table = parse_table(text.rpartition("\n")[0] or text)
    if _AXIS_LIMITS.search(table.comments) is not None:
        return True
    return is_dense(table.rows)


READER = Reader(accepts="a table of ppm and intensity (CSV, TSV)", matches=_matches, read=read_xy_table)

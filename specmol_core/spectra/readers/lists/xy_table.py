"""Read a spectrum from a table of shifts and intensities, or from text of TopSpin's ``totxt``."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.grid import even_trace, uneven_trace
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited, read_signs
from specmol_core.spectra.readers.lists.axis_columns import axis_columns, is_dense, split_heading
from specmol_core.spectra.readers.lists.delimited import NUMBER, TableRow, comment_cells, read_rows
from specmol_core.spectra.readers.lists.peak_list_checks import MAX_CARBON_MHZ
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.readers.text.characters import decode_text, is_text, plain_text
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.headings import find_sections
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_xy_table", "stated_nucleus"]

_MAX_ROWS = 1024**2
"""Largest number of rows: the largest spectra of instruments have as many points."""
_AXIS_LIMITS = re.compile(r"LEFT\s*=\s*(-?[\d.]+)\s*ppm.{0,20}RIGHT\s*=\s*(-?[\d.]+)\s*ppm", re.IGNORECASE | re.DOTALL)
_HEAD_LINES = 200
_MAX_SPAN_PPM = 1000.0
"""Largest width of an axis (ppm): more is one in Hz, or of points."""


def read_xy_table(source: SourceFile, request: Request) -> Spectrum:
    """Read two columns of numbers, shift (ppm) and intensity; others are ignored.

    A heading names the columns, in any order. Without one, the shift is the column that falls or
    rises evenly; of two such columns, as TopSpin's ``convbin2asc`` writes them, that of ppm, not of Hz.

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
        points = _read_trace(rows, comments, request.nucleus)
        require_nucleus(source.path, stated_nucleus(points.words), request)
        return _spectrum(source, request, points)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


@dataclass(frozen=True)
class _ReadTrace:
    """The points of a table."""

    axis: PpmAxis
    trace: NDArray[np.float32]
    referencing: str
    words: str
    """Comments and heading."""
    frequency_mhz: float | None = None


def _read_trace(rows: Iterator[TableRow], comments: list[str], nucleus: str) -> _ReadTrace:
    """The points of a table; ``comments`` grows as the rows are read."""
    first = list(islice(rows, _HEAD_LINES))
    limits = _AXIS_LIMITS.search("\n".join(comments))
    if limits is not None and all(len(row.cells) == 1 for row in first):
        (values,) = _read_columns(chain(first, rows), {"intensity": 0})
        axis, trace = even_trace(float(limits[1]), float(limits[2]), values)
        return _ReadTrace(axis, trace, "the limits in its heading", "\n".join(comments))
    heading, data = split_heading(first)
    if heading is None and data and (names := comment_cells(comments, len(data[0].cells))):
        heading = TableRow(0, names)
    if len(data) < 2:
        raise RefusedError("holds no column of shifts: export ppm and intensity")
    if len(data[0].cells) < 2:
        raise RefusedError(f"line {data[0].line}: one column; a spectrum needs ppm and intensity")
    columns = axis_columns(data, heading, nucleus)
    shifts, values = _read_columns(chain(data, rows), {"shift": columns.shift, "intensity": columns.intensity})
    if np.ptp(shifts) > _MAX_SPAN_PPM:
        raise RefusedError(
            f"its axis runs from {shifts[0]:g} to {shifts[-1]:g}, which are no shifts in ppm: in Hz, or points? "
            "export ppm and intensity"
        )
    axis, trace = uneven_trace(shifts, values)
    words = "\n".join(comments) + "\n" + " ".join(heading.cells if heading else ())
    return _ReadTrace(axis, trace, "its own column of shifts", words, columns.frequency_mhz)


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


def _spectrum(source: SourceFile, request: Request, points: _ReadTrace) -> Spectrum:
    axis, trace, referencing, words = points.axis, points.trace, points.referencing, points.words
    if not np.ptp(trace) > 0:
        raise RefusedError("all its intensities are the same: there is no signal")
    if request.nucleus == "13C" and (points.frequency_mhz or 0.0) > MAX_CARBON_MHZ:
        require_nucleus(source.path, "1H", request)
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
        frequency_mhz=stated_conditions.frequency_mhz or points.frequency_mhz,
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
    comments: list[str] = []
    rows = list(read_rows(text.rpartition("\n")[0] or text, comments))
    return _AXIS_LIMITS.search("\n".join(comments)) is not None or is_dense(rows)


READER = Reader(accepts="a table of ppm and intensity (CSV, TSV)", matches=_matches, read=read_xy_table)

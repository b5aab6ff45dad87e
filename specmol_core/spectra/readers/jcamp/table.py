"""Read the spectrum's table in a JCAMP-DX block: XYDATA, XYPOINTS, or a page of NTUPLES."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.array_rows import ROW
from specmol_core.spectra.readers.grid import check_point_count
from specmol_core.spectra.readers.jcamp.asdf import Ordinates, decode_ordinates
from specmol_core.spectra.readers.jcamp.checks import counts, settle_count, settle_misfit, spans
from specmol_core.spectra.readers.jcamp.pages import page_block, page_values
from specmol_core.spectra.readers.jcamp.pairs import decode_pairs, first_abscissas, is_even_grid, is_list
from specmol_core.spectra.readers.jcamp.records import Block, Record
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["TablePoints", "holds_trace", "is_multidimensional", "read_points"]

_RUNNING_FORM = re.compile(r"\(([A-Z0-9]+)\+\+\(([A-Z0-9]+)\.\.\2\)\)")
_PAIRED_FORM = re.compile(r"\(([A-Z])([A-Z])\.\.\1\2\)")
_POINT_LABELS = ("XYDATA", "XYPOINTS", "RADATA", "PEAKTABLE")
"""Tables of points, best first; a peak table may hold the points of a spectrum."""
_MAX_COUNTING_DEVIATION = 1e-6
"""Largest difference from 1 of the step of lines that count points."""
_MAX_WIDTH_DEVIATION = 0.02
"""Largest relative difference between the stated and the counted width of a table."""


@dataclass(frozen=True)
class TablePoints:
    """The points of one table, in the unit of the file."""

    x: NDArray[np.float64] | None
    """Abscissa of each point (n,); None where the points are evenly spaced."""
    first: float
    last: float
    """Abscissas of the first and the last point."""
    unit: str
    """Unit that the file states, such as HZ, PPM or SECONDS; upper case, empty for none."""
    values: NDArray[np.float64]
    """Ordinates (n,)."""
    imaginary: NDArray[np.float64] | None = None
    """Imaginary part (n,), where requested."""
    warnings: tuple[str, ...] = ()
    """Contradictions between numbers of the table that are stated twice."""


@dataclass(frozen=True)
class _Variable:
    """One variable of a block: its symbol and its numbers, None where they are not stated."""

    symbol: str
    name: str
    unit: str
    count: float | None
    factor: float
    first: float | None
    last: float | None


def is_multidimensional(block: Block) -> bool:
    """Whether a block states that it holds more than one dimension, and is no series of pages."""
    kind = block.text("DATATYPE").upper()
    if re.match(r"\s*N-?D\b|.*\b[2-9]-?D\b", kind) or (block.number("NUMDIM", ".NUMDIM") or 1) > 1:
        return True
    if "," in block.text(".OBSERVENUCLEUS"):
        return True
    independent = [kind for kind in block.words("VARTYPE") if kind.startswith("INDEP")]
    return len(independent) > 1 and not page_values(block)


def read_points(block: Block, complex_values: bool = False, row: int | None = None) -> TablePoints:
    """Read the spectrum of a block, or with its imaginary part the free induction decay.

    Parameters
    ----------
    row
        Page of a series, from 1; None for a block of one spectrum.

    Raises
    ------
    RefusedError
        If the block has no table of a known form, or the table is damaged, or its length is not the
        declared one.
    """
    if "NTUPLES" in block.records or "SYMBOL" in block.records:
        return _read_tuples(block if row is None else page_block(block, row), complex_values)
    table = next((table for label in _POINT_LABELS for table in block.tables if table.label == label), None)
    if table is None:
        raise RefusedError("holds no table of points (##XYDATA=): export the spectrum with its data")
    count = block.number("NPOINTS")
    x = _Variable("X", "", block.text("XUNITS").upper(), count, _factor(block, "XFACTOR"), *_ends(block))
    y = _Variable("Y", "", "", count, _factor(block, "YFACTOR"), block.number("FIRSTY"), None)
    return _points(table, x, y)


def holds_trace(block: Block) -> bool:
    """Whether the first table of a block has the points of a spectrum rather than single lines, whatever its label.

    Some programs call a spectrum a peak table, or write peaks as the points of a spectrum.
    """
    table = next((table for table in block.tables if table.label in _POINT_LABELS), None)
    if table is None:
        return any(table.label == "DATATABLE" for table in block.tables)
    if not _PAIRED_FORM.match(table.form):
        return bool(_RUNNING_FORM.match(table.form)) or table.label != "PEAKTABLE"
    try:
        x = first_abscissas(table)
    except RefusedError:
        return table.label != "PEAKTABLE"  # reading it gives the reason
    return is_even_grid(x) if table.label == "PEAKTABLE" else not is_list(x)


def _ends(block: Block) -> tuple[float | None, float | None]:
    first, last = block.number("FIRSTX"), block.number("LASTX")
    delta, count = block.number("DELTAX"), block.number("NPOINTS")
    if first is not None and last is None and delta and count:
        last = first + delta * (count - 1)
    return first, last


def _factor(block: Block, label: str) -> float:
    factor = block.number(label)
    return factor if factor else 1.0


def _read_tuples(block: Block, complex_values: bool) -> TablePoints:
    variables = _variables(block)
    tables = [(table, _RUNNING_FORM.match(table.form) or _PAIRED_FORM.match(table.form)) for table in block.tables]
    known = {match[2]: table for table, match in reversed(tables) if match}
    if sum(match is not None for _, match in tables) > len(known):
        if page_values(block):
            raise RefusedError(f"holds {len(page_values(block))} pages: name one, as ::{ROW}/1; monitor reads all")
        raise RefusedError("holds several pages of one variable, as 2D data do: give a one-dimensional spectrum")
    symbols = [variable.symbol for variable in variables]
    real = next((v for v in variables[1:] if v.symbol in known and "IMAG" not in v.name and v.symbol != "I"), None)
    if real is None:
        raise RefusedError(f"holds no table of the real part (variables {', '.join(symbols)[:60]}): export it again")
    points = _points(known[real.symbol], variables[0], real)
    imaginary = next((v for v in variables[1:] if v.symbol in known and ("IMAG" in v.name or v.symbol == "I")), None)
    if not complex_values or imaginary is None:
        return points
    imaginary_points = _points(known[imaginary.symbol], variables[0], imaginary)
    imaginary_values = imaginary_points.values
    if len(imaginary_values) != len(points.values):
        raise RefusedError(
            f"has {len(points.values)} real but {len(imaginary_values)} imaginary points: export it again"
        )
    warnings = tuple(dict.fromkeys(points.warnings + imaginary_points.warnings))
    return replace(points, imaginary=imaginary_values, warnings=warnings)


def _variables(block: Block) -> list[_Variable]:
    symbols, names, units = block.words("SYMBOL"), block.words("VARNAME"), block.words("UNITS")
    numbers = {label: _column(block, label) for label in ("VARDIM", "FACTOR", "FIRST", "LAST")}

    def number(label: str, index: int) -> float | None:
        return numbers[label][index] if index < len(numbers[label]) else None

    return [
        _Variable(
            symbol,
            names[i] if i < len(names) else "",
            units[i] if i < len(units) else "",
            number("VARDIM", i),
            number("FACTOR", i) or 1.0,
            number("FIRST", i),
            number("LAST", i),
        )
        for i, symbol in enumerate(symbols)
    ]


def _column(block: Block, label: str) -> list[float | None]:
    """Numbers of the variables; None where one is left out."""
    found: list[float | None] = []
    for word in block.words(label):
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        found.append(number if math.isfinite(number) else None)
    return found


def _points(table: Record, x: _Variable, y: _Variable) -> TablePoints:
    declared = None if x.count is None else check_point_count(x.count)
    if _PAIRED_FORM.match(table.form):
        at, values = decode_pairs(table)
        if not len(values):
            raise RefusedError(f"the table of line {table.line} holds no points: export the spectrum again")
        at = at * x.factor
        notes = settle_count(declared, len(values), table.line, spans(x.first, x.last, float(at[0]), float(at[-1])))
        uneven = None if is_even_grid(at) else at
        return TablePoints(uneven, float(at[0]), float(at[-1]), x.unit, values * y.factor, warnings=notes)
    if table.form and not _RUNNING_FORM.match(table.form):
        raise RefusedError(f"line {table.line}: a table of the form {table.form[:40]!r} is not supported")
    ordinates = decode_ordinates(table.body, table.line + 1)
    found = len(ordinates.values)
    notes = settle_misfit(ordinates.misfit, ordinates.is_checked, declared == found)
    step = None if ordinates.step is None else ordinates.step * x.factor
    notes += settle_count(declared, found, table.line, counts(x.first, x.last, step, found))
    first, last, more = _abscissas(ordinates, x, table.line)
    return TablePoints(None, first, last, x.unit, ordinates.values * y.factor, warnings=notes + more)


def _abscissas(ordinates: Ordinates, x: _Variable, line: int) -> tuple[float, float, tuple[str, ...]]:
    """First and last abscissa, as stated, else from the lines of the table; and warnings.

    Raises
    ------
    RefusedError
        If neither gives them, or the two contradict each other.
    """
    intervals = len(ordinates.values) - 1
    step = None if ordinates.step is None else ordinates.step * x.factor
    if x.first is not None and x.last is not None:
        # Lines that count the points state no abscissa.
        counts_points = x.factor == 1 and step is not None and abs(abs(step) - 1) <= _MAX_COUNTING_DEVIATION
        if step and intervals and x.first != x.last and not counts_points:
            # Some writers state the abscissas of the lines in units of the axis although they give a factor.
            shares = [abs((x.last - x.first) / (intervals * s)) for s in (step, ordinates.step or step)]
            if all(abs(share - 1) > _MAX_WIDTH_DEVIATION for share in shares):
                raise RefusedError(
                    f"the lines of the table of line {line} span {abs(intervals * step):.6g}, but {x.first:.6g} to "
                    f"{x.last:.6g} are stated: export the spectrum again"
                )
        return x.first, x.last, ()
    if step is None:
        raise RefusedError("does not state the range that it spans (##FIRSTX=, ##LASTX=): export the spectrum again")
    first = x.first if x.first is not None else ordinates.first_x * x.factor
    return first, first + step * intervals, ()

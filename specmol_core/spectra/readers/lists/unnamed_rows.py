"""Turn the rows of a table without a heading into peaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.carbon_types import hydrogens_of_type, sign_of
from specmol_core.spectra.readers.lists.cells import COUNT, cell_error, cell_of, couplings_in, required_number
from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.lists.numeric_columns import column_of_index
from specmol_core.spectra.readers.lists.peak_rows import ORIGIN, OTHER_ORIGIN, ListedPeak, with_signs
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["unnamed_peaks"]

_MIN_REPEATED = {"1H": 6, "13C": 3}
"""Least number of rows in which two columns can be told to hold the same shifts."""
_MAX_PROTONS = 40
"""Largest number of protons in one signal."""
_COUPLING_CELL = re.compile(
    r"(?:\d?J\w{0,6}\s?=?\s?)?\d{1,4}(?:\.\d{1,4})?(?:\s?(?:Hz)?\s?[,;/&\s]\s?\d{1,4}(?:\.\d{1,4})?){0,7}\s?(?:Hz)?"
)


def unnamed_peaks(rows: Sequence[TableRow], nucleus: str) -> list[ListedPeak]:
    """Return the peaks of a table without a heading: shift, intensity, protons, multiplicity, couplings.

    ``2H``, a multiplicity, a coupling, ``CH2`` and a sign are recognised by their form.

    Raises
    ------
    RefusedError
        If a cell is invalid; the message names its line and its word.
    """
    first = 0
    is_labelled = bool(rows) and all(row.number(0) is None and row.number(1) is not None for row in rows)
    if is_labelled or column_of_index(rows, nucleus) == 0:
        first = 1
    _refuse_two_shifts(rows, first, nucleus)
    origin = _column_of_origin(rows, first)
    signs = _column_of_signs(rows, first)
    if nucleus == "1H" and _counts_protons(rows, first + 1):
        rows = [
            TableRow(row.line, (*row.cells[: first + 1], f"{row.cells[first + 1]}H", *row.cells[first + 2 :]))
            for row in rows
        ]
    found = []
    for row in rows:
        cells = row.cells if origin is None else row.cells[: min(first + 2, origin)]
        listed = _unnamed_peak(TableRow(row.line, cells), first, nucleus, signs)
        word = "" if origin is None else cell_of(row, origin)
        listed = replace(listed, origin=word if OTHER_ORIGIN.fullmatch(word) else "")
        if is_labelled and nucleus == "1H" and (count := COUNT.fullmatch(row.cells[0])):
            listed = replace(listed, peak=replace(listed.peak, protons=float(count[1])))
        if is_labelled and (hydrogens := hydrogens_of_type(row.cells[0])):
            listed = replace(listed, peak=replace(listed.peak, hydrogens=hydrogens))
        found.append(listed)
    return with_signs(rows, found, signs, "", nucleus)


def _refuse_two_shifts(rows: Sequence[TableRow], first: int, nucleus: str) -> None:
    """Refuse a second column that repeats the shifts, such as predicted ones: it is no intensity."""
    pairs = [(row.number(first), row.number(first + 1)) for row in rows]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if (
        len(known) >= _MIN_REPEATED[nucleus]
        and len(known) == len(rows)
        and all(abs(a - b) <= 0.05 * abs(a) + 0.3 for a, b in known)
    ):
        raise RefusedError(
            f"line {rows[0].line}: two columns of shifts: name the columns (ppm, intensity), or leave one out"
        )


def _counts_protons(rows: Sequence[TableRow], column: int) -> bool:
    """Whether a column holds numbers of protons: small whole numbers directly before the multiplicities."""
    return all(
        cell_of(row, column).isdecimal()
        and 0 < int(row.cells[column]) <= _MAX_PROTONS
        and multiplicity_of(cell_of(row, column + 1)) != ""
        for row in rows
    )


def _column_of_origin(rows: Sequence[TableRow], first: int) -> int | None:
    """The column of "Compound", "Solvent" in a table of MestReNova; None for none."""
    width = min((len(row.cells) for row in rows), default=0)
    columns = range(first + 2, width)
    return next((c for c in columns if all(ORIGIN.fullmatch(row.cells[c]) for row in rows)), None)


def _column_of_signs(rows: Sequence[TableRow], first: int) -> int | None:
    """The column that holds nothing but signs, + and - both; None for none."""
    width = max((len(row.cells) for row in rows), default=0)
    for column in range(first + 1, width):
        signs = [sign_of(cell_of(row, column)) for row in rows]
        words = {cell_of(row, column) for row in rows}
        if None not in signs and {1, -1} <= set(signs) and not words & {"n", "p", "x", "1"}:
            return column
    return None


def _unnamed_peak(row: TableRow, first: int, nucleus: str, signs: int | None) -> ListedPeak:
    ppm = required_number(row, first, "shift")
    height, protons, multiplicity = None, None, ""
    hydrogens: tuple[int, ...] = ()
    couplings: list[float] = []
    for index in range(first + 1, len(row.cells)):
        cell, number = row.cells[index], row.number(index)
        if cell in ("", "-") or index == signs:
            continue
        if match := COUNT.fullmatch(cell):
            protons = float(match[1])
        elif number is not None and not multiplicity and height is None:
            height = required_number(row, index, "intensity")
        elif number is not None and not multiplicity and protons is None:
            protons = number
        elif (
            number is None
            and nucleus == "13C"
            and not hydrogens
            and cell[0] in "C>"
            and (hydrogens := hydrogens_of_type(cell))
        ):
            continue
        elif not multiplicity and (name := multiplicity_of(cell)):
            multiplicity = name
        elif multiplicity and (_COUPLING_CELL.fullmatch(cell) or cell in ("Hz", "J", "=", "J=")):
            couplings += couplings_in(row, cell)
        else:
            raise cell_error(row, cell, "a number, a multiplicity or a coupling")
    return ListedPeak(
        Peak(
            ppm,
            1.0 if height is None else height,
            None,
            multiplicity,
            tuple(sorted(couplings, reverse=True)),
            protons,
            hydrogens=hydrogens,
        )
    )

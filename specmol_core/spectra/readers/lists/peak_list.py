"""Read a spectrum from a table of peaks: ``ppm[,intensity][,nH][,multiplicity][,J]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.delimited import DelimitedTable, TableRow, parse_table
from specmol_core.spectra.readers.lists.peak_list_checks import check_nucleus, peak_list_warnings
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.lists.xy_table import is_dense, stated_nucleus
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.readers.text.characters import decode_text, is_text, plain_text
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_peak_list"]

_MAX_ROWS = 5000
_HZ = r"(?:[\s_]?[(\[]?hz[)\]]?)?"
_COLUMN_NAMES = {
    "ppm": re.compile(
        r"^(?:1h|13c)?[\s_]?(?:ppm|shifts?|δ|delta|chemical[\s_]shifts?|peak[\s_]?position|position|ν\(f1\)|f1|cs)"
        r"(?:[\s_]?[hc])?[\s_/]*(?:[(\[]?ppm[)\]]?)?$"
    ),
    "intensity": re.compile(
        r"^(?:rel\w*\.?[\s_])?(?:intensit(?:y|ies)|int\.?|height|h|y|amplitude|abs(?:olute)?)(?:[\s_]?[(\[].*)?$"
    ),
    "protons": re.compile(
        r"^(?:n\s?h|n_h|#?hs?|h'?s|protons?|integral|integration|n\s?c|carbons?|count|nuclei|number\w*)$"
    ),
    "multiplicity": re.compile(r"^(?:multiplicity|mult\.?|multiplet|m|class|pattern|splitting)$"),
    "couplings": re.compile(rf"^(?:j'?s?|j[\s_]?values?|j[\s_]?couplings?|couplings?|coupling[\s_]constants?){_HZ}$"),
    "width": re.compile(rf"^(?:width|fwhm|linewidth|line[\s_]width){_HZ}$"),
}
_NUCLEUS_COUNT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s?[HC]")
_VALUES = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
_COUPLING_CELL = re.compile(
    r"(?:\d?J\w{0,6}\s?=?\s?)?\d{1,4}(?:\.\d{1,4})?(?:\s?(?:Hz)?\s?[,;/&\s]\s?\d{1,4}(?:\.\d{1,4})?){0,7}\s?(?:Hz)?"
)
_SENTENCE = re.compile(
    r"\d\s{0,2}[(\[]\s?(?:\d{1,3}\s?[HC]\b|(?:br|app)?\.?\s?[sdtqm]{1,4}[\s,;)\]])|NMR[^\n]{0,80}\d\.\d+\s?[,;(]"
)


@dataclass(frozen=True)
class _Columns:
    """Column index of each quantity; -1 for none."""

    ppm: int = 0
    intensity: int = -1
    protons: int = -1
    multiplicity: int = -1
    couplings: int = -1
    width: int = -1


def read_peak_list(source: SourceFile, request: Request) -> Spectrum:
    """Read a peak list, one peak per line, with or without a heading.

    Without a heading, the columns are shift (ppm), intensity, number of protons, multiplicity and
    couplings (Hz), in this order. ``2H``, a multiplicity and a coupling are recognised by their form.

    Raises
    ------
    SpectrumError
        If a cell is invalid (the message names the line and the word), or the list is of another
        nucleus.
    """
    try:
        table = parse_table(plain_text(decode_text(source.content)))
        words = table.comments + "\n" + " ".join(table.heading.cells if table.heading else ())
        stated = stated_nucleus(words)
        require_nucleus(source.path, stated, request)
        if len(table.rows) > _MAX_ROWS:
            raise RefusedError(
                f"holds {len(table.rows)} lines; a peak list has at most {_MAX_ROWS}: give ppm and intensity as a table"
            )
        if table.heading is not None:
            peaks = _peaks_with_heading(table)
        else:
            shift_column = _shift_column(table.rows)  # looks at every row
            peaks = [_peak_without_heading(row, shift_column) for row in table.rows]
        if peaks and not any(peak.height or peak.protons for peak in peaks):
            raise RefusedError("all its intensities are 0: there is no signal")
        if peaks:
            check_nucleus(peaks, source, request, stated)
        stated_conditions = conditions(words, request.nucleus)
        return spectrum_from_peaks(
            source,
            request,
            peaks,
            frequency_mhz=stated_conditions.frequency_mhz,
            solvent=stated_conditions.solvent,
            referencing="as listed",
            warnings=[*stated_conditions.warnings, *peak_list_warnings(peaks, request.nucleus)],
        )
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def _peaks_with_heading(table: DelimitedTable) -> list[Peak]:
    """Peaks of a table whose first line names its columns; unknown columns are ignored."""
    heading = table.heading
    assert heading is not None
    column_indices: dict[str, int] = {}
    for index, name in enumerate(heading.cells):
        plain = " ".join(name.lower().split())
        kind = next(
            (kind for kind, pattern in _COLUMN_NAMES.items() if kind not in column_indices and pattern.match(plain)),
            None,
        )
        if kind is not None:
            column_indices[kind] = index
    if "ppm" not in column_indices:
        raise RefusedError(
            f"line {heading.line}: the word {heading.cells[0][:30]!r} is neither a shift nor the name of a column; "
            "name the columns ppm, intensity, nH, multiplicity, J"
        )
    columns = _Columns(**column_indices)
    return [_peak(row, columns) for row in table.rows]


def _peak(row: TableRow, columns: _Columns) -> Peak:
    ppm = _required_number(row, columns.ppm, "shift")
    height = 1.0 if _cell(row, columns.intensity) == "" else _required_number(row, columns.intensity, "intensity")
    count_text = _cell(row, columns.protons)
    match = _NUCLEUS_COUNT.fullmatch(count_text)
    protons = (
        None
        if count_text == ""
        else float(match[1])
        if match
        else _required_number(row, columns.protons, "number of protons")
    )
    written = _cell(row, columns.multiplicity)
    multiplicity = multiplicity_of(written)
    if written not in ("", "-") and not multiplicity:
        raise _cell_error(row, written, "a multiplicity")
    coupling_text = (
        " ".join(row.cells[columns.couplings :])
        if columns.couplings == len(row.cells) - 1
        else _cell(row, columns.couplings)
    )
    width = None if _cell(row, columns.width) in ("", "-") else _required_number(row, columns.width, "width")
    return Peak(ppm, height, width, multiplicity, _couplings(row, coupling_text), protons)


def _peak_without_heading(row: TableRow, first: int) -> Peak:
    """A peak of a table without a heading; column ``first`` holds its shift."""
    ppm = _required_number(row, first, "shift")
    height, protons, multiplicity = None, None, ""
    couplings: list[float] = []
    for index in range(first + 1, len(row.cells)):
        cell, number = row.cells[index], row.number(index)
        if cell in ("", "-"):
            continue
        if match := _NUCLEUS_COUNT.fullmatch(cell):
            protons = float(match[1])
        elif number is not None and not multiplicity and height is None:
            height = _required_number(row, index, "intensity")
        elif number is not None and not multiplicity and protons is None:
            protons = number
        elif not multiplicity and (name := multiplicity_of(cell)):
            multiplicity = name
        elif multiplicity and (_COUPLING_CELL.fullmatch(cell) or cell in ("Hz", "J", "=", "J=")):
            couplings += _couplings(row, cell)
        else:
            raise _cell_error(row, cell, "a number, a multiplicity or a coupling")
    return Peak(
        ppm, 1.0 if height is None else height, None, multiplicity, tuple(sorted(couplings, reverse=True)), protons
    )


def _shift_column(rows: Sequence[TableRow]) -> int:
    """1 if the first column only numbers the peaks, else 0."""
    first_column = [row.number(0) for row in rows]
    start = first_column[0] if first_column else None
    if start not in (0.0, 1.0) or len(rows) < 2 or first_column != [start + index for index in range(len(rows))]:
        return 0
    return int(all(row.number(1) is not None for row in rows) and any("." in row.cells[1] for row in rows))


def _couplings(row: TableRow, written: str) -> tuple[float, ...]:
    if written in ("", "-", "–"):
        return ()
    bare = re.sub(r"\d?J[\w,()]{0,8}\s?=", " ", written)
    if re.sub(r"[\d.,;/&\s]|Hz|J|=", "", bare):
        raise _cell_error(row, written, "a coupling constant in Hz")
    return tuple(sorted((float(value) for value in _VALUES.findall(bare)), reverse=True))


def _required_number(row: TableRow, column: int, name: str) -> float:
    number = row.number(column)
    if number is None or abs(number) > 1e30:
        raise _cell_error(row, _cell(row, column), f"a finite {name}" if name != "shift" else "a shift (ppm)")
    return number


def _cell(row: TableRow, column: int) -> str:
    return row.cells[column] if 0 <= column < len(row.cells) else ""


def _cell_error(row: TableRow, written: str, expected: str) -> RefusedError:
    what = f"{written[:30]!r} is not" if written else "there is not"
    return RefusedError(f"line {row.line}: {what} {expected}; a line is ppm[,intensity][,nH][,multiplicity][,J]")


def _matches(head: bytes, path: Path) -> bool:
    if not is_text(head):
        return False
    text = plain_text(decode_text(head))
    table = parse_table(text)
    rows = table.rows
    if is_dense(rows) or _SENTENCE.search(re.sub(r"(?m)^\s*#.*$", "", text)) or _is_wrapped(table, text):
        return False
    if table.heading is not None and any(
        _COLUMN_NAMES["ppm"].match(" ".join(cell.lower().split())) for cell in table.heading.cells
    ):
        return True
    if not rows:
        return False
    numeric = sum(row.number(0) is not None for row in rows)
    return (
        len(rows) > 1 or table.comments != "" or len(rows[0].cells) < 3 or any(map(multiplicity_of, rows[0].cells))
    ) and (2 * numeric > len(rows) + (table.heading is not None))


def _is_wrapped(table: DelimitedTable, text: str) -> bool:
    """Whether the lines are one list of shifts broken into lines: all numbers fall, or all rise."""
    if table.heading is not None or "," not in text:
        return False
    values = [row.number(index) for row in table.rows for index in range(len(row.cells)) if row.cells[index]]
    if len(values) <= len(table.rows) or len(values) < 3 or any(value is None for value in values):
        return False
    steps = [(b or 0.0) - (a or 0.0) for a, b in pairwise(values)]
    return all(step <= 0 for step in steps) or all(step >= 0 for step in steps)


READER = Reader(
    accepts="a table of peaks (ppm[,intensity][,nH][,multiplicity][,J])", matches=_matches, read=read_peak_list
)

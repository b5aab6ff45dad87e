"""Read a spectrum from a table of peaks: ``ppm[,intensity][,nH][,multiplicity][,J]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.axis_columns import is_dense
from specmol_core.spectra.readers.lists.columns import named_columns
from specmol_core.spectra.readers.lists.delimited import TableRow, read_rows
from specmol_core.spectra.readers.lists.number_order import check_bare_numbers
from specmol_core.spectra.readers.lists.numeric_columns import is_sorted
from specmol_core.spectra.readers.lists.one_line import rows_of_line
from specmol_core.spectra.readers.lists.peak_list_checks import check_nucleus, peak_list_warnings
from specmol_core.spectra.readers.lists.peak_rows import ListedPeak, named_peaks
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.lists.table_headings import is_cut_sentence
from specmol_core.spectra.readers.lists.tables import PeakTable, find_tables
from specmol_core.spectra.readers.lists.unnamed_rows import unnamed_peaks
from specmol_core.spectra.readers.lists.xy_table import stated_nucleus
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.readers.text.characters import decode_text, is_text, plain_text
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of
from specmol_core.spectra.readers.text.signal_marks import ends_in_label
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["READER", "read_peak_list"]

_MAX_ROWS = 5000
_MAX_LINES = 4 * _MAX_ROWS
"""Most lines of a text, with comments and other tables, that is cut into cells."""
_SENTENCE = re.compile(
    r"\d\s{0,2}[(\[]\s?(?:\d{1,3}\s?[HC]\b|(?:br|app)?\.?\s?[sdtqm]{1,4}[\s,;)\]])|"
    r"(?:NMR|δ)[^\n]{0,80}(?<![\d.])\d{1,3}\.\d{1,5}\s{0,3}(?:[,;(]|$)",
    re.MULTILINE,
)
_MAX_SHOWN = 6
_MIN_WRAPPED = 6
"""Least number of shifts without commas that are told to be broken into lines."""


def read_peak_list(source: SourceFile, request: Request) -> Spectrum:
    """Read a peak list, one peak per line, with or without a heading.

    A heading names the columns, in any order and in the words of TopSpin, MestReNova, ACD/Labs and
    others. Without one, the columns are shift (ppm), intensity, number of protons, multiplicity and
    couplings (Hz), in this order; ``2H``, a multiplicity, a coupling and ``CH2`` are recognised by
    their form. Peaks that the table names as solvent or impurity are left out.

    Raises
    ------
    SpectrumError
        If a cell is invalid (the message names the line and the word), or the list is of another
        nucleus.
    """
    try:
        lines = source.content.count(b"\n")
        if lines > _MAX_LINES:
            raise RefusedError(_too_long(lines))
        text = plain_text(decode_text(source.content))
        tables = find_tables(rows_of_line(text, request.nucleus) or text, request.nucleus)
        table = _choose_table(tables, request.nucleus)
        words = table.titles + "\n" + " ".join(table.heading.cells if table.heading else ())
        stated = stated_nucleus(_words_about_nucleus(table))
        require_nucleus(source.path, stated, request)
        if len(table.rows) > _MAX_ROWS:
            raise RefusedError(_too_long(len(table.rows)))
        peaks, notes = _peaks(table, request.nucleus)
        if peaks and not any(peak.height or peak.protons for peak in peaks):
            raise RefusedError("all its intensities are 0: there is no signal")
        if peaks:
            check_nucleus(peaks, source, request, stated, table.frequency_mhz)
        stated_conditions = conditions(words, request.nucleus)
        return spectrum_from_peaks(
            source,
            request,
            peaks,
            frequency_mhz=stated_conditions.frequency_mhz or table.frequency_mhz,
            solvent=stated_conditions.solvent,
            referencing="as listed",
            warnings=[
                *table.notes,
                *notes,
                *_other_tables(tables, table),
                *stated_conditions.warnings,
                *peak_list_warnings(peaks, request.nucleus),
            ],
        )
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def _too_long(lines: int) -> str:
    return f"holds {lines} lines; a peak list has at most {_MAX_ROWS}: give ppm and intensity as a table"


def _words_about_nucleus(table: PeakTable) -> str:
    """Titles of a table and the name of its column of shifts; another column may name the other nucleus."""
    heading = table.heading.cells if table.heading is not None else ()
    if table.columns is not None:
        heading = heading[table.columns.shift : table.columns.shift + 1]
    return f"{table.titles}\n{' '.join(heading)}"


def _choose_table(tables: Sequence[PeakTable], nucleus: Nucleus) -> PeakTable:
    """The table of multiplets for 1H, of peaks for 13C, before one of assignments."""

    def rank(table: PeakTable) -> tuple[bool, bool]:
        columns = table.columns
        if columns is None:
            return False, False
        has_counts = columns.protons >= 0 or columns.couplings >= 0
        return has_counts == (nucleus == "1H"), columns.intensity >= 0

    return max(tables, key=rank)


def _other_tables(tables: Sequence[PeakTable], read: PeakTable) -> list[str]:
    if len(tables) < 2 or read.heading is None:
        return []
    others = [str(table.heading.line) for table in tables if table is not read and table.heading is not None]
    return [f"the table of line {read.heading.line} was read; those of line {', '.join(others)} were not"]


def _peaks(table: PeakTable, nucleus: Nucleus) -> tuple[list[Peak], list[str]]:
    """The peaks of the compound, and notes, such as on those that the table names as something else."""
    notes: list[str] = []
    if table.columns is not None:
        heading = table.heading.cells if table.heading is not None else ()
        listed = named_peaks(table.rows, table.columns, nucleus, heading)
    elif table.heading is not None and any(re.search(r"\bhz\b", cell, re.I) for cell in table.heading.cells):
        raise RefusedError(f"line {table.heading.line}: gives frequencies in Hz and no shifts: export ppm")
    elif table.heading is not None:
        raise RefusedError(
            f"line {table.heading.line}: the word {table.heading.cells[0][:30]!r} is neither a shift nor the name of a "
            "column; name the columns ppm, intensity, nH, multiplicity, J"
        )
    else:
        listed = unnamed_peaks(table.rows, nucleus)
        if all(len(row.cells) == 1 for row in table.rows):
            notes = check_bare_numbers(
                [entry.peak.ppm for entry in listed], ["." not in row.cells[0] for row in table.rows]
            )
    others = [entry for entry in listed if entry.origin]
    if len(others) == len(listed):
        return [entry.peak for entry in listed], notes
    return [entry.peak for entry in listed if not entry.origin], [*notes, *_left_out(others)]


def _left_out(others: Sequence[ListedPeak]) -> list[str]:
    if not others:
        return []
    shown = ", ".join(f"{entry.peak.ppm:g} ({entry.origin})" for entry in others[:_MAX_SHOWN])
    more = f" and {len(others) - _MAX_SHOWN} more" if len(others) > _MAX_SHOWN else ""
    return [f"left out {shown}{more}: the table names them so"]


def _matches(head: bytes, path: Path) -> bool:
    if not is_text(head):
        return False
    text = plain_text(decode_text(head)).rstrip(". \t\n")
    if rows_of_line(text, "13C") is not None:
        return True
    # The last line may be incomplete.
    comments: list[str] = []
    rows = list(read_rows(text.rpartition("\n")[0] if len(head) >= 4096 else text, comments))
    if is_dense(rows):
        return False
    if rows and _names_columns(text):
        return True
    bare = re.sub(r"(?m)^\s*#.*$", "", text)
    if _SENTENCE.search(bare) or ends_in_label(bare) or _is_wrapped(rows, text):
        return False
    is_heading = len(rows) == 1 and _numbers(rows[0]) == 0 and not is_cut_sentence(rows[0].cells)
    if is_heading and named_columns(rows[0].cells) is not None:
        return True  # a heading without peaks
    data = [row for row in rows if row.number(0) is not None]
    return (
        bool(data) and (len(rows) > 1 or comments != [] or _is_peak(rows[0])) and 2 * len(data) > len(rows)
    ) or _is_labelled(rows)


def _names_columns(text: str) -> bool:
    """Whether the columns are known, for one nucleus or the other, or the table is of a kind that is refused."""
    for nucleus in NUCLEI:
        try:
            if any(table.columns is not None and table.rows for table in find_tables(text, nucleus)):
                return True
        except RefusedError:
            return True
    return False


def _numbers(row: TableRow) -> int:
    return sum(row.number(column) is not None for column in range(len(row.cells)))


def _is_peak(row: TableRow) -> bool:
    """Whether a row alone is a peak, and not several shifts."""
    count = len(row.cells)
    return count == 1 or (count == 2 and _numbers(row) < count) or any(map(multiplicity_of, row.cells))


def _is_labelled(rows: Sequence[TableRow]) -> bool:
    """Whether each row is a label of an atom and its shift."""
    return len(rows) > 2 and all(
        len(row.cells) > 1 and len(row.cells[0]) <= 12 and row.number(0) is None and row.number(1) is not None
        for row in rows
    )


def _is_wrapped(rows: Sequence[TableRow], text: str) -> bool:
    """Whether the lines are one list of shifts broken into lines.

    All numbers fall, or all rise; or each line but the last ends in a comma.
    """
    if rows and rows[0].number(0) is None:
        return False
    values = [row.number(index) or 0.0 for row in rows for index in range(len(row.cells)) if row.cells[index]]
    if len(values) <= len(rows) or sum(map(_numbers, rows)) < len(values):
        return False
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    is_continued = len(lines) > 1 and all(line.endswith(",") for line in lines[:-1]) and not lines[-1].endswith(",")
    return is_continued or (len(values) >= (3 if "," in text else _MIN_WRAPPED) and is_sorted(values))


READER = Reader(
    accepts="a table of peaks (ppm[,intensity][,nH][,multiplicity][,J])", matches=_matches, read=read_peak_list
)

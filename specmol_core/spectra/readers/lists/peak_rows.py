"""Turn the rows of a table into peaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.carbon_types import (
    hydrogens_from_signs,
    hydrogens_of_letter,
    hydrogens_of_type,
    sign_of,
)
from specmol_core.spectra.readers.lists.cells import (
    COUNT,
    NO_VALUE,
    cell_error,
    cell_of,
    count_in,
    couplings_in,
    optional_number,
)
from specmol_core.spectra.readers.lists.columns import Columns
from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.text.attributes import Attributes, parse_attributes, without_couplings
from specmol_core.spectra.readers.text.contaminant_names import named_contaminant
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["ORIGIN", "OTHER_ORIGIN", "ListedPeak", "named_peaks", "with_signs"]

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,6})?"
_RANGE = re.compile(rf"[\[(]?\s?({_NUMBER})\s?(?:-|to|\.{{2,3}}|,|;)\s?({_NUMBER})\s?[\])]?")
_SHIFT_CELL = re.compile(rf"({_NUMBER})(?:\s?(?:-|–|\.\.)\s?({_NUMBER}))?[\s,;]*([(\[a-zA-Z].*)?")
"""A shift, or a range, with the words of a paper behind it, as in ``7.26 (d, J = 8.0 Hz)``."""
_COUPLINGS_BEHIND = re.compile(r"\s?\((\d{1,3}(?:\.\d{1,2})?(?:[,;]\s?\d{1,3}(?:\.\d{1,2})?){0,5})\)")
"""Numbers in brackets behind a multiplicity."""
_MULTIPLET_LABEL = re.compile(r"M\d{1,3}")
"""Name of a multiplet in ACD/Labs and HMDB."""
OTHER_ORIGIN = re.compile(
    r"solvent|impurit\w+|artefacts?|artifacts?|reference|(?:13c|c13)[\s_]?sat\w*|satellites?|spinning\s?side\S*|ssb|noise|"
    r"contaminants?|water|grease",
    re.IGNORECASE,
)
ORIGIN = re.compile(rf"compound|{OTHER_ORIGIN.pattern}|exchangeable|rotamer", re.IGNORECASE)


@dataclass(frozen=True)
class ListedPeak:
    """One peak, and what the table names as its origin."""

    peak: Peak
    origin: str = ""
    """For example "Solvent"; empty for the compound."""


def named_peaks(rows: Sequence[TableRow], columns: Columns, nucleus: str, heading: Sequence[str]) -> list[ListedPeak]:
    """Return the peaks of a table whose columns are known; unknown columns are ignored.

    Raises
    ------
    RefusedError
        If a cell is invalid; the message names its line and its word.
    """
    if columns.is_shared:
        rows = [row for row in rows if cell_of(row, columns.ppm) not in NO_VALUE]
    kinds = {column: _kind_of_column(rows, column) for column in columns.kinds}
    found = [_named_peak(row, columns, kinds, nucleus) for row in rows]
    signs = next((column for column, kind in kinds.items() if kind == "sign"), None)
    return with_signs(rows, found, signs, heading[signs] if signs is not None and signs < len(heading) else "", nucleus)


def _kind_of_column(rows: Sequence[TableRow], column: int) -> str:
    """What the words of a column are: hydrogens, sign, multiplicity or origin; empty for anything else."""
    words = [word for row in rows if (word := cell_of(row, column)) not in NO_VALUE - {"", "-"}]
    filled = [word for word in words if word not in ("", "-")]
    signed = [word for word in words if word != ""]
    if signed and all(sign_of(word) is not None for word in signed) and any(sign_of(word) for word in signed):
        return "sign"
    for kind, is_of in (
        ("hydrogens", lambda word: hydrogens_of_type(word) != ()),
        ("multiplicity", lambda word: multiplicity_of(word) != ""),
        ("origin", lambda word: ORIGIN.fullmatch(word) is not None),
    ):
        if filled and all(map(is_of, filled)) and (kind != "hydrogens" or any("c" in word.lower() for word in filled)):
            return kind
    return ""


def _named_peak(row: TableRow, columns: Columns, kinds: dict[int, str], nucleus: str) -> ListedPeak:
    moved = _moved_cells(row, columns)
    ppm, words = _shift(row, columns)
    stated = _stated_beside(row, words, nucleus)
    height_column = columns.intensity if columns.intensity >= 0 else columns.area
    is_count = COUNT.fullmatch(cell_of(row, height_column)) is not None
    height = None if is_count else optional_number(row, height_column, "intensity")
    protons = count_in(row, height_column if is_count else columns.protons)
    if protons is None:
        protons = count_in(row, columns.integral)
    multiplicity = stated.multiplicity
    hydrogens = hydrogens_of_type(words) if nucleus == "13C" else ()
    origin = ""
    for column, kind in kinds.items():
        word = cell_of(row, column)
        if kind == "multiplicity" and word not in NO_VALUE:
            multiplicity = multiplicity_of(word)
        elif kind == "hydrogens":
            hydrogens = hydrogens_of_type(word)
        elif (kind == "origin" and OTHER_ORIGIN.fullmatch(word)) or (
            kind == "" and word not in NO_VALUE and named_contaminant([word], ppm, nucleus, None, counted=False)
        ):
            origin = origin or word
    if multiplicity == "" and columns.multiplicity >= 0 and kinds.get(columns.multiplicity) == "":
        written = cell_of(row, columns.multiplicity)
        is_label = _MULTIPLET_LABEL.fullmatch(written) is not None
        if written not in NO_VALUE and not is_label and not (multiplicity := multiplicity_of(written)):
            raise cell_error(row, written, "a multiplicity")
    couplings = () if moved else _couplings(row, columns)
    width = None if moved else optional_number(row, columns.width, "width")
    peak = Peak(
        ppm,
        1.0 if height is None else height,
        width if width is None or width > 0 else None,
        multiplicity,
        couplings or stated.couplings_hz,
        stated.count if protons is None and nucleus == "1H" else protons,
        hydrogens=hydrogens,
    )
    return ListedPeak(peak, origin)


def _shift(row: TableRow, columns: Columns) -> tuple[float, str]:
    """The shift of a row, and the words behind it in its cell."""
    cell = cell_of(row, columns.ppm)
    number = row.number(columns.ppm)
    if number is not None:
        if abs(number) > 1e30:
            raise cell_error(row, cell, "a shift (ppm)")
        return number, ""
    ends = _RANGE.fullmatch(cell if cell not in NO_VALUE else cell_of(row, columns.range))
    if ends is not None:
        return (float(ends[1]) + float(ends[2])) / 2, ""
    match = _SHIFT_CELL.fullmatch(cell)
    if match is None or not match[3]:
        raise cell_error(row, cell, "a shift (ppm)")
    ppm = float(match[1]) if match[2] is None else (float(match[1]) + float(match[2])) / 2
    return ppm, match[3]


def _stated_beside(row: TableRow, words: str, nucleus: str) -> Attributes:
    """What the words behind a shift state, as in ``6.31, d (16.0)`` and ``115.8, CH``."""
    if not words:
        return Attributes()
    bare = _COUPLINGS_BEHIND.sub(r", J = \1", words).strip("()[] ")
    stated = parse_attributes(bare, nucleus)
    is_known = bool(stated) or (nucleus == "13C" and hydrogens_of_type(words) != ())
    if not is_known or re.search(r"\d\.\d", without_couplings(bare)):
        raise cell_error(row, words, "a multiplicity, a number of protons or couplings behind one shift")
    return stated


def _moved_cells(row: TableRow, columns: Columns) -> bool:
    """Whether a row lacks its coupling cell, so that the cells behind it have moved.

    MestReNova and ACD/Labs leave the cell out where there are no couplings.
    """
    if columns.couplings < 0 or columns.couplings == columns.count - 1:
        return False
    cell = cell_of(row, columns.couplings)
    if columns.range > columns.couplings and _RANGE.fullmatch(cell_of(row, columns.range - 1)):
        return not _RANGE.fullmatch(cell_of(row, columns.range))
    is_word = cell not in NO_VALUE and not re.search(r"\d", cell)
    return is_word and all(cell_of(row, column) == "" for column in range(columns.count - 1, len(row.cells)))


def _couplings(row: TableRow, columns: Columns) -> tuple[float, ...]:
    if columns.couplings < 0:
        return ()
    written = [cell_of(row, column) for column in (columns.couplings, *columns.more_couplings)]
    if columns.couplings == columns.count - 1:
        written = list(row.cells[columns.couplings :])
    return couplings_in(row, " ".join(cell for cell in written if cell.lower() not in NO_VALUE))


def with_signs(
    rows: Sequence[TableRow], found: list[ListedPeak], column: int | None, experiment: str, nucleus: str
) -> list[ListedPeak]:
    """Note the numbers of hydrogens that the signs of a column, or of the intensities, allow."""
    heights = [listed.peak.height for listed in found]
    if column is not None:
        signs = [sign_of(cell_of(row, column)) or 0 for row in rows]
    elif min(heights, default=0.0) < 0 < max(heights, default=0.0):
        signs = [1 if height > 0 else -1 for height in heights]
    elif nucleus == "13C" and all(hydrogens_of_letter(listed.peak.multiplicity) for listed in found):
        return [replace(e, peak=replace(e.peak, hydrogens=hydrogens_of_letter(e.peak.multiplicity))) for e in found]
    else:
        return found
    if nucleus != "13C" or any(listed.peak.hydrogens for listed in found):
        return found
    hydrogens = hydrogens_from_signs(signs, [listed.peak.ppm for listed in found], experiment)
    return [
        replace(listed, peak=replace(listed.peak, hydrogens=allowed))
        for listed, allowed in zip(found, hydrogens, strict=True)
    ]

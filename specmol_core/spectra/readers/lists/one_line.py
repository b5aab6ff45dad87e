"""Lists of peaks in one line, as rows of a table: pairs in brackets, groups between semicolons, nmrshiftdb2."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.lists.nmrshiftdb import shiftdb_entries
from specmol_core.spectra.readers.lists.numeric_columns import is_sorted

__all__ = ["rows_of_line"]

_MAX_CHARACTERS = 100_000
_NUMBER = r"[+-]?\d{1,6}(?:\.\d{1,6})?"
_CELLS = rf"{_NUMBER}(?:(?:, ?|[ \t]{{1,3}}){_NUMBER}){{1,5}}"
_GROUPS = re.compile(rf"\s*{_CELLS}(?:\s?;\s?{_CELLS}){{1,500}}\s?[;.]?\s*")
_BRACKETED = re.compile(
    rf"\s*[\[(]?\s?[\[(]\s?{_CELLS}\s?[\])](?:[\s,;]{{0,4}}[\[(]\s?{_CELLS}\s?[\])]){{1,500}}\s?[\])]?\s*"
)


def rows_of_line(text: str, nucleus: str) -> str | None:
    """Return the lines of a table that one line holds as groups of numbers; None for any other text.

    >>> rows_of_line("(167.3, 0.1), (60.3, 0.9)", "13C")
    '167.3, 0.1\\n60.3, 0.9'
    >>> rows_of_line("167.3;0.0S;7|60.3;0.0T;9|", "13C")
    'ppm,nC,multiplicity\\n167.3,,s\\n60.3,,t'
    """
    if len(text) > _MAX_CHARACTERS:
        return None
    if entries := shiftdb_entries(text):
        # The atoms of 1H entries are not always protons.
        rows = [(ppm, str(n) if nucleus == "13C" and n > 1 else "", letters) for ppm, letters, n in entries]
        return "\n".join(["ppm,nC,multiplicity", *(",".join(row) for row in rows)])
    if not (_GROUPS.fullmatch(text) or _BRACKETED.fullmatch(text)):
        return None
    groups = [group.strip() for group in re.findall(_CELLS, text)]
    numbers = [re.findall(_NUMBER, group) for group in groups]
    is_even = len({len(group) for group in numbers}) == 1
    # One list of shifts stays one list, whatever separates its parts; commas may be those of decimals.
    is_list = is_sorted([float(number) for group in numbers for number in group]) or "." not in text
    return "\n".join(groups) if is_even and not is_list else None

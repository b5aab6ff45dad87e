"""Text given in place of the path of a spectrum."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from specmol_core.spectra.readers.lists.one_line import rows_of_line
from specmol_core.spectra.readers.text.characters import plain_text
from specmol_core.storage.plain_text import abbreviate

__all__ = ["InlineText", "SpectrumSource", "is_inline", "spectrum_source"]

_HEADING = re.compile(r"(?:N\.?M\.?R|RMN)\b|[δ\u2202\u1e9f]|(?<![A-Za-z])MHz")
_FIRST_SHIFT = re.compile(
    r"(?<![\w.])-?\d{1,3}(?:[.,]\d{1,5})?\s*(?:[(\[]|[,;]\s*-?\d|[,;.]?\s+-?\d|[-\u2010-\u2015\u2212]\s?\d|$|[,;]?\s(?:and|ppm|(?:br\.?\s)?[sdtqm]{1,4})\b|(?<=[.,]\d)\.\s*$|(?<=[.,]\d\d)\.\s*$)"
)
_SHIFT_LIST = re.compile(
    r"[(\[\s]*-?\d{1,3}(?:[.,]\d{1,5})?(?:\s*[-\u2010-\u2015\u2212]\s*\d{1,2}[.,]\d{1,5})?\s*"
    r"(?:[(\[]\s*(?:\d{1,3}\s*[HC]\b|(?:br|app)?\.?\s*[sdtqm]{1,5}\b)|[,;]\s+-?\d{1,3}[.,]?\d*\s*[,;(\s]|;\d{1,3}[.,]\d{1,3}(?:;|$)|\s-?\d{1,3}\.\d+(?:\s|$)|[,;]\s+\d{1,3}\.\d+\s*\.?$)"
)
_FILE_NAME = re.compile(r"\.[A-Za-z]{1,5}\d?(?:::[\w .-]+)?$")


def is_inline(text: str) -> bool:
    """Whether text given as a path is a list of shifts or the sentence of an experimental section.

    An existing file of that name takes precedence.
    """
    stripped = plain_text(text).strip()
    if not re.search(r"\d", stripped) or not re.search(r"[\sδ|;]", stripped):
        return False
    heading = _HEADING.search(stripped)
    has_heading = heading is not None and _FIRST_SHIFT.search(stripped, heading.end()) is not None
    is_file_name = _FILE_NAME.search(stripped) is not None and "δ" not in stripped and "MHz" not in stripped
    is_list = has_heading or _SHIFT_LIST.match(stripped) or rows_of_line(stripped, "13C")
    if is_file_name or not is_list:
        return False
    try:
        return not os.path.lexists(Path(text))
    except (OSError, ValueError):
        return True


@dataclass(frozen=True)
class InlineText:
    """A list of shifts, or the sentence of an experimental section, given in place of a file."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def stem(self) -> str:
        """Beginning of the text on one line: the name of a query without an id."""
        return abbreviate(self.text)


SpectrumSource = Path | InlineText
"""The source of a spectrum: a file, or text in its place."""


def spectrum_source(text: str | Path) -> SpectrumSource:
    """Return the source that a user gives: inline text if it is a list of shifts, else a file.

    >>> spectrum_source("13C NMR δ 170.1, 60.3, 21.0, 14.2")
    InlineText(text='13C NMR δ 170.1, 60.3, 21.0, 14.2')
    """
    if isinstance(text, Path):
        return text
    return InlineText(text.strip()) if is_inline(text) else Path(text)

"""Text that is given in place of the path of a spectrum."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from specmol_core.storage.plain_text import shortened

__all__ = ["InlineText", "SpectrumSource", "is_inline", "spectrum_source"]

_HEADING = re.compile(r"(?:N\.?M\.?R|RMN)\b|[δ\u2202\u1e9f]|(?<![A-Za-z])MHz")
_SHIFTS = re.compile(
    r"(?<![\w.])-?\d{1,3}(?:[.,]\d{1,5})?\s*(?:[(\[]|[,;]\s*-?\d|[,;.]?\s+-?\d|[-\u2010-\u2015\u2212]\s?\d|$|[,;]?\s(?:and|ppm)\b)"
)
_LIST = re.compile(
    r"\s*-?\d{1,3}(?:[.,]\d{1,5})?(?:\s*[-\u2010-\u2015\u2212]\s*\d{1,2}[.,]\d{1,5})?\s*"
    r"(?:[(\[]\s*(?:\d{1,3}\s*[HC]\b|(?:br|app)?\.?\s*[sdtqm]{1,5}\b)|[,;]\s+-?\d{1,3}[.,]?\d*\s*[,;(\s]|\s-?\d{1,3}\.\d+(?:\s|$)|[,;]\s+\d{1,3}\.\d+\s*\.?$)"
)
_FILE_NAME = re.compile(r"\.[A-Za-z]{1,5}\d?(?:::[\w .-]+)?$")


def is_inline(written: str) -> bool:
    """Whether what was given as a path is itself a list of shifts, or the sentence of an experimental section.

    A file of that name goes first.
    """
    words = written.strip()
    if not re.search(r"\d", words) or not (re.search(r"\s", words)):
        return False
    heading = _HEADING.search(words)
    named = heading is not None and _SHIFTS.search(words, heading.end()) is not None
    file_name = _FILE_NAME.search(words) is not None and "δ" not in words and "MHz" not in words
    if file_name or not (named or _LIST.match(words)):
        return False
    try:
        return not os.path.lexists(Path(written))
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
        """The beginning of the text on one line: the name of a query without an id."""
        return shortened(self.text)


SpectrumSource = Path | InlineText
"""Where a spectrum comes from."""


def spectrum_source(written: str | Path) -> SpectrumSource:
    """What a user gives as a spectrum: a path is a file; a text is a file, too, unless it is a list of shifts.

    >>> spectrum_source("13C NMR δ 170.1, 60.3, 21.0, 14.2")
    InlineText(text='13C NMR δ 170.1, 60.3, 21.0, 14.2')
    """
    if isinstance(written, Path):
        return written
    return InlineText(written.strip()) if is_inline(written) else Path(written)

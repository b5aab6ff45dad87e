"""Find where the preamble of a sentence (heading, frequency, solvent, δ) ends."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.sentence.brackets import OPENING_BRACKETS, closing_brackets
from specmol_core.spectra.readers.sentence.tokens import DELTA_SYMBOL, MAX_WORDS, PLAIN_WORD, SHIFT, SHIFT_LIST, WORD
from specmol_core.spectra.readers.text.characters import error_at

__all__ = ["first_shift"]

_COMPOUND_PREFIX = re.compile(
    r"(?:compounds?|of|for|complex|products?|ligand|Fig\w*\.?|Table|Scheme|no\.|ref\.?|isomer|Bruker|Avance|AV)\s?$"
)
"""Words before the number of a compound or of a figure."""
_LOST_DELTA = re.compile(r"(?:(?:delta|d|δ|\?)\s?[=:]?\s?(?:ppm)?|ppm)[=:]?(?=-?\d{1,3}\.\d)", re.IGNORECASE)
"""A δ as a word, a letter or a question mark, directly before the first shift."""
_CONDITION = re.compile(
    r"\s?(?:M?Hz|MHZ|Mhz|Mz\b|mhz|°|º|K\b|%|M\b|T\b|mg|mL|scans|mM)|[A-Za-z]|-d|-[A-Za-z]|\.\d\.|\s(?:signal|resonance|carbon|peak|line|proton)s?\b"
)
_NOTE = re.compile(r"[a-z](?:,[a-z])?(?=\s?[,;]|\s?$)")
"""Letter of a footnote directly after a shift."""
_REFERENCE_PREFIX = re.compile(
    r"(?:(?P<zero>TMS|Me4Si|SiMe4)|(?<![A-Za-z])(?:p[HD]\*?|[Rr]ef\w{0,8}\.?(?: to| at)?))\s?=?\s?$"
)
"""Words before a number that is the pH, or the shift of a reference."""
_MAX_TMS_PPM = 0.05
_PROSE = re.compile(r"\.\s+[A-Z][a-z]*\s[a-z]{2,}\s|\n[ ]*\n")


def first_shift(text: str, start: int, end: int) -> int:
    """Return the position of the first shift: the end of the preamble of a sentence.

    Raises
    ------
    RefusedError
        If there is no number, or running prose precedes it.
    """
    closing = closing_brackets(text, start, end)
    position, words = start, 0
    while position < end:
        if text[position] in OPENING_BRACKETS:
            close = closing.get(position, position)
            position = position + 1 if SHIFT_LIST.fullmatch(text, position + 1, close) else close + 1
        elif match := SHIFT.match(text, position, end):
            if _is_first_shift(text, start, match):
                return position
            position = WORD.match(text, position).end() if text[position] != "-" else match.end()  # type: ignore[union-attr]
        elif match := _LOST_DELTA.match(text, position, end) or DELTA_SYMBOL.match(text, position, end):
            position = match.end()
        elif match := WORD.match(text, position, end):
            if position > start and PLAIN_WORD.fullmatch(match[0]):
                words += 1
            if words > MAX_WORDS or _PROSE.match(text, max(match.end() - 1, position)):
                raise error_at(text, position, "running prose, not the list of shifts of an experimental section")
            position = position + 1 if match[0].startswith("=") else match.end()
        else:
            position += 1
    raise error_at(text, start, "no shift follows this heading")


def _is_first_shift(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a number is a shift: no number of a compound, condition of the measurement, or reference."""
    position, end = match.span()
    if "." not in match[0]:
        is_compound_number = _COMPOUND_PREFIX.search(text, max(start, position - 14), position) is not None
        return not is_compound_number and _CONDITION.match(text, end) is None
    reference = _REFERENCE_PREFIX.search(text, max(start, position - 20), position)
    if reference is not None and (reference["zero"] is None or abs(float(match["first"])) < _MAX_TMS_PPM):
        return False
    return _NOTE.match(text, end) is not None or _CONDITION.match(text, end) is None

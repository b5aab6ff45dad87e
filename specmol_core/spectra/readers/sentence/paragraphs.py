"""Tell whether a list of shifts goes on behind the end of a paragraph."""

from __future__ import annotations

import re

__all__ = ["ends_list"]

_BREAK = re.compile(r"\.[ ]*\n|\n[ ]*\n")
"""A full stop at the end of a line, or an empty line."""
_NEXT_SHIFT = re.compile(
    r"-?\d{1,3}\.\d{1,4}(?:\s?[-~]\s?-?\d{1,3}\.\d{1,4})?[a-z*]?"
    r"\s{0,2}(?:[,;(\[:±]|\.?\s*$|\.?\n|ppm|and\b|(?:br )?[sdtqm]{1,4}\b)"
)


def ends_list(text: str, start: int, end: int) -> bool:
    """Whether a paragraph ends in a blank part of a text, and a number that is no shift of the list begins the next.

    It may be the number of a section or a compound, or begin a name.

    >>> ends_list("60.3, 14.4.\\n2.3. Synthesis", 10, 12), ends_list("60.3, 14.4.\\n12.1, 11.0", 10, 12)
    (True, False)
    """
    before = text[:start].rstrip()
    if not text[end : end + 1].isdigit() or before.endswith((",", ";", "-", "(")):
        return False
    return _BREAK.search(text, start, end) is not None and _NEXT_SHIFT.match(text, end) is None

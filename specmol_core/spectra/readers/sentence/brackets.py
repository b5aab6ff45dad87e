"""The brackets of a sentence, of any kind, and where a bracket that is never closed must end."""

from __future__ import annotations

import re

__all__ = ["CLOSING_BRACKETS", "OPENING_BRACKETS", "closing_brackets", "next_signal"]

OPENING_BRACKETS = "([{"
CLOSING_BRACKETS = ")]}"
_BRACKET = re.compile(r"[()\[\]{}]")
_NEXT_SIGNAL = {
    "1H": re.compile(
        r"[,;]?\s{0,3}(?<![=\d.])(?:and\s)?(?<![\w.-])-?\d{1,2}\.\d{1,4}(?:\s?-\s?-?\d{1,2}\.\d{1,4})?(?:\s?ppm)?\s{0,2}[(\[]\s?"
        r"(?:\d{1,2}\s?H\b|(?:br\.?\s?|app\.?\s?)?(?:[sdtqm]{1,4}|sept|quint|sext)\s?[,;)])"
    ),
    "13C": re.compile(r"[,;]\s{1,3}(?:and\s)?\d{1,3}\.\d{1,3}(?=\s{0,2}[,;]\s{0,2}\d|\s{0,2}[(\[])"),
}


def closing_brackets(text: str, start: int, end: int) -> dict[int, int]:
    """Map positions of opening brackets to closing ones; unclosed brackets are missing.

    >>> closing_brackets("7.26 (d, 2H)", 0, 12)
    {5: 11}
    """
    pairs: dict[int, int] = {}
    open_positions: list[int] = []
    for match in _BRACKET.finditer(text, start, end):
        if match[0] in OPENING_BRACKETS:
            open_positions.append(match.start())
        elif open_positions:
            pairs[open_positions.pop()] = match.start()
    return pairs


def next_signal(text: str, start: int, end: int, nucleus: str, closed: bool) -> int | None:
    """Position of the next signal inside a bracket that should end before it; None for none.

    Parameters
    ----------
    closed
        Whether the bracket is closed at ``end``; a bare shift in it is then an assignment or a
        coupling.
    """
    if closed and nucleus != "1H":
        return None
    match = _NEXT_SIGNAL["13C" if nucleus == "13C" else "1H"].search(text, start, end)
    return match.start() if match else None

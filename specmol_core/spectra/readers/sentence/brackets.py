"""The brackets of a sentence, of whatever kind, and where one that was never closed must have ended."""

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
    """Position of the closing bracket by that of the opening one; those that are never closed are missing."""
    pairs: dict[int, int] = {}
    open_positions: list[int] = []
    for match in _BRACKET.finditer(text, start, end):
        if match[0] in OPENING_BRACKETS:
            open_positions.append(match.start())
        elif open_positions:
            pairs[open_positions.pop()] = match.start()
    return pairs


def next_signal(text: str, start: int, end: int, nucleus: str, closed: bool) -> int | None:
    """Where the next signal begins inside a bracket that should have ended before it; None for nowhere.

    Parameters
    ----------
    closed
        Whether the bracket is closed at ``end``: then a bare shift in it is an assignment or a coupling.
    """
    if closed and nucleus != "1H":
        return None
    match = _NEXT_SIGNAL["13C" if nucleus == "13C" else "1H"].search(text, start, end)
    return match.start() if match else None

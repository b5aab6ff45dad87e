"""Text for cells of CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

__all__ = ["cell_text"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of a formula, also as full-width characters."""


def cell_text(text: str) -> str:
    """Return the text, with an apostrophe before it if a spreadsheet would run it as a formula.

    Numbers are not changed.

    >>> cell_text("=1+1"), cell_text("-1.5"), cell_text("ethanol")
    ("'=1+1", '-1.5', 'ethanol')
    """
    if not text.lstrip().startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text

"""Text for the cells of CSV files, which people open with spreadsheets."""

from __future__ import annotations

__all__ = ["cell_text"]

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with, also in full width."""


def cell_text(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula and run it.

    A number stays as it is, whatever its sign.
    """
    if not text.lstrip().startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text

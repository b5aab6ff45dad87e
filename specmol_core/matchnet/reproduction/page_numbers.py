"""Numbers, lists and Markdown tables of the reproduction page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from specmol_core.matchnet.reproduction.figures import FULL_MODEL, TITLES, VARIANT_LETTERS
from specmol_core.storage.plain_text import plain_text

__all__ = [
    "NOT_RUN",
    "escape_text",
    "format_duration",
    "format_range",
    "format_share",
    "interval",
    "join_names",
    "join_words",
    "markdown_table",
    "round_half_up",
]

NOT_RUN = "–"
"""Cell of a figure that was not run."""


def round_half_up(value: float, digits: int) -> str:
    """Return a number rounded half up in decimal notation.

    The decimal 0.0005 becomes 0.001, although its nearest float is smaller.

    Examples
    --------
    >>> round_half_up(0.0005, 3)
    '0.001'
    """
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def format_share(value: float, digits: int) -> str:
    """Return a share between 0 and 1 as text; only an exact 1 or 0 is shown as 1 or 0."""
    text = round_half_up(value, digits)
    step = Decimal(1).scaleb(-digits)
    if value < 1 and Decimal(text) == 1:
        return f"> {1 - step}"
    return f"< {step}" if value > 0 and Decimal(text) == 0 else text


def interval(ends: tuple[float, float], digits: int) -> str:
    """Return both ends of an interval of shares between 0 and 1 as text."""
    return " to ".join(round_half_up(end, digits) for end in ends)


def format_range(values: Iterable[int]) -> str:
    """Return the number as text, or the smallest and the largest if the numbers differ."""
    smallest, *others = sorted(set(values))
    return f"{smallest:,} to {others[-1]:,}" if others else f"{smallest:,}"


def format_duration(seconds: float) -> str:
    """Return a duration as text: seconds below 1 min, minutes below 2 h, otherwise hours."""
    if seconds < 59.5:
        return f"{round_half_up(seconds, 0)} s"
    return f"{round_half_up(seconds / 60, 0)} min" if seconds < 7200 else f"{round_half_up(seconds / 3600, 1)} h"


def join_words(parts: Sequence[str]) -> str:
    """Join words as ``a, b and c``."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def join_names(names: Iterable[str], notes: Mapping[str, str] | None = None) -> str:
    """Join the titles of systems, each with its note in brackets; variants have their letter."""
    letters = {name: f"variant {letter}" for name, letter in VARIANT_LETTERS.items() if name != FULL_MODEL}
    return join_words([letters.get(name, TITLES[name]) + (f" ({notes[name]})" if notes else "") for name in names])


def escape_text(text: str) -> str:
    """Escape a text of a result file, so that it stays in its cell and contains no markup."""
    return escape(plain_text(text), quote=False).replace("|", "\\|").replace("`", "'")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the first column is left-aligned, the others are centred."""
    lines = [header, ["---", *[":---:"] * (len(header) - 1)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]

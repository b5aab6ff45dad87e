"""Numbers and tables of Markdown, as the page of the reproduction writes them."""

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
"""In place of what was not run."""


def round_half_up(value: float, digits: int) -> str:
    """The decimal as one rounds by hand: 0.0005 becomes 0.001, though its nearest float lies below."""
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def format_share(value: float, digits: int) -> str:
    """A figure between 0 and 1; one that is not quite 1 or 0 is never shown as such."""
    text = round_half_up(value, digits)
    step = Decimal(1).scaleb(-digits)
    if value < 1 and Decimal(text) == 1:
        return f"> {1 - step}"
    return f"< {step}" if value > 0 and Decimal(text) == 0 else text


def interval(ends: tuple[float, float], digits: int) -> str:
    """Both ends of an interval of figures between 0 and 1."""
    return " to ".join(round_half_up(end, digits) for end in ends)


def format_range(values: Iterable[int]) -> str:
    """The number, or the least and the largest where they differ."""
    smallest, *others = sorted(set(values))
    return f"{smallest:,} to {others[-1]:,}" if others else f"{smallest:,}"


def format_duration(seconds: float) -> str:
    """Minutes, or hours from two on."""
    if seconds < 59.5:
        return f"{round_half_up(seconds, 0)} s"
    return f"{round_half_up(seconds / 60, 0)} min" if seconds < 7200 else f"{round_half_up(seconds / 3600, 1)} h"


def join_words(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def join_names(names: Iterable[str], notes: Mapping[str, str] | None = None) -> str:
    """Systems in a sentence, each with its note in brackets; variants go by their letter."""
    letters = {name: f"variant {letter}" for name, letter in VARIANT_LETTERS.items() if name != FULL_MODEL}
    return join_words([letters.get(name, TITLES[name]) + (f" ({notes[name]})" if notes else "") for name in names])


def escape_text(text: str) -> str:
    """A text of a result file, which can neither leave its cell nor bring markup along."""
    return escape(plain_text(text), quote=False).replace("|", "\\|").replace("`", "'")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table, the first column at the left and the others in the middle."""
    lines = [header, ["---", *[":---:"] * (len(header) - 1)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]

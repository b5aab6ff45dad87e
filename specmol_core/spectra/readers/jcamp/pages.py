"""Pages of a JCAMP-DX block of NTUPLES: the spectra of a series, one page each."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["page_block", "page_seconds", "page_values"]

_PAGE = re.compile(r"\s*([A-Z]\w*)\s*=\s*([-+0-9.eE]+)", re.IGNORECASE)
_DEPENDENT = re.compile(r"\+\+\(([A-Z])|\([A-Z]([A-Z])\.\.")
_FREQUENCY_UNITS = ("HZ", "HERTZ", "KHZ", "MHZ", "PPM")
_SECONDS = {"S": 1.0, "SEC": 1.0, "SECONDS": 1.0, "SECOND": 1.0, "MIN": 60.0, "MINUTES": 60.0, "H": 3600.0,
            "HOURS": 3600.0, "MS": 1e-3, "MILLISECONDS": 1e-3}  # fmt: skip


def page_values(block: Block) -> list[float]:
    """Return the value of each page of a series, in the order of the file; empty if the block is none.

    The pages of a series hold one variable each for another value of a variable that is no frequency.
    Pages that hold the real and the imaginary part are no series.
    """
    found = _pages(block)
    if len(found) < 2 or re.search(r"\b[N2-9]-?D\b", block.text("DATATYPE").upper()):
        return []
    return [value for _, value in found]


def page_seconds(block: Block) -> list[float] | None:
    """Return the time of each page (s); None if the variable of the pages is no time."""
    found = _pages(block)
    symbol = found[0][0] if found else ""
    symbols, names, units = block.words("SYMBOL"), block.words("VARNAME"), block.words("UNITS")
    at = symbols.index(symbol) if symbol in symbols else -1
    unit = units[at] if 0 <= at < len(units) else ""
    name = names[at] if 0 <= at < len(names) else ""
    factor = _SECONDS.get(unit, 1.0 if "TIME" in name and not unit else math.nan)
    return None if math.isnan(factor) else [value * factor for _, value in found]


def page_block(block: Block, row: int) -> Block:
    """Return a block with the tables of one page only, from 1.

    Raises
    ------
    RefusedError
        If there is no such page.
    """
    values = page_values(block)
    if not 1 <= row <= len(values):
        raise RefusedError(f"holds {len(values) or 'no'} pages of a series, and page {row} was asked for")
    asked = _pages(block)[row - 1]
    kept = [k for k, page in enumerate(block.pages) if _parsed(page) == asked]
    return replace(block, tables=[block.tables[k] for k in kept], pages=[block.pages[k] for k in kept])


def _pages(block: Block) -> list[tuple[str, float]]:
    """Return symbol and value of each page; empty unless one variable is on several pages."""
    found: dict[tuple[str, float], None] = {}
    variables: dict[str, set[tuple[str, float]]] = {}
    for table, page in zip(block.tables, block.pages, strict=True):
        parsed, dependent = _parsed(page), _DEPENDENT.search(table.form)
        if parsed is None or dependent is None:
            continue
        found[parsed] = None
        variables.setdefault(dependent[1] or dependent[2], set()).add(parsed)
    symbols, units = block.words("SYMBOL"), block.words("UNITS")
    of = {symbol for symbol, _ in found}
    if len(of) != 1 or max((len(pages) for pages in variables.values()), default=0) < len(found):
        return []
    symbol = of.pop()
    at = symbols.index(symbol) if symbol in symbols else -1
    is_frequency = 0 <= at < len(units) and units[at] in _FREQUENCY_UNITS
    return [] if is_frequency else list(found)


def _parsed(page: str) -> tuple[str, float] | None:
    found = _PAGE.match(page)
    try:
        return None if found is None else (found[1].upper(), float(found[2]))
    except ValueError:
        return None

"""The spectra of a JCAMP-DX file that holds a series: blocks of one nucleus, or pages of a block."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from specmol_core.spectra.readers.array_rows import ROW, limited_rows
from specmol_core.spectra.readers.jcamp.block_choice import best_kind, block_nucleus, blocks_of, pulse_sequence
from specmol_core.spectra.readers.jcamp.pages import page_seconds, page_values
from specmol_core.spectra.readers.jcamp.records import Block, parse_blocks
from specmol_core.spectra.readers.source import RefusedError, RowTable, SourceFile
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["jcamp_rows", "stated_date"]


def jcamp_rows(source: SourceFile, nucleus: Nucleus) -> RowTable | None:
    """Return the spectra of a nucleus in a file; None if it holds one, or cannot be read."""
    try:
        blocks = source.parsed(parse_blocks)
        one_dimensional, fitting = blocks_of(blocks, nucleus)
        best = best_kind(fitting)
        if not best:
            return None
        number, block, _ = best[0]
        if values := page_values(block):
            rows = limited_rows(len(values))
            seconds = page_seconds(block)
            names = tuple(f"{number}/{ROW}/{row + 1}" for row in range(rows))
            return RowTable(names, rows, _after_first(seconds), _block_date(block))
        if len(best) == 1:
            return None
        rows = limited_rows(len(best))
    except (RefusedError, ValueError):
        return None  # reading it gives the reason
    dates = [_block_date(block) for _, block, _ in best]
    known = [date for date in dates if date is not None]
    seconds = known if len(known) == rows and len(set(known)) > 1 else None
    others = Counter(name for _, block, _ in one_dimensional if (name := block_nucleus(block)) not in ("", nucleus))
    notes = [f"left out {count} blocks of {name}" for name, count in others.items()]
    sequences = tuple(pulse_sequence(block) for _, block, _ in best)
    names = tuple(str(number) for number, _, _ in best)
    return RowTable(names, rows, _after_first(seconds), known[0] if seconds else None, tuple(notes), sequences)


def _after_first(seconds: list[float] | None) -> tuple[float, ...] | None:
    return None if seconds is None else tuple(second - seconds[0] for second in seconds)


def _block_date(block: Block) -> float | None:
    """Return when a block was measured (s since 1970), as it states itself; None if it does not."""
    stated = stated_date(block.records["LONGDATE"].text) if "LONGDATE" in block.records else None
    if stated is None and "$DATE" in block.records:
        return block.number("$DATE")
    return stated


def stated_date(text: str) -> float | None:
    """Return the time of a ``LONG DATE`` (s since 1970); None if it is none.

    >>> stated_date("2024/01/31 12:00:00+00:00")
    1706702400.0
    """
    written = text.strip().replace("/", "-").replace(" ", "T", 1).replace(" ", "")
    try:
        return datetime.fromisoformat(written).timestamp()
    except (ValueError, OverflowError, OSError):
        return None

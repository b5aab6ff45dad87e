"""Find the columns of a table without a heading, where they are not in the usual order."""

from __future__ import annotations

from collections.abc import Sequence

from specmol_core.spectra.readers.lists.columns import Columns
from specmol_core.spectra.readers.lists.delimited import TableRow
from specmol_core.spectra.readers.lists.numeric_columns import column_of_index, proportional_columns, shifts_second
from specmol_core.spectra.readers.lists.plain_cells import PlainRows
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["unnamed_columns"]

_MIN_DOUBT_PPM, _MAX_DOUBT_PPM = 5.0, 230.0


def unnamed_columns(rows: Sequence[TableRow], plain: PlainRows, nucleus: str) -> tuple[Columns | None, tuple[str, ...]]:
    """Return the columns that units, frequencies or the order of numbers tell, and notes; None for the usual order.

    Raises
    ------
    RefusedError
        If either of two columns may hold the shifts.
    """
    if len(rows) == 1 and len(cells := rows[0].cells) == 2 and cells[0] in ("0", "1") and "." in cells[1]:
        raise RefusedError(f"line {rows[0].line}: {cells[0]} may be a shift or number the row: name the columns")
    index = column_of_index(rows, nucleus)
    if plain.ppm >= 0:
        return _with_intensity(rows, plain.ppm, plain.hertz, index), ()
    if (pair := proportional_columns(rows)) is not None:
        return _with_intensity(rows, pair[0], pair[1], index), ()
    second = shifts_second(rows, index + 1, nucleus)
    if second is None:
        return None, _doubt(rows, index + 1, nucleus)
    line, place = rows[0].line, f"column {index + 3}"
    if not second.is_certain:
        raise RefusedError(
            f"line {line}: {place} or the one before it may hold the shifts: name the columns (ppm, intensity)"
        )
    count = min(len(row.cells) for row in rows)
    columns = Columns(ppm=index + 2, intensity=index + 1, count=count)
    return columns, (f"{place} was read as the shifts: the one before it cannot hold them",)


def _doubt(rows: Sequence[TableRow], first: int, nucleus: str) -> tuple[str, ...]:
    """A note if the column after the shifts, which is read as intensities, looks like 13C shifts."""
    shifts = [row.cells[first] for row in rows if row.number(first) is not None]
    others = [row.cells[first + 1] for row in rows if row.number(first + 1) is not None]
    if nucleus != "13C" or len(others) < max(len(rows), 2) or len(shifts) < len(rows):
        return ()
    decimals = {len(cell.partition(".")[2]) for cell in (*shifts, *others)}
    if (
        len(decimals) > 1
        or decimals == {0}
        or not all(_MIN_DOUBT_PPM <= float(cell) <= _MAX_DOUBT_PPM for cell in others)
    ):
        return ()
    return (f"column {first + 2} was read as intensities: if it holds shifts, too, name the columns",)


def _with_intensity(rows: Sequence[TableRow], ppm: int, hertz: int, index: int) -> Columns:
    """Columns with the next column of numbers after the shifts as intensities, or else the last one."""
    others = [c for c in range(min(len(row.cells) for row in rows)) if c not in (ppm, hertz, index)]
    numeric = [c for c in others if all(row.number(c) is not None for row in rows)]
    after = [c for c in numeric if c > max(ppm, hertz)] or numeric[-1:]
    return Columns(ppm=ppm, hertz=hertz, intensity=after[0] if after else -1, count=len(rows[0].cells))

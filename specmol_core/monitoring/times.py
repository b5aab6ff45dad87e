"""Times of a series that the user gives in place of those of the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import UsageError
from specmol_core.monitoring.items import csv_rows, parse_time
from specmol_core.spectra.readers.instruments.bruker_rows import delay_list

__all__ = ["GivenTimes", "given_times"]

_MAX_BYTES = 16_000_000
_DELAY_LIST = "vdlist"
"""Name of Bruker's lists of delays, in which ``10m`` is 10 ms."""


@dataclass(frozen=True)
class GivenTimes:
    """The time of each spectrum by its place in the series."""

    interval: float = 0.0
    """Time between two spectra (s), if there are no ``values``."""
    values: Sequence[float] = ()

    def at(self, place: int) -> float | None:
        """Return the time of a spectrum, counted from 0 (s); None if there are fewer times."""
        if not self.values:
            return self.interval * place
        return self.values[place] if place < len(self.values) else None


def given_times(text: str) -> GivenTimes:
    """Return the times of a number of seconds between two spectra, or of a file.

    The file has one time a line, in the first column or in that named ``time``: a number (s) or a
    date. A file with the name ``vdlist`` is a list of delays of Bruker's.

    Raises
    ------
    UsageError
        If the file cannot be read or holds no times.
    SpectrumError
        If a time is neither number nor date.

    Examples
    --------
    >>> given_times("30").at(2)
    60.0
    """
    try:
        interval = float(text)
    except ValueError:
        return GivenTimes(values=_of_file(Path(text)))
    if not 0 < interval < 1e9:
        raise UsageError(f"--times {text}: the time between two spectra must be above 0 s and below 1e9 s")
    return GivenTimes(interval)


def _of_file(path: Path) -> list[float]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"--times {path}: is larger than {_MAX_BYTES // 1_000_000} MB; give one time a line")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--times {path}: cannot be read ({reason}); give seconds, or a file of times") from None
    if path.name == _DELAY_LIST:
        delays = delay_list(text)
        if delays is None:
            raise UsageError(f"--times {path}: is no list of delays; give one a line, as 10 or 500m")
        return delays
    rows = [row for _, row in csv_rows(path, text) if any(cell.strip() for cell in row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = next((header.index(name) for name in ("time", "time_s", "seconds", "date") if name in header), None)
    lines = enumerate(rows[column is not None :], 1 + (column is not None))
    values = [parse_time(path, line, row[column or 0] if len(row) > (column or 0) else "") for line, row in lines]
    if not values:
        raise UsageError(f"--times {path}: holds no time; give one a line")
    return values

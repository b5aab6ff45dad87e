"""The spectra of a series: those of a folder, of a table of paths and times, or of a stream of paths."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.monitoring.journal import is_series_table
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR

__all__ = ["SeriesItem", "csv_rows", "folder_items", "item_of_line", "named_items", "parse_time", "table_items"]

_EXPERIMENT_FILES = ("acqus", "acqu", "procpar", "acqu.par")
"""Files that make a folder the experiment of a spectrometer: Bruker, Varian, Magritek."""
_SUFFIXES = (".dx", ".jdx", ".jcamp", ".jdf", ".nmrml", ".1d", ".zip", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".csv")
_MAX_ITEMS = 100_000
_MAX_DEPTH = 4
"""Folders below the series that are searched: Spinsolve sorts its experiments by year, month and day."""
_MAX_TABLE_BYTES = 64_000_000
_PATH_COLUMNS, _TIME_COLUMNS = ("path", "file", "spectrum", "h1", "c13"), ("time", "time_s", "seconds", "date")


@dataclass(frozen=True)
class SeriesItem:
    """One spectrum of a series."""

    key: str
    """Name by which the spectrum is known in the output; the same in every run."""
    path: Path
    time: float | None = None
    """Time of the measurement (s) as the user or an array gives it; None takes the stamp of the file."""
    is_found: bool = False
    """Whether it was found in a folder or file, and not named: of another nucleus it is then left out."""
    left_out: str = ""
    """Why it is no spectrum of the series; empty if it is one."""
    note: str = ""
    """A warning that goes with its line."""
    is_row: bool = False
    """Whether it is a row of an array, whose time only the array knows."""

    @property
    def file(self) -> Path:
        """The file or folder, without the part of it that is named after ``::``."""
        return Path(str(self.path).partition(EXPERIMENT_SEPARATOR)[0])


def folder_items(folder: Path) -> list[SeriesItem]:
    """Return the spectra and arrays that a folder holds now, in the order of their numbers.

    A spectrum is a folder of a Bruker, Varian or Magritek experiment, also within other folders, or a
    file with the ending of a spectrum. A folder that is an experiment itself is the only one.
    Hidden entries are left out. Numbers in names count as numbers: 2 comes before 10.

    Raises
    ------
    SpectrumError
        If the folder cannot be listed, or holds more than 100,000 entries.
    """
    if _is_experiment(folder):
        return [SeriesItem(folder.name, folder, is_found=True)]
    try:
        found = list(_spectra_in(folder, _MAX_DEPTH))
    except OSError as error:
        raise SpectrumError(folder, f"cannot be listed ({error.strerror or error}); give a folder of spectra") from None
    if len(found) > _MAX_ITEMS:
        raise SpectrumError(folder, f"holds more than {_MAX_ITEMS} spectra; split the series")
    named = [(path.relative_to(folder).as_posix(), path) for path in found]
    return [
        SeriesItem(name, path, is_found=True) for name, path in sorted(named, key=lambda entry: natural_key(entry[0]))
    ]


def _spectra_in(folder: Path, depth: int) -> Iterator[Path]:
    """Yield files of spectra in a folder, and experiments in it and, up to a depth, below it."""
    for entry in folder.iterdir():
        if entry.name.startswith((".", "~")):
            continue
        if _is_experiment(entry):
            yield entry
        elif depth and _is_folder(entry):
            with suppress(OSError):
                yield from (path for path in _spectra_in(entry, depth - 1) if _is_experiment(path))
        elif depth == _MAX_DEPTH and _is_spectrum_file(entry):
            yield entry


def natural_key(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that sorts numbers in names by their value, before letters.

    >>> sorted(["10", "2", "b2", "b10"], key=natural_key)
    ['2', '10', 'b2', 'b10']
    """
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", name)
    return tuple((False, int(part), "") if part.isdecimal() else (True, 0, part.lower()) for part in parts)


def _is_experiment(entry: Path) -> bool:
    try:
        return any((entry / name).is_file() for name in _EXPERIMENT_FILES)
    except OSError:
        return False


def _is_folder(entry: Path) -> bool:
    try:
        return entry.is_dir() and not entry.is_symlink()
    except OSError:
        return False


def _is_spectrum_file(entry: Path) -> bool:
    suffix = entry.suffix.lower()
    try:
        if suffix not in _SUFFIXES or not entry.is_file():
            return False
    except OSError:
        return False
    return suffix != ".csv" or not is_series_table(entry)  # the output may be in the folder of the series


def named_items(path: Path) -> list[SeriesItem]:
    """Return the spectra of a table, or a file of several spectra as one entry; see ``table_items``."""
    if path.suffix.lower() in _SUFFIXES and path.suffix.lower() != ".csv":
        return [SeriesItem(path.name, path, is_found=True)]
    return table_items(path)


def table_items(path: Path) -> list[SeriesItem]:
    """Return the spectra of a CSV table with a column ``path`` and, if known, ``time``.

    Times are numbers (s) or dates (ISO 8601). Paths are relative to the table.

    Raises
    ------
    SpectrumError
        If the table cannot be read, has no such column, or a time is neither number nor date.
    """
    try:
        if path.stat().st_size > _MAX_TABLE_BYTES:
            raise SpectrumError(path, f"is larger than {_MAX_TABLE_BYTES // 1_000_000} MB; split the series")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpectrumError(path, f"cannot be read ({error}); give a CSV table of paths and times") from None
    rows = csv_rows(path, text)
    header = [name.strip().lower() for name in next(rows, (0, []))[1]]
    path_column = next((header.index(name) for name in _PATH_COLUMNS if name in header), None)
    time_column = next((header.index(name) for name in _TIME_COLUMNS if name in header), None)
    if path_column is None:
        raise SpectrumError(path, f"has no column {_PATH_COLUMNS[0]}; its first line must name the columns")
    items = []
    for line, row in rows:
        if len(row) <= path_column or not row[path_column].strip():
            continue
        name = row[path_column].strip()
        _check_path(path, line, name)
        has_time = time_column is not None and len(row) > time_column and bool(row[time_column].strip())
        time = parse_time(path, line, row[time_column or 0]) if has_time else None
        items.append(SeriesItem(name, path.parent / name, time))
        if len(items) > _MAX_ITEMS:
            raise SpectrumError(path, f"has more than {_MAX_ITEMS} rows; split the series")
    if not items:
        raise SpectrumError(path, "names no spectrum; give one path a line")
    return items


def csv_rows(source: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the last line of each row of a CSV text, and its cells.

    Raises
    ------
    SpectrumError
        If a cell is too long.
    """
    rows = csv.reader(io.StringIO(text))
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise SpectrumError(source, f"line {rows.line_num}: is no CSV ({error}); correct it") from None


def item_of_line(line: str) -> Iterator[SeriesItem]:
    """Yield the spectrum that a line of standard input names: a path, and after a tab its time (s).

    An empty line names none.

    >>> [(item.key, item.time) for item in item_of_line("run/3\\t90.5\\n")]
    [('run/3', 90.5)]
    """
    name, _, time = line.rstrip("\r\n").partition("\t")
    if name.strip():
        source = Path("standard input")
        _check_path(source, 0, name)
        yield SeriesItem(name.strip(), Path(name.strip()), parse_time(source, 0, time) if time.strip() else None)


def _check_path(source: Path, line: int, text: str) -> None:
    if "\0" in text:
        place = f"line {line}: " if line else ""
        raise SpectrumError(source, f"{place}the path {text.strip()[:40]!r} has a null character; correct it")


def parse_time(source: Path, line: int, text: str) -> float:
    """Return a time that is written as a number (s) or a date (s since 1970).

    Parameters
    ----------
    line
        Line of the source, for the message; 0 for none.

    Raises
    ------
    SpectrumError
        If it is neither.
    """
    place = f"line {line}: " if line else ""
    try:
        value = float(text)
    except ValueError:
        try:
            value = datetime.fromisoformat(text.strip()).timestamp()
        except ValueError:
            raise SpectrumError(
                source, f"{place}the time {text.strip()[:40]!r} is neither a number of seconds nor a date; correct it"
            ) from None
    if not abs(value) < 1e12:
        raise SpectrumError(source, f"{place}the time {text.strip()[:40]!r} is out of range; give seconds")
    return value

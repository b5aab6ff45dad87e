"""The output of a series as a file that survives being killed: one line for each spectrum."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from specmol_core.errors import OutputError
from specmol_core.storage.atomic import atomic_write
from specmol_core.storage.spreadsheet import cell_text

__all__ = ["Journal", "check_is_of_series", "is_series_table", "signals_of", "write_rows"]

_KEY = "spectrum"
_TABLE_START = b"spectrum,time_s,"
_MAX_FIRST_LINE = 1_000_000


class Journal:
    """Lines that are appended to a CSV or JSON-lines file, each written to the disk before the next.

    A file that exists is continued. A last line without its end, left by a killed run, is removed.

    Parameters
    ----------
    path
        The file; ``.csv`` makes a table, any other ending JSON lines.
    columns
        Columns of the table; the first is ``spectrum``.

    Raises
    ------
    OutputError
        If the file cannot be read or written, or is the output of something else.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.columns = path, tuple(columns)
        self._is_table = path.suffix.lower() == ".csv"
        try:
            self.rows = self._load()
        except (OSError, UnicodeDecodeError) as error:
            raise OutputError(path, f"cannot be read ({error}); choose another file") from None
        if self._is_table and not self._size():
            self._append(_csv_line(self.columns))

    @property
    def keys(self) -> list[str]:
        """The spectra that have a line, in the order of the file."""
        return [str(row[_KEY]) for row in self.rows]

    def add(self, row: Mapping[str, Any]) -> None:
        """Append the line of one spectrum.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        if self._is_table:
            self._append(_csv_line([row.get(name) for name in self.columns]))
        else:
            self._append(json.dumps(row, ensure_ascii=False) + "\n")
        self.rows.append(dict(row))

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _append(self, line: str) -> None:
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                self.path, f"cannot be written ({error.strerror or error}); free space or rights"
            ) from None

    def _load(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        if not self.path.is_file():
            raise OutputError(self.path, "is not a file, which a series needs to continue; choose another --output")
        data = self.path.read_bytes()
        end = data.rfind(b"\n") + 1
        if end != len(data):
            with self.path.open("r+b") as file:
                file.truncate(end)
        text = data[:end].decode()
        return self._table_rows(text) if self._is_table else self._json_rows(text)

    def _table_rows(self, text: str) -> list[dict[str, Any]]:
        reader = csv.DictReader(io.StringIO(text))
        if text and tuple(reader.fieldnames or ()) != self.columns:
            raise OutputError(
                self.path, "has other columns, so it is not of this reaction; choose another --output"
            ) from None
        return [
            {name: value.removeprefix("'") if name == _KEY else _number(value) for name, value in row.items() if name}
            for row in reader
        ]

    def _json_rows(self, text: str) -> list[dict[str, Any]]:
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict) or not isinstance(row.get(_KEY), str):
                raise OutputError(self.path, f"line {number} is not of a series; choose another --output")
            rows.append(row)
        return rows


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines of a whole series, atomically; ``.csv`` makes a table, any other ending JSON lines.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if path.suffix.lower() == ".csv":
        lines = [_csv_line(columns), *(_csv_line([row.get(name) for name in columns]) for row in rows)]
    else:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    with atomic_write(path, "wb") as file:
        file.write("".join(lines).encode())


def is_series_table(path: Path) -> bool:
    """Return whether a file is the table of a series, and so no spectrum; False if it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_TABLE_START)) == _TABLE_START
    return False


def check_is_of_series(path: Path) -> None:
    """Check that a file is missing, empty or the lines of a series, so that it may be replaced.

    Raises
    ------
    OutputError
        If it cannot be read, or is something else.
    """
    try:
        if not path.exists():
            return
        if not path.is_file():
            raise OutputError(path, "is not a file; name another one")
        with path.open("rb") as file:
            first = file.readline(_MAX_FIRST_LINE)
    except OSError as error:
        raise OutputError(path, f"cannot be read ({error.strerror or error}); choose another file") from None
    if first and not first.startswith(_TABLE_START) and not _is_json_line(first):
        raise OutputError(path, "exists, and is not of a series, so it is not replaced; choose another file")


def _is_json_line(line: bytes) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and isinstance(row.get(_KEY), str)


def _csv_line(values: Sequence[Any]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow([_cell(value) for value in values])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(":".join(map(str, pair)) for pair in value)
    return cell_text(value) if isinstance(value, str) else value


def signals_of(row: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return shift and area of the unexplained signals of a line that was read back.

    Raises
    ------
    ValueError
        If they are none.
    """
    kept = row.get("unexplained_signals") or []
    pairs = [text.split(":") for text in kept.split()] if isinstance(kept, str) else kept
    return [(float(ppm), float(area)) for ppm, area in pairs]


def _number(text: str | None) -> Any:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text.removeprefix("'")

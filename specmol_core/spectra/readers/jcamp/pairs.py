"""Decode JCAMP-DX tables that state each abscissa: ``(XY..XY)``, peak tables, peak assignments."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.grid import MAX_POINTS
from specmol_core.spectra.readers.jcamp.records import Record
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MAX_PEAKS", "PeakRow", "decode_pairs", "decode_peaks", "first_abscissas", "is_even_grid", "is_list"]

_CHUNK_BYTES = 4 * 1024**2
_HEAD_BYTES = 256 * 1024
"""Bytes of a table that tell peaks from the points of a spectrum."""
_MIN_GRID_POINTS = 64
"""Least number of points of an even grid."""
_MAX_GRID_DEVIATION = 0.05
"""Largest deviation of a point from an even grid (steps)."""
_MAX_ROUNDING = 1.01
"""The same by rounding of the point and the ends (units of the last digit)."""
_MAX_LIST, _MAX_STEP_RATIO = 500, 10.0
"""Most lines of a list; and the ratio of the largest to the median step above which such a table is one."""
_MAX_DECIMALS = 9
MAX_PEAKS = 10_000
"""Largest number of entries of a peak table."""
_MAX_PEAK_BYTES = 16 * 1024**2
_SEPARATORS_TO_BLANK = bytes.maketrans(b",;()\t", b"     ")
_GROUP = re.compile(r"\(([^()]*)\)")
_TABLE_FORM = re.compile(r"\(([A-Z]+)")
_MULTIPLICITY = re.compile(r"[A-Za-z][A-Za-z. ]{0,15}")


@dataclass(frozen=True)
class PeakRow:
    """One entry of a peak table, before its factors are applied."""

    x: float
    y: float
    """1 where the table gives none."""
    width: float | None
    """In the unit of ``x``."""
    multiplicity: str


def decode_pairs(record: Record) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Decode the abscissas and ordinates (n,) of a table ``(XY..XY)``.

    Raises
    ------
    RefusedError
        If a word is not a number, a number has no partner, or there are too many numbers.
    """
    text, line = record.body, record.line + 1
    parts: list[NDArray[np.float64]] = []
    total, start = 0, 0
    while start < len(text):
        end = len(text) if len(text) - start <= _CHUNK_BYTES else text.rfind(b"\n", start, start + _CHUNK_BYTES) + 1
        if end <= start:
            raise RefusedError(f"line {line} is longer than {_CHUNK_BYTES // 1024**2} MB: export the spectrum again")
        chunk = text[start:end]
        parts.append(_numbers(chunk, line))
        total += len(parts[-1])
        if total > 2 * MAX_POINTS:
            raise RefusedError(f"holds more than {MAX_POINTS} points: export fewer points")
        line += chunk.count(b"\n")
        start = end
    numbers = np.concatenate(parts) if parts else np.empty(0)
    if len(numbers) % 2:
        raise RefusedError(f"the table of line {record.line} ends in an abscissa without a value: it is truncated")
    return numbers[::2], numbers[1::2]


def first_abscissas(record: Record) -> NDArray[np.float64]:
    """Decode the abscissas (n,) at the beginning of a table ``(XY..XY)``, enough to tell peaks from points.

    Raises
    ------
    RefusedError
        If a word is not a number.
    """
    head = record.body[:_HEAD_BYTES]
    if len(head) == _HEAD_BYTES:
        head = b" ".join(head.translate(_SEPARATORS_TO_BLANK).split()[:-1])  # the last number may be cut
    return _numbers(head, record.line + 1)[::2]


def is_even_grid(x: NDArray[np.float64]) -> bool:
    """Whether abscissas (n,) are evenly spaced but for rounding, and at least 64.

    >>> is_even_grid(np.linspace(10.0, 0.0, 101)), is_even_grid(np.geomspace(1.0, 10.0, 101))
    (True, False)
    """
    if len(x) < _MIN_GRID_POINTS or not np.isfinite(x).all() or x[0] == x[-1]:
        return False
    step = abs(x[-1] - x[0]) / (len(x) - 1)
    deviation = float(np.abs(x - np.linspace(x[0], x[-1], len(x))).max())
    return bool(deviation <= max(_MAX_GRID_DEVIATION * step, _MAX_ROUNDING * _last_digit(x)))


def is_list(x: NDArray[np.float64]) -> bool:
    """Whether abscissas (n,) are those of single lines rather than of the points of a spectrum.

    The points of a spectrum may be unevenly spaced, and parts of it may be missing.

    >>> is_list(np.array([7.26, 3.71, 1.25])), is_list(np.linspace(10.0, 0.0, 101))
    (True, False)
    """
    if len(x) < _MIN_GRID_POINTS:
        return True
    steps = np.abs(np.diff(np.sort(x)))
    return len(x) <= _MAX_LIST and bool(steps.max() > _MAX_STEP_RATIO * np.median(steps))


def _last_digit(x: NDArray[np.float64]) -> float:
    """Unit of the last digit in which numbers (n,) are written."""
    for decimals in range(_MAX_DECIMALS):
        scaled = x * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max() < 1e-6 * max(1.0, float(np.abs(scaled).max()) * 1e-6):
            return float(10.0**-decimals)
    return float(10.0**-_MAX_DECIMALS)


def _numbers(chunk: bytes, first_line: int) -> NDArray[np.float64]:
    words = chunk.translate(_SEPARATORS_TO_BLANK).split()
    try:
        return np.array(list(map(_number, words)), dtype=np.float64)
    except ValueError:
        pass
    for line, row in enumerate(chunk.split(b"\n"), first_line):
        for word in row.translate(_SEPARATORS_TO_BLANK).split():
            try:
                _number(word)
            except ValueError:
                short_text = word[:40].decode("latin-1")
                raise RefusedError(f"line {line}: {short_text!r} is not a number; export the spectrum again") from None
    raise RefusedError("its table holds words that are not numbers: export the spectrum again")


def _number(word: bytes) -> float:
    number = float(word)
    if not np.isfinite(number) or b"_" in word:
        raise ValueError(word)
    return number


def decode_peaks(record: Record) -> list[PeakRow]:
    """Decode a peak table of any form that begins with X and Y: (XY..XY), (XYW..XYW), (XYMA) etc.

    Raises
    ------
    RefusedError
        If an entry is invalid, or there are too many.
    """
    match = _TABLE_FORM.match(record.form)
    columns = match[1] if match else "XY"
    if not columns.startswith("X"):
        raise RefusedError(
            f"line {record.line}: a peak table of the form {record.form[:40]!r} is not supported: export (XY..XY)"
        )
    if len(record.value) > _MAX_PEAK_BYTES:
        raise RefusedError(f"the peak table of line {record.line} is larger than {_MAX_PEAK_BYTES // 1024**2} MB")
    rows: list[PeakRow] = []
    for line, text in enumerate(record.body.decode("latin-1").split("\n"), record.line + 1):
        for entry in _entries(text, columns):
            rows.append(_row(entry, columns, line))
            if len(rows) > MAX_PEAKS:
                raise RefusedError(f"its peak table holds more than {MAX_PEAKS} peaks: it is not a peak table")
    return rows


def _entries(text: str, columns: str) -> list[list[str]]:
    """The entries of one line, each a list of its fields."""
    if "(" in text:
        return [[part.strip() for part in group.split(",")] for group in _GROUP.findall(text)]
    if columns == "XY" and ";" not in text:
        words = text.replace(",", " ").split()
        return [words[i : i + 2] for i in range(0, len(words), 2)]
    groups = [group for group in text.split(";") if group.strip()]
    return [group.replace(",", " ").split() for group in groups]


def _row(entry: list[str], columns: str, line: int) -> PeakRow:
    fields = dict(zip(columns, entry, strict=False))
    try:
        x = _number(fields["X"].encode("latin-1"))
        y = _number(fields["Y"].encode("latin-1")) if fields.get("Y") else 1.0
        width = _number(fields["W"].encode("latin-1")) if fields.get("W") else None
    except (KeyError, ValueError):
        short_text = ", ".join(entry)[:40]
        raise RefusedError(f"line {line}: {short_text!r} is not a peak; export the spectrum again") from None
    written = fields.get("M", "").strip("<> ")
    return PeakRow(x, y, width, written.lower() if _MULTIPLICITY.fullmatch(written) else "")

"""Decode JCAMP-DX tables that state each abscissa: ``(XY..XY)``, peak tables, peak assignments."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.grid import MAX_POINTS
from specmol_core.spectra.readers.jcamp.records import Record
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["MAX_PEAKS", "PeakRow", "decode_pairs", "decode_peaks", "is_even_grid"]

_CHUNK_BYTES = 4 * 1024**2
_MIN_GRID_POINTS = 64
"""Least number of points of an even grid."""
_MAX_GRID_DEVIATION = 0.2
"""Largest deviation of a step from the mean, relative to it."""
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


def is_even_grid(x: NDArray[np.float64]) -> bool:
    """Whether abscissas (n,) are those of a spectrum: many, evenly spaced, but for rounding. Peaks never are.

    >>> is_even_grid(np.linspace(10.0, 0.0, 101)), is_even_grid(np.geomspace(1.0, 10.0, 101))
    (True, False)
    """
    if len(x) < _MIN_GRID_POINTS:
        return False
    steps = np.diff(x)
    mean = float(steps.mean())
    scaled = next((k for k in range(_MAX_DECIMALS) if np.allclose(x * 10.0**k, np.rint(x * 10.0**k), atol=1e-6)), 9)
    allowed = max(_MAX_GRID_DEVIATION * abs(mean), 1.01 * 10.0**-scaled)
    return mean != 0 and bool(np.isfinite(steps).all() and (np.abs(steps - mean) <= allowed).all())


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

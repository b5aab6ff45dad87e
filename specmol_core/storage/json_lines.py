"""Files of one JSON object per line, of unknown origin and any size, gzipped or not."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from specmol_core.errors import DatasetError
from specmol_core.storage.unpacked import UnpackedStream

__all__ = ["read_json_lines"]

_MAX_LINE_BYTES = 8 << 20
"""Longest line (bytes); the pool of a query with 50 candidates takes about 10,000."""
_MAX_BLANK_LINES = 1_000_000
_GZIP = b"\x1f\x8b"
_REMEDY = "give a file with one JSON object per line, gzipped or not"


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number (from 1) and the object of each line; blank lines are skipped.

    Raises
    ------
    DatasetError
        If the file cannot be read, is damaged, unpacks to far too much, or a line is too long or not an
        object; the message names the line. NaN and infinity are refused, because JSON does not have them.
    """
    number = blank = 0
    try:
        with open(path, "rb") as file:
            packed = file.peek(2).startswith(_GZIP)
            stream = (
                io.BufferedReader(UnpackedStream(file, lambda reason: DatasetError(path, reason))) if packed else file
            )
            while line := cast(BinaryIO, stream).readline(_MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > _MAX_LINE_BYTES:
                    raise DatasetError(path, f"line {number} is longer than {_MAX_LINE_BYTES >> 20} MB; {_REMEDY}")
                if line.strip():
                    blank = 0
                    yield number, _object(path, number, line)
                    continue
                blank += 1
                if blank > _MAX_BLANK_LINES:
                    raise DatasetError(path, f"holds more than {_MAX_BLANK_LINES:,} blank lines in a row; {_REMEDY}")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(path, f"cannot be read after line {number} ({reason}); {_REMEDY}") from None


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise DatasetError(path, f"line {number} is not JSON ({str(error)[:80]}); {_REMEDY}") from None
    if not isinstance(value, dict):
        raise DatasetError(path, f"line {number} is not a JSON object; {_REMEDY}")
    return value


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")

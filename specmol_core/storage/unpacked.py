"""Gzip data of unknown origin as a stream, which ends with an error if they unpack to far too much."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any, BinaryIO

__all__ = ["MAX_RATIO", "UnpackedStream"]

MAX_RATIO = 200
"""Unpacked bytes per packed byte; structures and tables reach 5 to 30, gzip at most 1,032."""
_MIN_CHECKED_BYTES = 256 << 20
"""Unpacked bytes below which any ratio is read."""


class UnpackedStream(io.RawIOBase):
    """The unpacked bytes of gzip data.

    Damage raises ``EOFError``, ``zlib.error`` or ``gzip.BadGzipFile``, after all bytes before it.

    Parameters
    ----------
    packed
        The gzip data.
    too_large
        Makes the error for data that unpack to more than ``MAX_RATIO`` times their size.
    """

    def __init__(self, packed: BinaryIO, too_large: Callable[[str], Exception]) -> None:
        self._packed, self._too_large, self._count = packed, too_large, 0
        self._stream = gzip.GzipFile(fileobj=packed, mode="rb")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read1(len(buffer))  # unlike readinto, it gives what is whole before damage
        buffer[: len(content)] = content
        self._count += len(content)
        if self._count > max(_MIN_CHECKED_BYTES, MAX_RATIO * self._packed.tell()):
            raise self._too_large(f"unpacks to more than {MAX_RATIO} times its size; pack it again")
        return len(content)

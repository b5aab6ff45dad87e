"""Text in UTF-16, UTF-32 or with the line ends of old Macs, read as UTF-8 with line feeds."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO

__all__ = ["RecodedStream", "find_recoding"]

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encoding by byte order mark. A mark of UTF-32 begins with that of UTF-16, so it is searched first."""
_CHUNK_BYTES = 1 << 16


def find_recoding(head: bytes) -> str:
    r"""Return the encoding from which a text must be recoded; empty if it can be read as it is.

    A text with a byte order mark of UTF-16 or UTF-32 has that encoding. Without a mark, a text is UTF-16 if
    nearly every second byte is zero. A text whose lines end with a carriage return alone gives ``latin-1``,
    which keeps all bytes.

    >>> [find_recoding(head) for head in ("CCO".encode("utf-16"), b"C\0C\0", b"CCO\rC\r", b"C\n")]
    ['utf-16', 'utf-16-le', 'latin-1', '']
    """
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[first::2], head[1 - first :: 2]
        if zeros.count(0) > 0.9 * len(zeros) > 0 and others.count(0) < 0.1 * len(others):
            return name
    # A cell of a table may hold line feeds, so the more frequent line end decides.
    returns = head.count(b"\r") - head.count(b"\r\n")
    return "latin-1" if returns > head.count(b"\n") else ""


class RecodedStream(io.RawIOBase):
    """The bytes of a text as UTF-8 with LF line ends; what cannot be decoded becomes U+FFFD.

    Parameters
    ----------
    stream
        The text.
    encoding
        Result of ``find_recoding``, not empty.
    """

    def __init__(self, stream: BinaryIO | io.RawIOBase, encoding: str) -> None:
        self._stream = stream
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._target = "latin-1" if encoding == "latin-1" else "utf-8"
        self._pending = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._pending and not self._ended:
            chunk = self._stream.read(_CHUNK_BYTES) or b""
            self._ended = not chunk
            text = self._decoder.decode(chunk, final=self._ended)
            self._pending = memoryview(text.encode(self._target, "replace"))
        count = min(len(buffer), len(self._pending))
        buffer[:count], self._pending = self._pending[:count], self._pending[count:]
        return count

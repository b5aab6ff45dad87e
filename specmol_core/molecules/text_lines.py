"""Lines of a stream of unknown size and quality, with a limit on the bytes held of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from specmol_core.storage.plain_text import plain_text

__all__ = ["MAX_LINE_BYTES", "clean_name", "decode", "is_truncated", "read_lines"]

MAX_LINE_BYTES = 1 << 20
"""Longest line (bytes). Real molecules need far less; the limit bounds files without line ends."""

_MAX_NAME_LENGTH = 200


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without their line ends (LF or CRLF).

    A line longer than ``MAX_LINE_BYTES`` is cut to ``MAX_LINE_BYTES + 1`` bytes. Errors of the stream
    (``OSError``, ``EOFError``, ``zlib.error``) are raised after all complete lines before them.
    """
    first = True
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_LINE_BYTES)
        else:
            line = line.rstrip(b"\r\n")
        if first:
            line = line.removeprefix(b"\xef\xbb\xbf")
            first = False
        yield line


def is_truncated(line: bytes) -> bool:
    """Whether ``read_lines`` cut this line because it was too long."""
    return len(line) > MAX_LINE_BYTES


def decode(text: bytes) -> str:
    """Decode UTF-8, or Latin-1 if the bytes are not valid UTF-8; it never fails.

    >>> decode(b"caf\\xc3\\xa9"), decode(b"caf\\xe9")
    ('caf\\xe9', 'caf\\xe9')
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def clean_name(text: bytes | str) -> str:
    """Return a record's name as one printable line of bounded length."""
    name = decode(text[: 4 * _MAX_NAME_LENGTH]) if isinstance(text, bytes) else text
    return plain_text(name)[:_MAX_NAME_LENGTH]

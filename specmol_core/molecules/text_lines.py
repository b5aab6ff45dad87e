"""Lines of a stream of unknown size and quality, with a bound on what is held of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from specmol_core.storage.plain_text import plain_text

__all__ = ["MAX_LINE_BYTES", "clean_name", "decode", "is_truncated", "read_lines"]

MAX_LINE_BYTES = 1 << 20
"""Bytes of a line that are kept; real molecules need far fewer, and a file without line ends has no more."""

_MAX_NAME_LENGTH = 200


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends (LF or CRLF). Of a longer line, ``MAX_LINE_BYTES + 1`` bytes are given and the
    rest skipped.

    Errors of the stream (``OSError``, ``EOFError``, ``zlib.error``) pass through, after every whole line before them.
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
    """Whether a line of ``read_lines`` was longer than the limit and lost its end."""
    return len(line) > MAX_LINE_BYTES


def decode(text: bytes) -> str:
    """UTF-8, or Latin-1 for what is none: every byte string has a reading."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def clean_name(text: bytes | str) -> str:
    """A record's name as one printable line of bounded length."""
    name = decode(text[: 4 * _MAX_NAME_LENGTH]) if isinstance(text, bytes) else text
    return plain_text(name)[:_MAX_NAME_LENGTH]

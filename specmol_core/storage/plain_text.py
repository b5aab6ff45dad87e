"""Text of unknown origin as one printable line, and as bytes."""

from __future__ import annotations

__all__ = ["abbreviate", "encode", "plain_text"]


def encode(text: str) -> bytes:
    r"""Encode text as UTF-8; undecodable bytes of a path become ``\udcXX``, which JSON restores."""
    return text.encode("utf-8", "backslashreplace")


def plain_text(text: str) -> str:
    r"""Return the text as one line, with runs of blanks and control characters replaced by a space.

    >>> plain_text("two\nlines\x1b")
    'two lines'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_MAX_LABEL_LENGTH = 48


def abbreviate(text: str) -> str:
    """Return the beginning of a text on one line (at most 48 characters), as a label for messages."""
    line = plain_text(text[: 4 * _MAX_LABEL_LENGTH]).replace("/", "\u2215")
    return line if len(line) <= _MAX_LABEL_LENGTH else line[: _MAX_LABEL_LENGTH - 1].rstrip() + "…"

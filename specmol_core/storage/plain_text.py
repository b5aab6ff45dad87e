"""Text of unknown origin as one printable line, and as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = ["abbreviate", "encode", "plain_text"]


def encode(text: str) -> bytes:
    r"""UTF-8; bytes of a path that are none become ``\udcXX``, which JSON reads back as they were."""
    return text.encode("utf-8", "backslashreplace")


def plain_text(text: str) -> str:
    """One line without control characters: runs of them become a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_MAX_LABEL_LENGTH = 48


def abbreviate(text: str) -> str:
    """The beginning of a text, on one line, to name it by."""
    line = plain_text(text[: 4 * _MAX_LABEL_LENGTH]).replace("/", "\u2215")
    return line if len(line) <= _MAX_LABEL_LENGTH else line[: _MAX_LABEL_LENGTH - 1].rstrip() + "…"

"""Text of unknown origin as one printable line, and as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = ["encode", "plain_text", "shortened"]


def encode(text: str) -> bytes:
    r"""UTF-8; bytes of a path that are none become ``\udcXX``, which JSON reads back as they were."""
    return text.encode("utf-8", "backslashreplace")


def plain_text(text: str) -> str:
    """One line without control characters: runs of them become a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_SHOWN = 48


def shortened(written: str) -> str:
    """The beginning of a text, on one line, to name it by."""
    line = plain_text(written[: 4 * _SHOWN]).replace("/", "\u2215")
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"

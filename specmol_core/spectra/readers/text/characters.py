"""Reduce text as chemists type, paste and export it to plain characters."""

from __future__ import annotations

import contextlib
import re
import unicodedata

from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.readers.text.markup import without_markup

__all__ = ["decode_text", "error_at", "excerpt", "is_text", "line_number", "plain_text"]

_LOOKALIKES = {
    # Dashes, minus signs, and the soft hyphen that some PDF viewers copy in place of a dash.
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u2043\ufe58\ufe63\uff0d\x02", "-"),
    **dict.fromkeys("\u2018\u2019\u201b\u2032\u00b4`\u02b9\u02bc", "'"),
    **dict.fromkeys("\u2033\u201c\u201d\u201f\u02ba", '"'),
    "\u2034": "'''",
    # Greek delta, its look-alikes, and the code that copying from the Symbol font gives.
    **dict.fromkeys("\u1e9f\u2202\u03b4\uf064\U0001d6ff\U0001d739\U0001d6c5", "δ"),
    # Cyrillic and Greek letters typed in place of the Latin ones that look the same.
    **dict(
        zip(
            "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0422\u0425\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0397\u039f",
            "ABCEHIJKMOPTXaceopxyHO",
            strict=True,
        )
    ),
    "\u2550": "=",
    "\u2243": "=",
    "\u2248": "=",
    **dict.fromkeys("\u223c\u301c", "~"),
    # Comma and full stop of Chinese and Japanese.
    "\u3001": ", ",
    "\u3002": ". ",
    "\u2219": "·",
    "\u22c5": "·",
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
    "\r": "",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x0c": "\n",
    "\x0b": "\n",
    "\u0085": "\n",
}
_LOOKALIKE_TABLE = str.maketrans(_LOOKALIKES)
_MOJIBAKE = {
    # UTF-8 that was decoded as Windows-1252.
    "\u00ce\u00b4": "δ",
    "â€“": "-",
    "â€”": "-",
    "âˆ’": "-",
    "â€’": "-",
    "â€\u0090": "-",
    "â€™": "'",
    "â€²": "'",
    "Â°": "°",
    "Â ": " ",
}
_RAISED_POINT = re.compile(r"(?<![\d.·])(\d{1,3})·(\d{1,4})(?![\d·.]|(?!Hz?\b)[A-Za-z])")
"""A decimal point as British journals print it: ``7·26``."""
_MAX_EXCERPT_CHARACTERS = 40
_EAST_ASIAN = ("gb18030", "shift_jis", "euc_kr")
_EAST_ASIAN_MARKS = "δ（），、：；。"  # noqa: RUF001
_MAX_EAST_ASIAN = 4 * 1024**2
"""Largest text whose encoding is sought (bytes)."""


def decode_text(content: bytes) -> str:
    """Decode a file as UTF-8, as UTF-16 if it has a byte order mark, or else as Windows-1252.

    Text of Chinese, Japanese and Korean programs is told by its punctuation.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_east_asian(content) or content.decode("cp1252", errors="replace")


def _decode_east_asian(content: bytes) -> str:
    """The text in the encoding that gives most punctuation of full width; empty if none gives any."""
    found = {}
    for encoding in _EAST_ASIAN if len(content) <= _MAX_EAST_ASIAN else ():
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            found[sum(text.count(mark) for mark in _EAST_ASIAN_MARKS)] = text
    return found.get(max(found, default=0), "") if max(found, default=0) > 1 else ""


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return len(head) > 2
    printable = sum(byte >= 0x20 or byte in b"\t\r\n\f\v" for byte in head)
    return bool(head.strip()) and b"\0" not in head and printable > 0.95 * len(head)


def plain_text(text: str) -> str:
    """Replace markup and typographic characters by plain ones; line breaks of a plain text stay where they are.

    Dashes and minus signs become ``-``, and primes become ``'``. Superscripts and subscripts become
    digits, ligatures become letters, and every space except the tab becomes a blank.

    >>> plain_text("7.30 \u2013 7.26 (\u00b3J = 8.0 Hz)")
    '7.30 - 7.26 (3J = 8.0 Hz)'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "Î" in text or "â€" in text or "Â" in text:
        for wrong, right in _MOJIBAKE.items():
            text = text.replace(wrong, right)
    text = without_markup(text).translate(_LOOKALIKE_TABLE)
    if not text.isascii():
        # NFKC composes letters with their accents; it does not split them.
        text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKE_TABLE)
    return _RAISED_POINT.sub(r"\1.\2", text) if "·" in text else text


def line_number(text: str, position: int) -> int:
    """Number of the line at a position in the text, from 1."""
    return text.count("\n", 0, position) + 1


def excerpt(text: str, position: int) -> str:
    """The words at a position, quoted and shortened for a message of one line."""
    words = " ".join(text[position : position + 3 * _MAX_EXCERPT_CHARACTERS].split())
    words = "".join(char if char.isprintable() else "?" for char in words)
    return repr(words if len(words) <= _MAX_EXCERPT_CHARACTERS else words[: _MAX_EXCERPT_CHARACTERS - 1] + "…")


def error_at(text: str, position: int, reason: str) -> RefusedError:
    """Build an error that names the line and the words at a position in the text."""
    return RefusedError(f"line {line_number(text, position)}, at {excerpt(text, position)}: {reason}")

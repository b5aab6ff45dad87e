"""Bring the text of a sentence to one layout: without quotes, bullets, numbers of items, and dashes between shifts."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.text.characters import decode_text, plain_text

__all__ = ["sentence_text"]

_RANGE_DOTS = re.compile(r"(?<=\d) ?(?:\.{2,3}) ?(?=-?\d)")
_LONG_NAME = re.compile(r"nuclear magnetic resonance(?:\s?\(NMR\))?", re.IGNORECASE)
_BETWEEN = re.compile(r"between (\d{1,2}\.\d{1,3}) and (\d{1,2}\.\d{1,3})(?=\s?[(\[])")
_BULLET = re.compile(r"(?m)^[ ]*[-*•·][ ]+(?=-?\d)")
_ITEM = re.compile(r"(?m)^[ ]*[(\[]?(\d{1,3})[.)\]]{1,2}[ ]+(?=-?\d)")
_MIN_ITEMS = 2
_CHAIN = re.compile(r"(?<![\d.])\d{1,3}\.\d{1,4}(?:\s?-\s?\d{1,3}\.\d{1,4}){2,500}(?![\d.])")
"""Three shifts or more with dashes between them: no range has three ends."""


def sentence_text(content: bytes) -> str:
    """Plain text of a file, in which a range such as ``7.44...7.42`` has a dash, and other dashes separate nothing.

    >>> sentence_text(b"1) 167.3\\n2) 60.3 - 55.4 - 14.4")
    '167.3\\n60.3, 55.4, 14.4'
    """
    text = _RANGE_DOTS.sub("-", plain_text(decode_text(content)).replace("\t", " "))
    text = _BETWEEN.sub(r"\1-\2", _LONG_NAME.sub("NMR", text)).strip()
    if len(text) > 2 and text[0] == text[-1] == '"' and text.count('"') == 2:
        text = text[1:-1]
    return _CHAIN.sub(lambda match: re.sub(r"\s?-\s?", ", ", match[0]), _without_marks(text))


def _without_marks(text: str) -> str:
    """The text without bullets at the beginning of its lines, or without numbers that count them."""
    if len(_BULLET.findall(text)) >= _MIN_ITEMS:
        text = _BULLET.sub("", text)
    numbers = [int(number) for number in _ITEM.findall(text)]
    if len(numbers) >= _MIN_ITEMS and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        text = _ITEM.sub("", text)
    return text

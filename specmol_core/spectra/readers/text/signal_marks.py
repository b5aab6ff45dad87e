"""Recognise text that prints signals as journals do: a shift with words in brackets."""

from __future__ import annotations

import re

__all__ = ["ends_in_label", "prints_signals"]

_SPLITTING = r"(?:br|app)?\.?\s?[sdtqm]{1,4}\b"
_CARBON = r"(?:[A-Za-z]{1,3}-?)?C(?:[\d=-]|H\d?\b|ar|q|\s?[)\],])"
_TIMES = r"[x×]\s?\d\b|\d\s?[x×]"
_WORDS = (
    rf"(?:\d{{1,3}}\s?[HC]\b|{_SPLITTING}|J\b|{_TIMES}|{_CARBON}|(?:\d|two|three|double)\s(?:carbon|signal|C\b|int))"
)
_SHIFT = r"(?<![\w.])-?\d{1,3}[.,]\d{1,4}"
_BRACKET = re.compile(
    rf"{_SHIFT}(?:\s?ppm)?(?:\s(?:br\.?\s)?[sdtqm]{{1,4}})?\s{{0,3}}[(\[](?:[^()\[\]\n]{{0,40}}?(?<![\w.-]))?{_WORDS}"
)
_OPEN = re.compile(
    rf"(?<![\w.])\d{{1,2}}[.,]\d{{1,4}}\s{{0,3}},?\s{{0,3}}(?:\d{{1,2}}H|(?:br\s?)?[sdtqm]{{1,4}})\s?,\s?"
    rf"(?:\d{{1,2}}\s?H|J|[sdtqm]{{1,4}}\b)|{_SHIFT}\s?[x×]\s?\d\b"
)
"""A signal without brackets: ``7.26, d, 2H`` or ``129.7 × 2``."""
_LABEL_AT_END = re.compile(
    rf"{_SHIFT}\s{{0,2}}(?:[(\[](?:[^()\[\]\n]{{0,40}}?(?<![\w.-]))?(?:{_TIMES}|{_CARBON}|(?:\d|two|three|double)\s\w)[^()\[\]\n]{{0,40}}[)\]]?"
    r"\s?(?:[x×]\s?\d)?|[x×]\s?\d)\s?(?:[,;.](?!\d)|$)",
    re.MULTILINE,
)


def prints_signals(text: str) -> bool:
    """Whether a plain text has a shift with a multiplicity, a number of nuclei or a carbon in brackets.

    >>> [prints_signals(text) for text in ("7.26 d (2H, J 8.0 Hz)", "129.7 (C-3)", "129.7 × 2", "7.26 1.0")]
    [True, True, True, False]
    """
    return _BRACKET.search(text) is not None or _OPEN.search(text) is not None


def ends_in_label(text: str) -> bool:
    """Whether a shift with a carbon or a factor is all there is between two separators, as in no table.

    >>> [ends_in_label(text) for text in ("129.7 (C-3), 60.3", "129.7 × 2, 60.3", "129.7 (C-3) 1.0", "129.7 C-3")]
    [True, True, False, False]
    """
    return _LABEL_AT_END.search(text) is not None

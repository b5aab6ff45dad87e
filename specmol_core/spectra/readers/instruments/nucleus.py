"""Names of nuclei in file formats."""

from __future__ import annotations

import re

__all__ = ["nucleus_name"]

_MASS_FIRST = re.compile(r"(\d{1,3})\s*-?\s*([A-Z][a-z]?)")
_SYMBOL_FIRST = re.compile(r"([A-Z][a-z]?)\s*-?\s*(\d{1,3})")
_WORDS = {"hydrogen": "1H", "proton": "1H", "carbon": "13C", "fluorine": "19F", "phosphorus": "31P", "nitrogen": "15N"}
_DEFAULT_ISOTOPE = {"H": "1H", "C": "13C", "F": "19F", "P": "31P"}
_MAX_LENGTH = 64


def nucleus_name(written: str) -> str:
    """Return the name of a nucleus as mass number and symbol; empty where the text names none.

    It parses ``^13C``, ``13C``, ``<1H>``, ``C13``, ``Carbon13``, ``Proton``, ``hydrogen atom`` and
    ``1h``.

    >>> nucleus_name("<1H>"), nucleus_name("Carbon13")
    ('1H', '13C')
    """
    text = re.sub(r"[\^<>()\"'{}\[\]_]", "", written[:_MAX_LENGTH]).strip()
    for word, name in _WORDS.items():
        if text.lower().startswith(word):
            return name
    titled = re.sub(r"[A-Za-z]+", lambda letters: letters.group().capitalize(), text)
    if match := _MASS_FIRST.match(titled):
        return f"{int(match[1])}{match[2]}"
    if match := _SYMBOL_FIRST.match(titled):
        return f"{int(match[2])}{match[1]}"
    return _DEFAULT_ISOTOPE.get(titled, "")

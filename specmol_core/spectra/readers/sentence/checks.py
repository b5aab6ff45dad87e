"""Check what a sentence lists: rows of a table in one line, several forms of a compound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specmol_core.spectra.readers.lists.number_order import check_bare_numbers
from specmol_core.spectra.readers.sentence.scan import PrintedSignal

__all__ = ["check_order", "forms_warning"]

_WHOLE = re.compile(r"-?\d{1,3}(?![\d.]|\s?-\s?\d)")
_KINDS = r"(?:isomers?|forms?|rotamers?|conformers?|diastere\w+|anomers?|tautomers?|epimers?|enantiomers?)"
_NAMED_FORM = re.compile(
    rf"(?<![\w-])(E|Z|cis|trans|syn|anti|endo|exo|keto|enol|[αβ]|A|B|I{{1,3}}|[12]|major|minor)[-\s(]{{1,3}}{_KINDS}(?!\w)"
    rf"|(?<!\w){_KINDS}\s?[-(]?\s?(A|B|[12]|I{{1,3}})(?!\w)"
    r"|(?<!\w)(major|minor|keto|enol)(?!\w)",
    re.IGNORECASE,
)
_MIXTURE = re.compile(r"(?<!\w)(?:rotamers|diastereo(?:mers|isomers)|conformers|anomers|tautomers|epimers)(?!\w)")


def forms_warning(text: str) -> list[str]:
    """Return a warning if a text names several forms of a compound, such as rotamers; else nothing.

    >>> forms_warning("Major rotamer: 7.30 (m, 5H). Minor rotamer: 7.28 (m, 5H)")
    ['the text names several forms of a compound (major, minor): all its shifts were read as one list']
    """
    named = {(match[1] or match[2] or match[3]).lower(): None for match in _NAMED_FORM.finditer(text)}
    mixture = _MIXTURE.search(text)
    if len(named) < 2 and mixture is None and not named.keys() & {"major", "minor"}:
        return []
    names = ", ".join(list(named)[:4]) if named else mixture[0] if mixture else ""
    return [f"the text names several forms of a compound ({names}): all its shifts were read as one list"]


def check_order(signals: Sequence[PrintedSignal], text: str, *, is_headed: bool) -> list[str]:
    """Return warnings about the order of the shifts, which authors sort.

    Parameters
    ----------
    text
        The text that holds the signals, with the positions they name.
    is_headed
        Whether a heading says that these are shifts.

    Raises
    ------
    RefusedError
        If the numbers are those of a table.
    """
    whole = [not signal.words and _WHOLE.match(text, signal.position) is not None for signal in signals]
    is_bare = not any(signal.words for signal in signals)
    return check_bare_numbers([signal.ppm for signal in signals], whole, is_bare=is_bare, is_headed=is_headed)

"""Give the words of a sentence to the shifts that they are about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from specmol_core.spectra.readers.sentence.scan import PrintedSignal
from specmol_core.spectra.readers.text.attributes import (
    Attributes,
    number_of_positions,
    parse_attributes,
    resolve_bare_numbers,
    without_couplings,
)

__all__ = ["joined_lines", "stated_attributes"]

_GROUP_COUNT = re.compile(
    r"(?<![\w.-])\d{1,2}\s?[x×*·]?\s?(?:[A-Z][a-zA-Z]?-?)?C(?:[A-Z=≡-]|H|\(|ar|q)|signals|carbons"
)
_COUNT_AT_END = re.compile(r"(?<![\w.])(\d{1,2})\s?H\s?[,:]?\s?(?:at\s)?(?:δ\s?)?$")
_PREAMBLE_END = re.compile(r"[δ:]")
_MIN_JOINED_HZ = 15.0
"""Least coupling of a 13C multiplet whose lines may be printed as shifts (Hz)."""
_LINES = {"": 2, "d": 2, "t": 3, "q": 4}


def stated_attributes(
    signals: Sequence[PrintedSignal], attributes: list[Attributes], nucleus: str, preamble: str
) -> list[Attributes]:
    """Return what a sentence states about each shift.

    Parameters
    ----------
    attributes
        The words after each shift.
    preamble
        Text from the heading to the first shift.
    """
    if nucleus != "1H":
        return _without_shared_counts(signals, attributes)
    moved = _words_before(signals, attributes, preamble)
    if moved is not attributes:
        return resolve_bare_numbers(moved)
    return _counts_before(_share_words(signals, resolve_bare_numbers(attributes)), preamble)


def _words_before(signals: Sequence[PrintedSignal], attributes: list[Attributes], preamble: str) -> list[Attributes]:
    """Move all words to the next shift where they are before it, as in ``(1H, d) 7.64, (2H, d) 7.47``."""
    if len(signals) < 2 or signals[-1].words or not all(attributes[:-1]):
        return attributes
    first = parse_attributes(_PREAMBLE_END.split(preamble)[-1].strip(" ()[],;"), "1H")
    return [first, *attributes[:-1]] if first.multiplicity and first.count is not None else attributes


def _counts_before(attributes: list[Attributes], preamble: str) -> list[Attributes]:
    """Give each shift the count before it where the list begins with one, as in ``1H, 7.64 (d); 2H, 7.47 (d)``."""
    first = _COUNT_AT_END.search(preamble)
    is_counted_before = first is not None and len(attributes) > 1 and attributes[-1].count is None
    if first is None or not is_counted_before or any(words.count is None for words in attributes[:-1]):
        return attributes
    counts = [float(first[1]), *(words.count for words in attributes[:-1])]
    return [replace(words, count=count) for words, count in zip(attributes, counts, strict=True)]


def _share_words(signals: Sequence[PrintedSignal], attributes: list[Attributes]) -> list[Attributes]:
    """Apply the words after several shifts, as in ``1.8 and 2.2 (s, 4H)``, to each of them.

    The protons are divided among the shifts.
    """
    result = list(attributes)
    pending = 0
    for index, words in enumerate(attributes):
        if not signals[index].words:
            pending += 1
            continue
        if pending and words:
            count = words.count if words.count is None or words.is_per_shift else words.count / (pending + 1)
            for shared_index in range(index - pending, index + 1):
                result[shared_index] = replace(words, count=count)
        pending = 0
    return result


def _without_shared_counts(signals: Sequence[PrintedSignal], attributes: list[Attributes]) -> list[Attributes]:
    """Forget counts that may belong to several shifts, as in ``25.6, 40.1 (2CH2)`` and ``167.3, 161.3 (C-1, C-4)``."""
    result = list(attributes)
    shared = 1
    for index, words in enumerate(attributes):
        if not signals[index].words:
            shared += 1
            continue
        text = without_couplings(", ".join(signals[index].words))
        if (
            words.count is not None
            and shared > 1
            and (_GROUP_COUNT.search(text) or number_of_positions(text) == shared)
        ):
            result[index] = replace(words, count=None)
        shared = 1
    return result


def joined_lines(
    signals: Sequence[PrintedSignal], attributes: Sequence[Attributes], frequency_mhz: float | None, decimals: int
) -> tuple[list[PrintedSignal], list[Attributes], list[str]]:
    """Join 13C shifts that are the lines of one multiplet, as in ``163.7, 161.3 (d, J = 247 Hz)``.

    Parameters
    ----------
    frequency_mhz
        Stated frequency; without one, nothing is joined.
    decimals
        Decimals of the printed shifts, which limit how well their distance fits the coupling.

    Returns
    -------
    The signals, the words about each, and a note on each that was joined.
    """
    found: list[PrintedSignal] = []
    stated: list[Attributes] = []
    notes: list[str] = []
    for signal, words in zip(signals, attributes, strict=True):
        lines = [*found[1 - _LINES.get(words.multiplicity, 1) :], signal] if len(words.couplings_hz) == 1 else [signal]
        if len(lines) == _LINES.get(words.multiplicity) and _are_one_multiplet(
            lines, words.couplings_hz[0], frequency_mhz, decimals
        ):
            shown = ", ".join(f"{line.ppm:g}" for line in lines)
            notes.append(f"{shown} were read as the lines of one carbon (J = {words.couplings_hz[0]:g} Hz)")
            middle = round(sum(line.ppm for line in lines) / len(lines), 4)
            signal = PrintedSignal(middle, middle, lines[0].position, signal.words)
            del found[1 - len(lines) :], stated[1 - len(lines) :]
        found.append(signal)
        stated.append(words)
    return found, stated, notes


def _are_one_multiplet(
    lines: Sequence[PrintedSignal], coupling_hz: float, frequency_mhz: float | None, decimals: int
) -> bool:
    """Whether lines, of which only the last has words, are apart by the coupling."""
    if frequency_mhz is None or coupling_hz < _MIN_JOINED_HZ or any(line.words for line in lines[:-1]):
        return False
    tolerance = 1.0 + frequency_mhz * 10.0**-decimals
    distances = [abs(a.ppm - b.ppm) * frequency_mhz for a, b in pairwise(lines)]
    return all(abs(distance - coupling_hz) <= tolerance for distance in distances)

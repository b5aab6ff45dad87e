"""Parse the shifts of one sentence, each with the words about it."""

from __future__ import annotations

import re

from specmol_core.spectra.readers.sentence.brackets import (
    CLOSING_BRACKETS,
    OPENING_BRACKETS,
    closing_brackets,
    next_signal,
)
from specmol_core.spectra.readers.sentence.numbers import take_number
from specmol_core.spectra.readers.sentence.paragraphs import ends_list
from specmol_core.spectra.readers.sentence.scan import PrintedSignal, SentenceScan
from specmol_core.spectra.readers.sentence.tokens import (
    DELTA_SYMBOL,
    MAX_WORDS,
    SHIFT_LIST,
    WORD,
    is_attribute,
    is_label,
)
from specmol_core.spectra.readers.text.attributes import COUPLING, coupling_end
from specmol_core.spectra.readers.text.characters import error_at, excerpt, line_number
from specmol_core.spectra.readers.text.conditions import conditions
from specmol_core.spectra.readers.text.headings import match_other_method
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["MAX_SIGNALS", "parse_signals"]

MAX_SIGNALS = 5000
"""Largest number of signals in one sentence."""

_MAX_OTHER_NUMBERS, _MAX_OTHER_SHARE = 2, 0.15
"""Numbers, and their share of the shifts, up to which numbers that are no shifts are misprints."""
_FACTOR = re.compile(r"(\d{1,2})\s?[x×]\s?(?=\d{1,3}\.\d)")
"""Number of carbons before their shift, as in ``2 × 129.7``."""
_TIMES = re.compile(r"[x×*]\s?\d{1,2}(?!\d|\.\d)")
_SPACE = re.compile(r"[\s,;:.·|&+*=/'\"!?<>~_^-]+?(?=-?[^\s,;:.·|&+*=/'\"!?<>~_^-])|[\s,;:.·|&+*=/'\"!?<>~_^-]+")
_CONNECTING_WORDS = frozenset(
    ("and", "und", "y", "et", "or", "d", "each", "je", "as", "at", "in", "δ", "delta", "both", "also", "vs", "oder")
)
_LITERATURE = re.compile(r"\s?[\[(]?[Ll]it(?:\.|erature|\s)")
_TEMPERATURE = re.compile(r"\s?(?:at )?\d{2,3}(?:\.\d)?\s?(?:K|°\s?C)\s?")
_CORRELATED = re.compile(r"(?<![A-Za-z])δ\s?_?[HC]\s?=?\s?\d{1,3}\.\d")
_DECIMAL = re.compile(r"(?<![\d.])\d{1,3}\.\d")
_LOST_SHIFT = re.compile(r"(?<![\w.])-?\d{1,3}\.\d{1,4}(?![\d.])")
"""A shift in a word that no blank separates from the signal before."""


def parse_signals(text: str, start: int, end: int, nucleus: Nucleus) -> tuple[list[PrintedSignal], list[str]]:
    """Return the shifts of the sentence in part of a plain text, and notes on repairs.

    Parameters
    ----------
    start
        Position of the first shift.

    Raises
    ------
    RefusedError
        If a word between the shifts does not belong to such a sentence, or many numbers are no
        shifts; the message names the line and the word.
    """
    decimals = sum(1 for _ in _DECIMAL.finditer(text, start, min(end, start + 2000))) >= 2
    scan = SentenceScan(text, nucleus, start, end, closing_brackets(text, start, end), decimals)
    while scan.position < scan.end and _step(scan):
        if len(scan.printed_signals) > MAX_SIGNALS:
            raise error_at(
                text, scan.printed_signals[-1].position, f"more than {MAX_SIGNALS} shifts, which no spectrum has"
            )
    if scan.other_numbers > max(_MAX_OTHER_NUMBERS, _MAX_OTHER_SHARE * len(scan.printed_signals)):
        raise error_at(
            text,
            start,
            f"{scan.other_numbers} of its {scan.other_numbers + len(scan.printed_signals)} numbers are no shifts: a "
            "table in an unknown form? name its columns ppm, intensity, nH, multiplicity, J",
        )
    return scan.printed_signals, scan.notes


def _step(scan: SentenceScan) -> bool:
    """Consume one piece of the sentence; False at its end."""
    text, at = scan.text, scan.position
    if match_other_method(text, at):
        return False
    if text[at] in OPENING_BRACKETS:
        _bracket(scan)
    elif text[at] in CLOSING_BRACKETS:
        scan.position += 1
    elif match := COUPLING.match(text, at, scan.end):
        end = coupling_end(match)
        scan.add_words(text[at:end])
        scan.position = end
    elif match := DELTA_SYMBOL.match(text, at, scan.end):
        scan.is_attached, scan.position = False, match.end()
    elif scan.is_attached and (match := _TIMES.match(text, at, scan.end)):
        scan.add_words(match[0])
        scan.position = match.end()
    elif scan.nucleus == "13C" and not scan.is_attached and (match := _FACTOR.match(text, at, scan.end)):
        scan.position = match.end()
        if take_number(scan):
            scan.add_words(f"{match[1]} x")
    elif take_number(scan):
        pass
    elif match := _SPACE.match(text, at, scan.end):
        if scan.printed_signals and scan.decimals and ends_list(text, at, match.end()):
            return False
        scan.is_attached = scan.is_attached and not any(mark in match[0] for mark in ",;:.")
        scan.position = match.end()
    else:
        return _word(scan)
    return True


def _bracket(scan: SentenceScan) -> None:
    """Consume a bracket as words about the last shift."""
    text, at = scan.text, scan.position
    close = scan.closing.get(at)
    end = scan.end if close is None else close
    if not scan.is_attached and SHIFT_LIST.fullmatch(text, at + 1, end):
        # Brackets around several shifts.
        scan.position = at + 1
        return
    is_quoted = close is not None and _LITERATURE.match(text, at + 1, end) is not None
    cut = None if is_quoted else next_signal(text, at + 1, end, scan.nucleus, close is not None)
    if cut is not None:
        scan.notes.append(
            f"line {line_number(text, at)}: the bracket at {excerpt(text, at)} is not closed; the next shift ends it"
        )
        end, close = cut, None
    elif close is None and _DECIMAL.search(text, at, end) and len(text[at:end]) > 200:
        raise error_at(text, at, "this bracket is never closed: close it")
    if scan.printed_signals and text[:at].endswith(("δ", "δ ")) and conditions(text[at:end], scan.nucleus).solvent:
        raise error_at(text, at, "a second list in a solvent of its own: give one of the lists alone")
    if scan.printed_signals and _TEMPERATURE.fullmatch(text, at + 1, end) and _DECIMAL.search(text, end, scan.end):
        raise error_at(text, at, "a second list at a temperature of its own: give one of the lists alone")
    if _CORRELATED.search(text, at, end):
        raise error_at(
            text, at, "a shift of another atom in brackets, as in running text: give the list of shifts alone"
        )
    scan.add_words(text[at + 1 : end])
    scan.position = end + (close is not None)


def _word(scan: SentenceScan) -> bool:
    """Consume a word outside brackets; False where it ends the sentence."""
    text, at = scan.text, scan.position
    match = WORD.match(text, at, scan.end)
    if match is None:
        scan.position += 1
        return True
    word = match[0]
    if word.lower() in ("and", "und", "y", "et", "or"):
        scan.is_attached, scan.position = False, match.end()
        return True
    if scan.is_attached and (lost := _LOST_SHIFT.search(word)):
        scan.other_numbers += 1
        scan.notes.append(f"line {line_number(text, at)}: {lost[0]} of {word[:30]!r} was not read: check the text")
    if word.lower().rstrip(".") == "ppm":
        pass
    elif scan.is_attached or is_attribute(word):
        scan.add_words(word)
        word_list = scan.printed_signals[-1].words if scan.printed_signals else []
        if len(word_list) > MAX_WORDS and scan.is_attached:
            raise error_at(text, at, "running prose, not the list of shifts of an experimental section")
    elif (
        word.lower().strip("-.") not in _CONNECTING_WORDS
        and not is_label(word)
        and text[match.end() : match.end() + 1] != ":"
    ):
        if _ends_sentence(scan):
            return False
        raise error_at(text, at, f"the word {word[:30]!r} does not belong to a list of shifts")
    scan.is_after_label = any(char.isdigit() for char in word) and not scan.is_attached
    scan.position = match.end()
    return True


def _ends_sentence(scan: SentenceScan) -> bool:
    """Whether an unknown word is past the list.

    It is after a full stop or an empty line, or if no shift follows.
    """
    before = scan.text[max(0, scan.position - 80) : scan.position]
    if not scan.printed_signals:
        return False
    if before.rstrip().endswith(".") or re.search(r"\n\s*\n\s*$", before):
        return True
    return _DECIMAL.search(scan.text, scan.position, scan.end) is None

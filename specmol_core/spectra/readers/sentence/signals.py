"""Parse the shifts of one sentence, each with the words about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from specmol_core.spectra.readers.sentence.brackets import (
    CLOSING_BRACKETS,
    OPENING_BRACKETS,
    closing_brackets,
    next_signal,
)
from specmol_core.spectra.readers.sentence.paragraphs import ends_list
from specmol_core.spectra.readers.sentence.ranges import MAX_RANGE_PPM, shift_ends
from specmol_core.spectra.readers.sentence.tokens import (
    DELTA_SYMBOL,
    MAX_WORDS,
    SHIFT,
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

__all__ = ["MAX_SIGNALS", "PrintedSignal", "parse_signals"]

MAX_SIGNALS = 5000
"""Largest number of signals in one sentence."""

_MAX_OTHER_NUMBERS, _MAX_OTHER_SHARE = 2, 0.15
"""Numbers, and their share of the shifts, up to which numbers that are no shifts are misprints."""
_REGION = re.compile(r"\s{0,2}[(\[]")
"""Words after a range: a region of several carbons."""
_DECIMAL_COMMA = re.compile(
    r"(?=[\d.]{1,5}(?:\s?-\s?\d{1,3})?,\d)(?P<first>\d{1,3}[.,]\d{1,2})(?:\s?-\s?(?P<second>\d{1,3}[.,]\d{1,2}))?"
    r"(?=\s{0,2}[,;(\[]|\s(?:and|ppm)\b|\.?\s{0,3}$)"
)
_RUN = re.compile(r"\d[\d.]*\d|\d")
_PLAIN_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,5})?|(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}")
_FACTOR = re.compile(r"(\d{1,2})\s?[x×]\s?(?=\d{1,3}\.\d)")
"""Number of carbons before their shift, as in ``2 × 129.7``."""
_TIMES = re.compile(r"[x×*]\s?\d{1,2}(?!\d|\.\d)")
_UNIT = re.compile(
    r"\s?(?:M?Hz\b|MHZ|Mhz|°|º|%|mgs?\b|m[lLM]\b|mmol|scans|min\b|nm\b|cm\b|K\b|[x×]\s?\d?[A-Z(])|H(?![a-z])"
)
_COUNTED = re.compile(r"\s?[HC](?=[\s,;)\].]|$)|[A-Za-z'\"]|-\s?[A-Za-z(]|\s?[x×*]")
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


@dataclass
class PrintedSignal:
    """One printed shift, or range of shifts."""

    high: float
    """Shift (ppm); the larger end of a range."""
    low: float
    position: int
    """Position in the text."""
    words: list[str] = field(default_factory=list)
    """Words about it: the contents of brackets, and words outside them."""

    @property
    def ppm(self) -> float:
        """Middle of the range (ppm)."""
        return round((self.high + self.low) / 2, 5)


@dataclass
class _SentenceScanner:
    """State of the scan along one sentence."""

    text: str
    nucleus: Nucleus
    position: int
    end: int
    closing: dict[int, int]
    decimals: bool
    """Whether the shifts of this sentence are printed with decimals."""
    printed_signals: list[PrintedSignal] = field(default_factory=list)
    is_attached: bool = False
    """Whether the next words belong to the last shift: no separator follows it."""
    is_after_label: bool = False
    """Whether a label is directly before; a bare integer continues it."""
    notes: list[str] = field(default_factory=list)
    other_numbers: int = 0
    """Numbers between the shifts that cannot be shifts."""

    def add_words(self, words: str) -> None:
        if self.printed_signals:
            self.printed_signals[-1].words.append(words)


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
    scan = _SentenceScanner(text, nucleus, start, end, closing_brackets(text, start, end), decimals)
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


def _step(scan: _SentenceScanner) -> bool:
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
        if _number(scan):
            scan.add_words(f"{match[1]} x")
    elif _number(scan):
        pass
    elif match := _SPACE.match(text, at, scan.end):
        if scan.printed_signals and scan.decimals and ends_list(text, at, match.end()):
            return False
        scan.is_attached = scan.is_attached and not any(mark in match[0] for mark in ",;:.")
        scan.position = match.end()
    else:
        return _word(scan)
    return True


def _number(scan: _SentenceScanner) -> bool:
    """Consume a number: a shift, part of the bracket before it, or neither; False for a word."""
    text, at = scan.text, scan.position
    if scan.decimals and (comma_match := _DECIMAL_COMMA.match(text, at, scan.end)) and "," in comma_match[0]:
        scan.notes.append(f"line {line_number(text, at)}: {comma_match[0]} was read with decimal points")
        _add_signal(
            scan,
            comma_match["first"].replace(",", "."),
            (comma_match["second"] or "").replace(",", "."),
            comma_match.end(),
        )
        return True
    run = _RUN.match(text, at, scan.end)
    if run is not None and text[at - 1 : at] in tuple(CLOSING_BRACKETS) and run[0].isdigit():
        scan.position = run.end()
        return True
    if run is not None and not _PLAIN_NUMBER.fullmatch(run[0]) and not _UNIT.match(text, run.end()):
        scan.other_numbers += 1
        scan.notes.append(
            f"line {line_number(text, at)}: {run[0][:20]} is not a shift and was left out: check the text"
        )
        scan.position = run.end()
        return True
    match = SHIFT.match(text, at, scan.end)
    if match is None or (not match["ppm"] and _UNIT.match(text, match.end())):
        return False
    bare = "." not in match["first"] and not match["ppm"]
    if bare and (_COUNTED.match(text, match.end()) or (scan.is_after_label and scan.decimals)):
        return False
    _add_signal(scan, match["first"], match["second"] or "", match.end())
    return True


def _add_signal(scan: _SentenceScanner, first: str, second: str, end: int) -> None:
    ends, notes = shift_ends(first, second, scan.nucleus, is_first=not scan.printed_signals)
    scan.notes += notes
    is_wide = max(ends) - min(ends) > MAX_RANGE_PPM[scan.nucleus]
    if is_wide and scan.nucleus == "13C" and "." in second and not _REGION.match(scan.text, end):
        scan.notes.append(f"{first} - {second} was read as two shifts: no 13C signal is as wide")
        scan.printed_signals += [PrintedSignal(ppm, ppm, scan.position) for ppm in ends]
    else:
        if is_wide:
            scan.notes.append(f"the range {first}-{second} is wide: it may be two shifts, or a misprint")
        scan.printed_signals.append(PrintedSignal(max(ends), min(ends), scan.position))
    scan.position = end
    scan.is_attached, scan.is_after_label = True, False


def _bracket(scan: _SentenceScanner) -> None:
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


def _word(scan: _SentenceScanner) -> bool:
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


def _ends_sentence(scan: _SentenceScanner) -> bool:
    """Whether an unknown word is past the list.

    It is after a full stop or an empty line, or if no shift follows.
    """
    before = scan.text[max(0, scan.position - 80) : scan.position]
    if not scan.printed_signals:
        return False
    if before.rstrip().endswith(".") or re.search(r"\n\s*\n\s*$", before):
        return True
    return _DECIMAL.search(scan.text, scan.position, scan.end) is None

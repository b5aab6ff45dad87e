"""Parse one sentence into the peak list that it states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.numeric_columns import is_sorted
from specmol_core.spectra.readers.sentence.checks import check_order, forms_warning
from specmol_core.spectra.readers.sentence.left_out import named_contaminants
from specmol_core.spectra.readers.sentence.preamble import first_shift
from specmol_core.spectra.readers.sentence.scan import PrintedSignal
from specmol_core.spectra.readers.sentence.shared_words import joined_lines, stated_attributes
from specmol_core.spectra.readers.sentence.signals import parse_signals
from specmol_core.spectra.readers.text.attributes import Attributes, parse_attributes
from specmol_core.spectra.readers.text.characters import error_at, line_number
from specmol_core.spectra.readers.text.conditions import Conditions, conditions
from specmol_core.spectra.readers.text.headings import Section
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["Sentence", "parse_section", "repair_numbers"]

_COMMA = re.compile(r"(?<=\d),(?=\d)")
_DIGIT_OF_LETTER = str.maketrans("lIO", "110")
_COMMA_RUN = re.compile(r"(?<![\d.,])\d{1,3},\d{1,2}(?:,\d{1,3},\d{1,2}){1,200}(?![\d.,])")
"""Shifts with decimal commas and commas between them, without a blank."""
_COMMA_NUMBER = re.compile(r"(?<![\d.,])-?\d{1,3},\d{1,3}(?![\d.,])(?!\s?-[A-Za-z])|(?<![\d.,])\d{1,3},\d{1,3}(?=,\s)")
_DECIMALS = re.compile(r"(?<![\d.])\d{1,3}\.(\d{1,4})(?!\d)")
_POINT_NUMBER = re.compile(r"(?<![\d.])\d{1,3}\.\d")
_NUMBER_AT_END = re.compile(r"(?<![\w.])\d{3,5}[,;]\s?$")
"""A number with too many digits, before the first shift."""
_LETTER_DIGIT = re.compile(r"(?<![\w.])(?:\d?[lIO]|[lIO]\d)(?=\.\d{1,3}\s?(?:[(\[,;]|-\s?\d))")
"""Letters that a program for scanned text puts in place of 1 and 0."""
_SPACED_POINT = re.compile(
    r"(?<![\d.])(?<!\d,)(?<!\.\d\s)(\d{1,3})(?: \.|\.[ \n])(\d{1,3})(?=\s{0,2}(?:[,;(\[]|\.?\s{0,3}$))"
)


@dataclass(frozen=True)
class Sentence:
    """The content of one sentence of an experimental section."""

    nucleus: str
    """Nucleus as its heading names it; empty without a heading."""
    line: int
    """Number of the line where it begins, from 1."""
    conditions: Conditions
    peaks: tuple[Peak, ...]
    """Peaks in the printed order; ``height`` is the number of nuclei, or 1."""
    notes: tuple[str, ...]
    """Repairs that were made to parse it."""
    hetero_coupled: tuple[bool, ...]
    """For each peak, whether a coupling to another element than hydrogen is stated."""


def parse_section(
    text: str, section: Section, nucleus: Nucleus, frequency_mhz: float, repaired: str | None = None
) -> Sentence:
    """Parse the sentence of one section of a plain text.

    Parameters
    ----------
    repaired
        The text after ``repair_numbers``; None repairs this section. Give it if there are many
        sections, because each repair copies the text.
    nucleus
        Nucleus of the sentence.
    frequency_mhz
        Frequency that converts the width of a printed range to Hz where the sentence states none
        (MHz).

    Raises
    ------
    RefusedError
        If the section is not such a sentence; the message names the line and the word.
    """
    repaired = repair_numbers(text, [section]) if repaired is None else repaired
    start = first_shift(repaired, section.body, section.end)
    found_signals, notes = parse_signals(repaired, start, section.end, nucleus)
    if not found_signals:
        raise error_at(text, start, "no shift follows this heading")
    preamble = text[section.body : start]
    stated = _stated_conditions(preamble, found_signals[-1], nucleus)
    if lost := _NUMBER_AT_END.search(preamble):
        notes.append(f"{lost[0].strip(' ,;')} before the first shift was not read: check the text")
    if nucleus == "1H" and "τ" in preamble:
        raise error_at(text, section.start, "its shifts are on the τ scale: give δ, which is 10 - τ")
    notes += check_order(found_signals, repaired, is_headed=section.nucleus != "")
    notes += forms_warning(text[section.body : found_signals[-1].position] + ", ".join(found_signals[-1].words))
    all_attributes = [parse_attributes(", ".join(signal.words), nucleus) for signal in found_signals]
    if nucleus == "13C":
        decimals = max((len(digits) for digits in _DECIMALS.findall(repaired, start, section.end)), default=0)
        found_signals, all_attributes, joined = joined_lines(
            found_signals, all_attributes, stated.frequency_mhz, decimals
        )
        notes += joined
    resolved = stated_attributes(found_signals, all_attributes, nucleus, repaired[section.body : start])
    peaks = _peaks(found_signals, resolved, stated.frequency_mhz or frequency_mhz)
    dropped, dropped_notes = named_contaminants(found_signals, all_attributes, nucleus, stated)
    kept = [index for index in range(len(peaks)) if index not in dropped]
    return Sentence(
        section.nucleus,
        line_number(text, section.start),
        stated,
        tuple(peaks[index] for index in kept),
        (*notes, *dropped_notes),
        tuple(all_attributes[index].hetero_coupled for index in kept),
    )


def _stated_conditions(preamble: str, last: PrintedSignal, nucleus: str) -> Conditions:
    """Conditions before the first shift, or else in brackets after the last one."""
    stated = conditions(preamble, nucleus)
    if stated.frequency_mhz is None and stated.solvent is None and last.words and "MHz" in last.words[-1]:
        return conditions(last.words[-1], nucleus)
    return stated


def repair_numbers(text: str, sections: Sequence[Section]) -> str:
    """Repair decimal commas and split numbers in sections; no character changes its position.

    Parameters
    ----------
    sections
        Sections that do not overlap.
    """
    pieces, at = [], 0
    for section in sorted(sections, key=lambda section: section.body):
        if section.body >= at:
            pieces += [text[at : section.body], _repaired(text[section.body : section.end])]
            at = section.end
    return "".join((*pieces, text[at:]))


def _repaired(body: str) -> str:
    body = _LETTER_DIGIT.sub(lambda match: match[0].translate(_DIGIT_OF_LETTER), body)
    commas = sum(1 for _ in _COMMA_NUMBER.finditer(body))
    points = sum(1 for _ in _POINT_NUMBER.finditer(body))
    if commas > 2 * points:
        body = _COMMA.sub(".", body)
    elif points == 0:
        body = _COMMA_RUN.sub(_decimal_commas, body)
    return _SPACED_POINT.sub(lambda match: f"{match[1]}.{match[2]} ", body)


def _decimal_commas(run: re.Match[str]) -> str:
    """Numbers between commas as shifts with decimals, if these are in order and the numbers by themselves are not."""
    numbers = run[0].split(",")
    shifts = [f"{whole}.{decimals}" for whole, decimals in zip(numbers[::2], numbers[1::2], strict=True)]
    return (
        ",".join(shifts) if is_sorted([float(n) for n in shifts]) > is_sorted([float(n) for n in numbers]) else run[0]
    )


def _peaks(found_signals: list[PrintedSignal], stated: list[Attributes], frequency_mhz: float) -> list[Peak]:
    peaks = []
    for signal, words in zip(found_signals, stated, strict=True):
        width = round((signal.high - signal.low) * frequency_mhz, 2) or words.width_hz
        peaks.append(Peak(signal.ppm, words.count or 1.0, width, words.multiplicity, words.couplings_hz, words.count))
    return peaks

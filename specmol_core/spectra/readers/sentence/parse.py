"""Parse one sentence into the peak list that it states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.sentence.left_out import named_contaminants
from specmol_core.spectra.readers.sentence.preamble import first_shift
from specmol_core.spectra.readers.sentence.signals import PrintedSignal, parse_signals
from specmol_core.spectra.readers.text.attributes import (
    Attributes,
    parse_attributes,
    resolve_bare_numbers,
    without_couplings,
)
from specmol_core.spectra.readers.text.characters import error_at, line_number
from specmol_core.spectra.readers.text.conditions import Conditions, conditions
from specmol_core.spectra.readers.text.headings import Section

__all__ = ["Sentence", "parse_section", "repair_numbers"]

_COMMA = re.compile(r"(?<=\d),(?=\d)")
_COMMA_NUMBER = re.compile(r"(?<![\d.,])-?\d{1,3},\d{1,3}(?![\d.,])(?!\s?-[A-Za-z])|(?<![\d.,])\d{1,3},\d{1,3}(?=,\s)")
_GROUP_COUNT = re.compile(
    r"(?<![\w.-])\d{1,2}\s?[x×*·]?\s?(?:[A-Z][a-zA-Z]?-?)?C(?:[A-Z=≡-]|H|\(|ar|q)|signals|carbons"
)
_COUNT_AT_END = re.compile(r"(?<![\w.])(\d{1,2})\s?H\s?[,:]?\s?(?:at\s)?(?:δ\s?)?$")
_POINT_NUMBER = re.compile(r"(?<![\d.])\d{1,3}\.\d")
_SPACED_POINT = re.compile(r"(?<![\d.])(?<!\d,)(?<!\.\d\s)(\d{1,3})(?: \.|\.[ \n])(\d{1,3})(?=\s{0,2}[,;(\[])")


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
    text: str, section: Section, nucleus: str, frequency_mhz: float, repaired: str | None = None
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
    stated = conditions(text[section.body : start], nucleus)
    all_attributes = [parse_attributes(", ".join(signal.words), nucleus) for signal in found_signals]
    if nucleus == "1H":
        resolved = _share_words(found_signals, resolve_bare_numbers(all_attributes))
        resolved = _counts_before(resolved, repaired[section.body : start])
    else:
        resolved = _without_shared_counts(found_signals, all_attributes)
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
    commas = sum(1 for _ in _COMMA_NUMBER.finditer(body))
    points = sum(1 for _ in _POINT_NUMBER.finditer(body))
    if commas > 2 * points:
        body = _COMMA.sub(".", body)
    return _SPACED_POINT.sub(lambda match: f"{match[1]}.{match[2]} ", body)


def _counts_before(stated: list[Attributes], preamble: str) -> list[Attributes]:
    """Give each shift the count before it where the list begins with one, as in ``1H, 7.64 (d); 2H, 7.47 (d)``."""
    first = _COUNT_AT_END.search(preamble)
    if first is None or stated[-1].count is not None or len(stated) < 2 or any(s.count is None for s in stated[:-1]):
        return stated
    counts = [float(first[1]), *(words.count for words in stated[:-1])]
    return [replace(words, count=count) for words, count in zip(stated, counts, strict=True)]


def _share_words(found_signals: list[PrintedSignal], stated: list[Attributes]) -> list[Attributes]:
    """Apply the words after several shifts, as in ``1.8 and 2.2 (s, 4H)``, to each of them.

    The protons are divided among the shifts.
    """
    result = list(stated)
    pending = 0
    for index, words in enumerate(stated):
        if not found_signals[index].words:
            pending += 1
            continue
        if pending and words:
            count = words.count if words.count is None or words.is_per_shift else words.count / (pending + 1)
            for shared_index in range(index - pending, index + 1):
                result[shared_index] = replace(words, count=count)
        pending = 0
    return result


def _without_shared_counts(found_signals: list[PrintedSignal], stated: list[Attributes]) -> list[Attributes]:
    """Forget counts of groups that may belong to several shifts, as in ``25.6, 25.9, 40.1 (3CH2)``."""
    result = list(stated)
    for index, words in enumerate(stated):
        if (
            index > 0
            and words.count is not None
            and not found_signals[index - 1].words
            and _GROUP_COUNT.search(without_couplings(", ".join(found_signals[index].words)))
        ):
            result[index] = replace(words, count=None)
    return result


def _peaks(found_signals: list[PrintedSignal], stated: list[Attributes], frequency_mhz: float) -> list[Peak]:
    peaks = []
    for signal, words in zip(found_signals, stated, strict=True):
        width = round((signal.high - signal.low) * frequency_mhz, 2) or words.width_hz
        peaks.append(Peak(signal.ppm, words.count or 1.0, width, words.multiplicity, words.couplings_hz, words.count))
    return peaks

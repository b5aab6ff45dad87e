"""Read a spectrum from the sentence of an experimental section as journals print it."""

from __future__ import annotations

import re
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.lists.peak_list_checks import check_nucleus, peak_list_warnings
from specmol_core.spectra.readers.lists.spectrum_from_peaks import DEFAULT_FREQUENCY_MHZ, spectrum_from_peaks
from specmol_core.spectra.readers.sentence.layout import sentence_text
from specmol_core.spectra.readers.sentence.parse import Sentence, parse_section, repair_numbers
from specmol_core.spectra.readers.source import (
    EXPERIMENT_SEPARATOR,
    Reader,
    RefusedError,
    Request,
    SourceFile,
    require_nucleus,
)
from specmol_core.spectra.readers.text.characters import is_text
from specmol_core.spectra.readers.text.headings import Section, find_sections
from specmol_core.spectra.readers.text.signal_marks import prints_signals
from specmol_core.spectra.spectrum import Spectrum
from specmol_core.storage.plain_text import abbreviate

__all__ = ["READER", "read_sentence", "sentence_source"]

_MAX_CHARACTERS = 4 * 1024**2
"""Longest text that is searched: some thousand pages."""
_MAX_SECTIONS = 5000
_MAX_LISTED = 8
_HEADING_MARK = re.compile(r"NMR|MMR|RMN|nmr|n\.m\.r|δ")
_NUMBERS_ALONE = re.compile(r"\s*(?:-?\d{1,3}(?:[.,]\d{1,5})?[\s,;]+){1,400}-?\d{1,3}(?:[.,]\d{1,5})?\s*\.?\s*")


def sentence_source(text: str) -> SourceFile:
    """Wrap text given in place of a file for a reader; its beginning serves as its name."""
    return SourceFile(Path(abbreviate(text)), text.encode("utf-8", errors="replace"))


def read_sentence(source: SourceFile, request: Request) -> Spectrum:
    """Read the peaks of the requested nucleus from a text of one or several sentences.

    The text may also hold the data of other methods.

    Raises
    ------
    SpectrumError
        If no sentence is about that nucleus, several are and none is named, or one cannot be
        parsed; the message names the line and the word.
    """
    text = sentence_text(source.content)
    if len(text) > _MAX_CHARACTERS:
        raise SpectrumError(
            source.path, f"longer than {_MAX_CHARACTERS >> 20} million characters: cut out the experimental part"
        )
    try:
        sentence, notes = _choose_sentence(text, source, request)
        check_nucleus(sentence.peaks, source, request, sentence.nucleus)
        return spectrum_from_peaks(
            source,
            request,
            sentence.peaks,
            frequency_mhz=sentence.conditions.frequency_mhz,
            solvent=sentence.conditions.solvent,
            referencing="as printed",
            warnings=[
                *notes,
                *sentence.conditions.warnings,
                *sentence.notes,
                *peak_list_warnings(sentence.peaks, request.nucleus, sentence.hetero_coupled),
            ],
        )
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error


def _choose_sentence(text: str, source: SourceFile, request: Request) -> tuple[Sentence, list[str]]:
    """The sentence of the requested nucleus, and notes on how it was found."""
    all_sections = find_sections(text)[:_MAX_SECTIONS]
    named = [section for section in all_sections if section.nucleus == request.nucleus]
    if not named:
        other_nucleus = next(
            (section.nucleus for section in all_sections if section.nucleus and _has_shifts(text, section)), ""
        )
        require_nucleus(source.path, other_nucleus, request)
        named = [section for section in all_sections if not section.nucleus]
        if not named:
            raise RefusedError(
                f"holds no {request.nucleus} NMR data: give the sentence that begins with {request.nucleus} NMR"
            )
    sentences, errors = _parse_sections(text, named, request)
    if not sentences:
        raise errors[0]
    notes = [] if sentences[0].nucleus else [f"names no nucleus: {request.nucleus} was assumed"]
    notes += [
        f"another {request.nucleus} section was not read: {error}" for error in errors if "no shift" not in str(error)
    ][:3]
    return _pick_sentence(sentences, source, request), notes


def _parse_sections(text: str, named: list[Section], request: Request) -> tuple[list[Sentence], list[RefusedError]]:
    """The sentences that can be parsed, and the errors of others; a bare δH is the last resort."""
    delta_sections = [section for section in named if text[section.start : section.start + 1] == "δ"]
    sentences, errors = _parse_each(text, [section for section in named if section not in delta_sections], request)
    if sentences or not delta_sections or any("no shift" not in str(error) for error in errors):
        return sentences, errors
    sentences, delta_errors = _parse_each(text, delta_sections, request)
    # If one δH is part of running text, so is another that reads like a list.
    return ([] if delta_errors else sentences), [*delta_errors, *errors]


def _parse_each(text: str, chosen: list[Section], request: Request) -> tuple[list[Sentence], list[RefusedError]]:
    sentences: list[Sentence] = []
    errors: list[RefusedError] = []
    repaired = repair_numbers(text, chosen)
    for section in chosen:
        try:
            sentence = parse_section(text, section, request.nucleus, DEFAULT_FREQUENCY_MHZ[request.nucleus], repaired)
        except RefusedError as error:
            # A traceback would keep a copy of the whole text for each of thousands of sections.
            errors.append(error.with_traceback(None))
            continue
        if all(sentence.peaks != known.peaks for known in sentences):
            sentences.append(sentence)
    return sentences, errors


def _pick_sentence(sentences: list[Sentence], source: SourceFile, request: Request) -> Sentence:
    """The only sentence, or the one whose number follows ``::``."""
    requested = source.experiment
    if requested:
        if requested.isdecimal() and 1 <= int(requested) <= len(sentences):
            return sentences[int(requested) - 1]
        raise RefusedError(
            f"holds no {request.nucleus} sentence {requested[:20]!r}; it holds {_list_sentences(sentences)}"
        )
    if len(sentences) > 1:
        raise RefusedError(
            f"holds {len(sentences)} {request.nucleus} sentences: {_list_sentences(sentences)}; "
            f"name one, as FILE{EXPERIMENT_SEPARATOR}2, or give that sentence alone"
        )
    return sentences[0]


def _list_sentences(sentences: list[Sentence]) -> str:
    names = [
        f"{number} (line {sentence.line}, {len(sentence.peaks)} shifts from {sentence.peaks[0].ppm:g} ppm)"
        for number, sentence in enumerate(sentences[:_MAX_LISTED], 1)
    ]
    return ", ".join(names) + (" …" if len(sentences) > _MAX_LISTED else "")


def _has_shifts(text: str, section: Section) -> bool:
    return re.search(r"\d\.\d|\d,\d", text[section.body : section.end]) is not None


def _matches(head: bytes, path: Path) -> bool:
    if not is_text(head):
        return False
    text = sentence_text(head)
    return _HEADING_MARK.search(text) is not None or prints_signals(text) or _NUMBERS_ALONE.fullmatch(text) is not None


READER = Reader(
    accepts="the sentence of an experimental section (1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), …)",
    matches=_matches,
    read=read_sentence,
)

"""Sentences of papers, and of the vendor files, if the shared data are here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence import read_sentence, sentence_source
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
ESTER_1H = [7.64, 7.47, 6.91, 6.31, 4.25, 3.83, 1.33]
ESTER_13C = [167.3, 161.3, 144.2, 129.7, 127.2, 115.8, 114.3, 60.3, 55.4, 14.4]


@pytest.fixture
def folder(shared: Path) -> Path:
    sentences = shared / "data" / "vendor_files" / "sentences"
    if not sentences.is_dir():
        pytest.skip("the vendor files (shared/data/vendor_files) are not here")
    return sentences


def read(path: Path, nucleus: Nucleus) -> Spectrum:
    return read_spectrum(path, nucleus, None, WINDOWS[nucleus])


def test_lines_that_the_author_names_are_left_out(folder: Path) -> None:
    proton, carbon = read(folder / "c.txt", "1H"), read(folder / "d.txt", "13C")

    assert [p.ppm for p in proton.peaks] == pytest.approx([7.6, 7.46, 6.9, 6.3, 4.2, 3.8, 1.3])
    assert any("4.87 (H2O), 3.31 (CD3OD)" in text for text in proton.warnings)
    assert [p.ppm for p in carbon.peaks] == ESTER_13C
    assert any("77.2 (CDCl3)" in text for text in carbon.warnings)


@pytest.mark.parametrize("name", ["f.tex", "g.html"])
def test_ranges_in_markup(folder: Path, name: str) -> None:
    spectrum = read(folder / name, "1H")

    assert [p.ppm for p in spectrum.peaks] == pytest.approx(ESTER_1H, abs=0.025)
    assert [p.protons for p in spectrum.peaks] == [1, 2, 2, 1, 2, 3, 3]
    assert spectrum.warnings == ()


@pytest.mark.slow
@pytest.mark.parametrize(("nucleus", "least_share"), [("1H", 0.926), ("13C", 0.972)])
def test_sentences_of_papers_give_the_extracted_shifts(shared: Path, nucleus: Nucleus, least_share: float) -> None:
    """Shifts of 1,000 sentences against the lists that another program took from them.

    The remaining sentences are running prose, or the other program dropped a shift, or read the two
    lines of a carbon beside fluorine as two carbons.
    """
    source = shared / "data" / "experimental" / "nmrextractor.jsonl.gz"
    if not source.is_file():
        pytest.skip("the sentences (shared/data/experimental) are not here")
    text_key, list_key = ("h1_text", "h1") if nucleus == "1H" else ("c13_text", "c13")
    total = equal = 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record.get(text_key) and record.get(list_key):
                total += 1
                expected = sorted(entry[0] for entry in record[list_key])
                try:
                    spectrum = read_sentence(
                        sentence_source(record[text_key]), Request(nucleus, None, WINDOWS[nucleus])
                    )
                except SpectrumError:
                    continue
                found = sorted(peak.ppm for peak in spectrum.peaks)
                equal += len(found) == len(expected) and all(
                    abs(a - b) < 0.011 for a, b in zip(found, expected, strict=True)
                )
    print(f"{nucleus}: {equal} of {total} sentences give the extracted shifts ({equal / total:.4f})")
    assert equal / total >= least_share

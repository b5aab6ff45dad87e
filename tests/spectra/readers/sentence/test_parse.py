from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.parse import repair_numbers
from specmol_core.spectra.readers.text.headings import find_sections

COMMAS = "1H NMR (400 MHz) δ 7,26 (d, 1H), 3,71 (s, 3H), 2,10 (s, 3H).\n"
POINTS = "1H NMR (400 MHz) δ 7.26 (d, J = 8. 0 Hz, 1H), 3.71 (s, 3H), 2.10 (s, 3H).\n"


def test_sections_are_repaired_together_as_one_by_one() -> None:
    text = f"Compound 1, 5,6 g. {COMMAS}Compound 2. {POINTS}{COMMAS}"
    sections = find_sections(text)
    one_by_one = text
    for section in sections:
        one_by_one = repair_numbers(one_by_one, [section])

    together = repair_numbers(text, sections)

    assert together == one_by_one
    assert len(together) == len(text)
    assert together.count("7.26") == 3
    assert "5,6 g" in together


@pytest.mark.slow
def test_thousands_of_headings_without_shifts_take_little_memory(tmp_path: Path) -> None:
    """Found by the fuzz: each refused heading kept a copy of the whole text."""
    path = tmp_path / "si.txt"
    path.write_text("<sup>1</sup>H NMR (400 MHz" * 40_000, encoding="utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(SpectrumError, match="no shift"):
            read_spectrum(path, "1H", None, Geometry().h1_window)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000_000
    finally:
        tracemalloc.stop()

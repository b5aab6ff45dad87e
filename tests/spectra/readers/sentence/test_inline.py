from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.queries import QueryFiles, read_queries
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.inline import InlineText, is_inline, spectrum_source
from specmol_core.storage.plain_text import abbreviate

SENTENCE = "1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H)."


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "13C NMR: 170.1, 60.3",
        "δ 7.26 (s, 1H)",
        "7.26 (s, 2H), 3.71 (s, 3H)",
        "170.1, 60.3, 14.2",
        "13C NMR (101 MHz) δ 67.04.",
        "1H NMR δ 3.71.",
        SENTENCE * 40,
    ],
)
def test_a_list_of_shifts_is_text(text: str) -> None:
    assert is_inline(text)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "spectrum.dx",
        "data/NMR 2023/10/fid",
        "1H NMR.dx",
        "my NMR data/1.dx::2",
        "13C NMR 7.txt",
        "7.26",
        "run 7, 2.png",
        "a b c",
        "C:\\nmr 1",
    ],
)
def test_a_path_is_not_text(name: str) -> None:
    assert not is_inline(name)


def test_a_file_of_that_name_takes_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "13C NMR 170.1, 60.3").touch()

    assert not is_inline("13C NMR 170.1, 60.3")


def test_name_is_short_and_on_one_line() -> None:
    assert abbreviate("a\nb") == "a b"
    assert len(abbreviate(SENTENCE)) <= 48
    assert abbreviate(SENTENCE).startswith("1H NMR (400 MHz, CDCl3) δ 7.26")


def test_sentence_in_place_of_a_path_is_read() -> None:
    spectrum = read_spectrum(InlineText(SENTENCE), "1H", None, Geometry.h1_window)

    assert [peak.ppm for peak in spectrum.peaks] == [7.26, 3.71]


def test_missing_file_is_still_missing() -> None:
    with pytest.raises(SpectrumError, match="no such file"):
        read_spectrum(Path("my 1H NMR.dx"), "1H", None, Geometry.h1_window)


def test_query_is_named_by_its_beginning_and_lists_keep_sentences(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(f'id,h1,c13\na,"{SENTENCE}",c.dx\n', encoding="utf-8")

    (query,) = read_queries(tmp_path / "q.csv")

    assert QueryFiles.named_after_spectrum(SENTENCE, None).id == abbreviate(SENTENCE)
    assert (str(query.h1), query.c13) == (SENTENCE, tmp_path / "c.dx")


def test_a_text_keeps_its_slashes_and_a_path_is_a_file() -> None:
    text = "1H NMR (CDCl3) δ 7.26 (d//t, 2H), 3.71 (s, 3H)."

    assert spectrum_source(text) == InlineText(text)
    assert spectrum_source(Path(text)) == Path(text)
    assert spectrum_source("folder//h.dx") == Path("folder/h.dx")

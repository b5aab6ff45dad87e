from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments import tree as tree_module
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(path: Path | str, nucleus: str) -> Spectrum:
    return read_spectrum(Path(path), nucleus, None, WINDOWS[nucleus])


def refused(path: Path | str, nucleus: str, why: str) -> None:
    with pytest.raises(SpectrumError, match=why) as caught:
        read(path, nucleus)
    assert "\n" not in str(caught.value)


@pytest.fixture
def sample(spectrometers, tmp_path: Path) -> Path:
    """One 1H and one 13C experiment, a 2D one, and unrelated files."""
    folder = tmp_path / "sample"
    spectrometers.bruker(folder / "2", spectrometers.Decay("1H"))
    spectrometers.bruker(folder / "10", spectrometers.Decay("13C"), pulse_program="zgpg30")
    two = spectrometers.bruker(folder / "11", spectrometers.Decay("1H"), processed=False, PARMODE=1)
    (two / "fid").rename(two / "ser")
    (folder / "notes.txt").write_text("crude product, 5 mg\n")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    return folder


def test_one_folder_gives_both_nuclei(sample, lines_of, spectrometers) -> None:
    for nucleus in ("1H", "13C"):
        spectrum = read(sample, nucleus)
        assert spectrum.nucleus == nucleus
        assert len(lines_of(spectrum)) == len(spectrometers.Decay(nucleus).lines)
        assert spectrum.source == str(sample)


def test_several_of_a_nucleus_are_listed(sample, spectrometers) -> None:
    spectrometers.bruker(sample / "12", spectrometers.Decay("13C"), pulse_program="zgig30")
    refused(
        sample, "13C", r"several 13C experiments; name one as .*sample::10: 10 \(13C, zgpg30\), 12 \(13C, zgig30\)$"
    )

    assert read(f"{sample}::10", "13C").warnings == ()
    assert read(sample, "1H").nucleus == "1H"


def test_a_plain_carbon_spectrum_is_read_in_place_of_the_edited_ones_beside_it(sample, spectrometers) -> None:
    spectrometers.bruker(sample / "12", spectrometers.Decay("13C"), pulse_program="dept135")
    spectrometers.bruker(sample / "13", spectrometers.Decay("13C"), pulse_program="jmod")

    assert read(sample, "13C").warnings == ("read 10 (13C, zgpg30); left out 12 (13C, dept135), 13 (13C, jmod)",)
    assert any("DEPT" in note for note in read(f"{sample}::12", "13C").warnings)
    spectrometers.bruker(sample / "14", spectrometers.Decay("13C"), pulse_program="zgpg")
    refused(sample, "13C", "several 13C experiments")


def test_a_sample_of_other_nuclei_holds_neither(spectrometers, tmp_path) -> None:
    for number, nucleus in enumerate(("<19F>", "<31P>"), 1):
        spectrometers.bruker(tmp_path / str(number), spectrometers.Decay("1H", points=256), NUC1=nucleus)

    with pytest.raises(NucleusError, match=r"holds no 1D 13C experiment; it holds 1 \(19F, zg30\), 2 \(31P"):
        read(tmp_path, "13C")


def test_names_lead_to_an_experiment(sample) -> None:
    refused(f"{sample}::99", "1H", r"no experiment '99'; it holds 2 \(1H, zg30\), 10 \(13C, zgpg30\), 11 \(1H, 2D")
    refused(f"{sample}::11", "1H", "2D data set")
    with pytest.raises(NucleusError, match="is a 13C spectrum, given as 1H"):
        read(f"{sample}::10", "1H")
    assert read(f"{sample}::2/pdata/1", "1H").axis == read(f"{sample}::2", "1H").axis
    assert read(f"{sample.parent}::sample/2", "1H").sha256 != ""
    assert read(f"{sample.parent}::2", "1H").axis == read(f"{sample}::2", "1H").axis


def test_a_folder_of_the_other_nucleus_alone(spectrometers, tmp_path) -> None:
    for number in ("1", "2"):
        spectrometers.varian(tmp_path / "x" / number, spectrometers.Decay("13C", points=256))
    refused(tmp_path / "x", "1H", "is a 13C spectrum, given as 1H")


def test_single_files_in_a_folder(spectrometers, lines_of, tmp_path) -> None:
    for nucleus in ("1H", "13C"):
        (tmp_path / f"{nucleus}.jdf").write_bytes(spectrometers.jdf(spectrometers.Decay(nucleus)))
    assert len(lines_of(read(tmp_path, "13C"))) == 7
    assert read(f"{tmp_path}::1H.jdf", "1H").nucleus == "1H"
    (tmp_path / "again.jdf").write_bytes((tmp_path / "1H.jdf").read_bytes())
    refused(tmp_path, "1H", "several 1H experiments.*1H.jdf.*again.jdf")


def test_the_hash_is_that_of_the_files_used(sample, spectrometers) -> None:
    before = read(sample, "1H").sha256
    (sample / "2" / "pdata" / "1" / "title").write_text("another title")
    assert read(sample, "1H").sha256 == before

    spectrometers.spectrum(sample / "2" / "pdata" / "1", spectrometers.Decay("1H", ((2.0, 1.0),)))
    assert read(sample, "1H").sha256 != before


def test_empty_and_crowded_folders_are_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(tmp_path, "1H", "holds no experiment in a known format")
    for number in range(70):
        (tmp_path / f"{number}.txt").write_text("x")
    refused(tmp_path, "1H", "70 single files: name one")
    monkeypatch.setattr(tree_module, "MAX_FILES", 50)
    refused(tmp_path, "1H", "more than 50 files")

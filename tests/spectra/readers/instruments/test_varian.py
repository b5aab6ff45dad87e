from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(path: Path | str, nucleus: str) -> Spectrum:
    return read_spectrum(Path(path), nucleus, None, WINDOWS[nucleus])


def refused(path: Path | str, nucleus: str, why: str) -> None:
    with pytest.raises(SpectrumError, match=why) as caught:
        read(path, nucleus)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_lines_stand_at_their_shifts(spectrometers, lines_of, tmp_path, nucleus) -> None:
    decay = spectrometers.Decay(nucleus)
    folder = spectrometers.varian(tmp_path / "x.fid", decay)
    spectrum = read(folder, nucleus)

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=spectrum.axis.step)
    assert (spectrum.nucleus, spectrum.frequency_mhz, spectrum.solvent) == (nucleus, decay.mhz, "cdcl3")
    assert spectrum.referencing == "rfl and rfp of procpar"
    assert read(folder / "fid", nucleus).sha256 == spectrum.sha256


def test_without_a_reference_the_frequencies_count(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("1H")
    folder = spectrometers.varian(tmp_path / "x", decay, rfl="", sfrq=decay.mhz * (1 + decay.middle * 1e-6))

    assert lines_of(read(folder, "1H")) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.01)


@pytest.mark.parametrize(
    ("more", "seconds"),
    [({"nt": 8, "d1": 2.0, "at": 1.5}, 3.5), ({"nt": 1, "ss": 4, "d1": 2.0, "at": 1.5}, 3.5),
     ({"nt": 1, "d1": 2.0, "at": 1.5}, None), ({"nt": 8, "d1": 2.0}, None)],
)  # fmt: skip
def test_time_between_scans(spectrometers, tmp_path, more: dict[str, object], seconds: float | None) -> None:
    assert read(spectrometers.varian(tmp_path / "x", spectrometers.Decay("1H"), **more), "1H").repetition_s == seconds


def test_an_edited_carbon_spectrum_keeps_its_sign(spectrometers, lines_of, tmp_path) -> None:
    lines = ((150.0, 1.0), (128.0, -1.0), (60.0, 1.0), (14.0, -0.5))
    spectrum = read(spectrometers.varian(tmp_path / "x", spectrometers.Decay("13C", lines), sequence="DEPT"), "13C")

    assert spectrum.signed
    assert len(lines_of(spectrum)) == 4
    assert any("no carbon without a proton" in note for note in spectrum.warnings)


def test_other_data_than_a_1d_spectrum_are_refused(spectrometers, tmp_path) -> None:
    decay = spectrometers.Decay("1H", points=256)
    refused(spectrometers.varian(tmp_path / "a", decay, ni=128), "1H", "2D data set")
    refused(spectrometers.varian(tmp_path / "b", decay, traces=4), "1H", "4 traces.*arrayed")
    refused(spectrometers.varian(tmp_path / "c", decay), "13C", "is a 1H spectrum, given as 13C.*swap")
    refused(f"{spectrometers.varian(tmp_path / 'd', decay)}::2", "1H", "no part '2'")


@pytest.mark.parametrize(
    ("cut", "why"), [(10, "too short"), (1000, "is truncated"), (0, "too short")], ids=["header", "data", "empty"]
)
def test_a_truncated_fid_is_refused(spectrometers, tmp_path, cut, why) -> None:
    folder = spectrometers.varian(tmp_path / "x", spectrometers.Decay("1H", points=256))
    (folder / "fid").write_bytes((folder / "fid").read_bytes()[:cut])
    refused(folder, "1H", why)


def test_a_truncated_procpar_is_refused(spectrometers, tmp_path) -> None:
    folder = spectrometers.varian(tmp_path / "x", spectrometers.Decay("1H", points=256))
    (folder / "procpar").write_bytes((folder / "procpar").read_bytes()[:30])
    refused(folder, "1H", "procpar states no sw")


@pytest.fixture(scope="module")
def files(spectrometers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = spectrometers.varian(tmp_path_factory.mktemp("varian") / "x", spectrometers.Decay("1H", points=256))
    return spectrometers.files_of(folder)


@settings(max_examples=50, deadline=None)
@given(
    name=st.sampled_from(["fid", "procpar"]),
    cut=st.integers(0, 5000),
    hits=st.lists(st.tuples(st.integers(0, 800), st.binary(min_size=1, max_size=4)), max_size=8),
)
def test_a_mutated_experiment_is_read_or_refused(spectrometers, files, tmp_path_factory, name, cut, hits) -> None:
    content = bytearray(files[name][: cut or None])
    for index, value in hits:
        at = index % max(1, len(content))
        content[at : at + len(value)] = value
    path = tmp_path_factory.getbasetemp() / "varian.zip"
    path.write_bytes(spectrometers.zipped({**files, name: bytes(content)}))
    try:
        spectrum = read(path, "1H")
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()

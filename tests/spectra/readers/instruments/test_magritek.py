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


def read(path: Path | str, nucleus: str = "1H") -> Spectrum:
    return read_spectrum(Path(path), nucleus, None, Geometry.h1_window)


def refused(path: Path, why: str, nucleus: str = "1H") -> None:
    with pytest.raises(SpectrumError, match=why) as caught:
        read(path, nucleus)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("processed", [True, False])
def test_lines_stand_at_their_shifts(spectrometers, lines_of, tmp_path, nucleus, processed) -> None:
    decay = spectrometers.Decay(nucleus)
    spectrum = read(spectrometers.magritek(tmp_path / "x", decay, processed=processed), nucleus)

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)
    assert (spectrum.nucleus, spectrum.frequency_mhz, spectrum.solvent) == (nucleus, decay.mhz, "CDCl3")


def test_a_part_may_be_named(spectrometers, tmp_path) -> None:
    folder = spectrometers.magritek(tmp_path / "x", spectrometers.Decay("1H"))

    assert read(f"{folder}::data.1d").referencing == "lowestFrequency of acqu.par"
    assert read(folder).referencing == "as processed"


def test_damage_is_refused(spectrometers, tmp_path) -> None:
    folder = spectrometers.magritek(tmp_path / "x", spectrometers.Decay("1H"))
    refused(folder, "is a 1H spectrum, given as 13C", "13C")
    whole = (folder / "spectrum_processed.1d").read_bytes()
    (folder / "spectrum_processed.1d").write_bytes(whole[:-4])
    refused(folder, "is truncated")
    (folder / "spectrum_processed.1d").write_bytes(whole[:32] + b"\0" * (len(whole) - 32))
    refused(folder, "not an even ppm axis")
    (folder / "acqu.par").write_text('rxChannel = "1H"\n')
    refused(folder, "states no b1Freq")
    (folder / "data.1d").unlink()
    (folder / "spectrum_processed.1d").rename(folder / "data.2d")
    refused(folder, "2D data set")


@pytest.fixture(scope="module")
def files(spectrometers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = spectrometers.magritek(tmp_path_factory.mktemp("magritek") / "x", spectrometers.Decay("1H", points=256))
    return spectrometers.files_of(folder)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["acqu.par", "data.1d", "spectrum_processed.1d"]),
    cut=st.integers(0, 5000),
    hits=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), max_size=8),
    part=st.sampled_from(["", "::data.1d"]),
)
def test_a_mutated_experiment_is_read_or_refused(spectrometers, files, tmp_path_factory, name, cut, hits, part):
    content = bytearray(files[name][: cut or None])
    for index, value in hits:
        at = index % max(1, len(content))
        content[at : at + len(value)] = value
    path = tmp_path_factory.getbasetemp() / "magritek.zip"
    path.write_bytes(spectrometers.zipped({**files, name: bytes(content)}))
    try:
        spectrum = read(f"{path}{part}")
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()

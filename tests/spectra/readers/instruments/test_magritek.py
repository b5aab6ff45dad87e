from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.picking import pick_peaks
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


def test_a_file_of_pairs_without_an_axis_is_a_decay(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("1H")
    folder = spectrometers.magritek(tmp_path / "x", decay, processed=False)
    content = (folder / "data.1d").read_bytes()
    pairs = content[:12] + (501).to_bytes(4, "little") + content[16:32] + content[32 + 4 * len(decay.fid) :]
    (folder / "data.1d").write_bytes(pairs)

    assert lines_of(read(folder)) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.01)

    (folder / "data.1d").write_bytes(pairs[:-4])
    refused(folder, "is truncated")
    (folder / "data.1d").write_bytes(pairs)
    parameters = (folder / "acqu.par").read_text().splitlines()
    (folder / "acqu.par").write_text("\n".join(line for line in parameters if "bandwidth" not in line))
    refused(folder, "states no bandwidth")


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ("nrScans = 4\nrepTime = 7000\n", 7.0),
        ("repTime = 7000\n", None),
        ("nrScans = 4\nrepTime = -1\n", None),
        ("nrScans = 4\n", None),
    ],
)
def test_time_between_scans(spectrometers, tmp_path, more: str, seconds: float | None) -> None:
    folder = spectrometers.magritek(tmp_path / "x", spectrometers.Decay("1H"))
    (folder / "acqu.par").write_text((folder / "acqu.par").read_text() + more)

    assert read(folder).repetition_s == read(folder / "data.1d").repetition_s == seconds


def test_another_processing_inside_the_folder_is_left_out(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("1H")
    folder = spectrometers.magritek(tmp_path / "120000-1D EXTENDED+", decay)
    spectrometers.magritek(folder / "Enhanced", spectrometers.Decay("1H", ((2.0, 1.0),)))

    spectrum = read(folder)

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)
    assert spectrum.warnings == ("read itself (1H, 1D PROTON); left out Enhanced (1H, 1D PROTON)",)
    assert lines_of(read(f"{folder}::Enhanced")) == pytest.approx([2.0], abs=2 * spectrum.axis.step)
    assert read(tmp_path).axis == spectrum.axis
    spectrometers.magritek(tmp_path / "130000-1D PROTON", decay)
    refused(tmp_path, "several 1H experiments; name one as .*::120000-1D EXTENDED[+]: ")


def test_a_file_of_the_folder_stands_for_it(spectrometers, tmp_path) -> None:
    folder = spectrometers.magritek(tmp_path / "x", spectrometers.Decay("13C"))

    processed, decay = read(folder / "spectrum_processed.1d", "13C"), read(folder / "data.1d", "13C")

    assert (processed.referencing, decay.referencing) == ("as processed", "lowestFrequency of acqu.par")
    assert processed.frequency_mhz == decay.frequency_mhz == 100.0
    refused(folder / "data.1d", "is a 13C spectrum, given as 1H")


def test_parameters_that_are_missing(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("1H")
    folder = spectrometers.magritek(tmp_path / "x", decay, processed=False)
    parameters = (folder / "acqu.par").read_text().splitlines()
    (folder / "acqu.par").write_text("\n".join(line for line in parameters if "bandwidth" not in line))

    # The times of the points give the width, too.
    assert lines_of(read(folder)) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.01)

    (folder / "acqu.par").write_text("\n".join(line for line in parameters if "lowestFrequency" not in line))
    spectrum = read(folder)
    assert spectrum.axis_is_guessed
    assert "its FID states no carrier" in spectrum.warnings[0]


def test_a_file_without_its_folder_is_read_if_it_is_a_spectrum(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("13C")
    folder = spectrometers.magritek(tmp_path / "x", decay)
    (folder / "acqu.par").unlink()

    spectrum = read(folder / "spectrum_processed.1d", "13C")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)
    assert "names no nucleus and no frequency, because acqu.par is missing" in spectrum.warnings[0]
    refused(folder / "data.1d", "is a FID without acqu.par, which states its frequencies: give the folder", "13C")
    (folder / "spectrum_processed.1d").write_bytes((folder / "spectrum_processed.1d").read_bytes()[:-8])
    refused(folder / "spectrum_processed.1d", "is truncated", "13C")


@pytest.mark.parametrize("unit", ["ppm", "Hz", "kHz"])
def test_a_transformed_spectrum_is_phased(spectrometers, lines_of, tmp_path, unit: str) -> None:
    decay = spectrometers.Decay("1H")
    folder = spectrometers.magritek(tmp_path / "x", decay, processed=False)
    (folder / "data.1d").unlink()
    low = decay.middle - decay.sw / decay.mhz / 2
    ppm = low + (np.arange(8192) + 0.5) * decay.sw / decay.mhz / 8192
    complex_lines = sum(area / (1 + 1j * (ppm - shift) * decay.mhz / 1.0) for shift, area in decay.lines)
    scale = ppm * {"ppm": 1.0, "Hz": decay.mhz, "kHz": decay.mhz / 1000}[unit]
    (folder / "spectrum.1d").write_bytes(spectrometers.one_d(scale, complex_lines * np.exp(1.2j)))

    spectrum = read(folder)

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=2 * spectrum.axis.step)
    assert spectrum.intensities.min() > -0.05


@pytest.mark.parametrize("processed", [True, False])
def test_downward_lines_of_a_dept_are_lines(spectrometers, tmp_path, processed: bool) -> None:
    lines = ((128.5, 1.0), (77.48, 0.5), (77.16, 0.5), (76.84, 0.5), (60.0, -1.0), (14.2, 1.0))
    folder = spectrometers.magritek(tmp_path / "x", spectrometers.Decay("13C", lines), processed=processed)
    (folder / "acqu.par").write_text((folder / "acqu.par").read_text() + 'Protocol = "DEPT-135"\n')

    spectrum = read(folder, "13C")

    assert spectrum.signed
    assert [round(peak.ppm) for peak in pick_peaks(spectrum) if peak.height < -0.5] == [60]
    assert "DEPT-135 is a DEPT: it shows no carbon without a proton" in spectrum.warnings


@pytest.fixture(scope="module")
def files(spectrometers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = spectrometers.magritek(tmp_path_factory.mktemp("magritek") / "x", spectrometers.Decay("1H", points=256))
    return spectrometers.files_of(folder)


@pytest.mark.slow
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

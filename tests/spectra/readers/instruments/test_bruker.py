from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(path: Path | str, nucleus: str) -> Spectrum:
    return read_spectrum(Path(path), nucleus, None, WINDOWS[nucleus])


def refused(path: Path | str, nucleus: str, why: str) -> None:
    with pytest.raises(SpectrumError, match=why) as caught:
        read(path, nucleus)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("part", ["", "::fid"])
def test_lines_stand_at_their_shifts(spectrometers, lines_of, tmp_path, nucleus, part) -> None:
    decay = spectrometers.Decay(nucleus, delay=67.98)
    folder = spectrometers.bruker(tmp_path / "10", decay)
    spectrum = read(f"{folder}{part}", nucleus)

    # The FID is referenced by the SF of the processed spectrum, which is 40 Hz off BF1.
    moved = 40.0 / decay.mhz if part else 0.0
    assert np.array(lines_of(spectrum)) + moved == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.02)
    assert spectrum.frequency_mhz == pytest.approx(decay.mhz, abs=0.01)
    assert (spectrum.nucleus, spectrum.solvent, spectrum.signed) == (nucleus, "CDCl3", False)
    assert spectrum.referencing == "as processed (SR 40.00 Hz)"
    assert spectrum.source == f"{folder}{part}"
    assert len(spectrum.sha256) == 64


def test_old_firmware_delays_by_its_table(spectrometers, lines_of, tmp_path) -> None:
    decay = spectrometers.Decay("13C", delay=69.53125)
    folder = spectrometers.bruker(tmp_path / "1", decay, processed=False, GRPDLY=-1, DSPFVS=10, DECIM=16)
    spectrum = read(folder, "13C")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in decay.lines], abs=0.02)
    assert spectrum.intensities.min() > -0.05


def test_an_unreferenced_fid_is_moved_to_its_solvent(spectrometers, lines_of, tmp_path) -> None:
    lines = [(ppm + 0.8, area) for ppm, area in spectrometers.Decay.c13]
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("13C", lines), processed=False)
    spectrum = read(folder, "13C")

    assert lines_of(spectrum) == pytest.approx([ppm for ppm, _ in spectrometers.Decay.c13], abs=0.03)
    assert spectrum.referencing.startswith("CDCl3 at 77.16 ppm (moved by -0.8")


def test_processing_numbers(spectrometers, lines_of, tmp_path) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("1H"))
    spectrometers.spectrum(folder / "pdata" / "10", spectrometers.Decay("1H", ((2.0, 1.0),)))
    spectrometers.spectrum(folder / "pdata" / "2", spectrometers.Decay("1H", ((4.0, 1.0),)))

    assert len(lines_of(read(folder, "1H"))) == 3
    assert lines_of(read(f"{folder}::pdata/2", "1H")) == pytest.approx([4.0], abs=0.01)
    for path in (f"{folder}::10", folder / "pdata" / "10", folder / "pdata" / "10" / "1r"):
        assert lines_of(read(path, "1H")) == pytest.approx([2.0], abs=0.01)
    assert read(folder / "fid", "1H").axis.points == read(f"{folder}::fid", "1H").axis.points
    refused(f"{folder}::3", "1H", "no processed spectrum '3'; there are: pdata/1, pdata/2, pdata/10, and fid")


@pytest.mark.parametrize("program", ["deptqgpsp.2", "jmod", "dept135"])
def test_edited_carbons_keep_their_sign(spectrometers, lines_of, tmp_path, program) -> None:
    lines = ((150.0, 1.0), (128.0, -1.0), (60.0, 1.0), (14.0, -0.5))
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("13C", lines), pulse_program=program)
    for path in (folder, f"{folder}::fid"):
        spectrum = read(path, "13C")
        assert spectrum.signed
        assert len(lines_of(spectrum)) == 4
        assert spectrum.intensities.min() < -0.7
        assert any("no carbon without a proton" in note for note in spectrum.warnings) == (program == "dept135")


def test_the_wrong_nucleus_is_named(spectrometers, tmp_path) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("13C"))
    with pytest.raises(NucleusError, match=r"is a 13C spectrum, given as 1H.*swap") as caught:
        read(folder, "1H")
    assert caught.value.found_nucleus == "13C"

    other = spectrometers.bruker(tmp_path / "2", spectrometers.Decay("1H"), processed=False, NUC1="<19F>")
    refused(other, "1H", "is a 19F spectrum, given as 1H; give a 1H spectrum$")


def test_two_dimensions_are_refused(spectrometers, tmp_path) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("1H"), processed=False, PARMODE=1)
    (folder / "fid").rename(folder / "ser")
    refused(folder, "1H", "2D data set: give the 1D 1H")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("pdata/1/1r", b"", "holds 0 points, and procs says 16384.*::fid"),
        ("pdata/1/1r", b"\0" * 40_000, "holds 10000 points"),
        ("pdata/1/1r", b"\0" * 65536, "holds no signal"),
        ("pdata/1/procs", b"##$SI= 16384\n", "SW_p is missing"),
        ("pdata/1/procs", b"##$SI= 16384\n##$SF= 400\n##$SW_p= 1e300\n##$OFFSET= 1\n", "SW_p is missing"),
        ("pdata/1/procs", b"##$SI= 16384\n##$SF= 0\n##$SW_p= 1000\n##$OFFSET= 1\n", "is invalid"),
        ("pdata/1/procs", b"##$DTYPP= 7\n", "DTYPP is 7"),
    ],
)
def test_a_damaged_processed_spectrum_is_refused(spectrometers, tmp_path, name, content, why) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("1H"))
    (folder / name).write_bytes(content)
    refused(folder, "1H", why)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"AQ_mod": 0}, "AQ_mod is 0"),
        ({"SFO1": "x"}, "SFO1 is missing or not a number"),
        ({"SW_h": 0}, "SW is missing"),
        ({"BF1": 1e-9}, "frequency of 1e-09 MHz"),
        ({"GRPDLY": 1e9}, "group delay of 1e\\+09"),
    ],
)
def test_a_damaged_fid_is_refused(spectrometers, tmp_path, changes, why) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("1H"), processed=False, **changes)
    refused(folder, "1H", why)


def test_a_truncated_fid_is_read_with_a_warning(spectrometers, tmp_path) -> None:
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("1H"), processed=False)
    (folder / "fid").write_bytes((folder / "fid").read_bytes()[:-4001])

    assert any("may be truncated" in note for note in read(folder, "1H").warnings)


@pytest.fixture(scope="module")
def experiment(spectrometers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    decay = spectrometers.Decay("1H", points=512)
    folder = spectrometers.bruker(tmp_path_factory.mktemp("bruker") / "1", decay, processed=False)
    spectrometers.spectrum(folder / "pdata" / "1", decay, points=512)
    return folder


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["acqus", "fid", "pdata/1/procs", "pdata/1/1r"]),
    cut=st.integers(0, 5000),
    hits=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), max_size=8),
    part=st.sampled_from(["", "::fid", "::pdata/1"]),
)
def test_a_mutated_experiment_is_read_or_refused(spectrometers, experiment, tmp_path_factory, name, cut, hits, part):
    content = bytearray((experiment / name).read_bytes()[: cut or None])
    for index, value in hits:
        at = index % max(1, len(content))
        content[at : at + len(value)] = value
    files = {**spectrometers.files_of(experiment), name: bytes(content)}
    path = experiment.parent / "mutated.zip"
    path.write_bytes(spectrometers.zipped(files))
    try:
        spectrum = read(f"{path}{part}", "1H")
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()


@pytest.mark.parametrize("unset", ["<NONE>", "<off>", "<>"])
def test_a_nucleus_that_is_not_named_is_that_of_the_frequency(spectrometers, tmp_path, unset: str) -> None:
    """A 113Cd spectrum of a 500 MHz spectrometer, and a 13C spectrum, none of which names its nucleus."""
    decay = spectrometers.Decay("13C")
    cadmium = spectrometers.bruker(tmp_path / "1", decay, processed=False, NUC1=unset, BF1=110.9902)
    carbon = spectrometers.bruker(tmp_path / "2", decay, processed=False, NUC1=unset, BF1=100.6128, SFO1=100.6228)

    for nucleus in ("1H", "13C"):
        refused(cadmium, nucleus, f"is a 113Cd spectrum, given as {nucleus}")
    refused(carbon, "1H", "is a 13C spectrum, given as 1H")
    assert "names no nucleus (NUC1): BF1 is that of 13C" in read(carbon, "13C").warnings


def test_another_channel_tells_the_magnet(spectrometers, tmp_path) -> None:
    # 13C of an unusual magnet, whose protons are on the decoupler.
    channels = {"NUC1": "<off>", "BF1": 110.6, "NUC2": "<1H>", "BF2": 439.85}
    folder = spectrometers.bruker(tmp_path / "1", spectrometers.Decay("13C"), processed=False, **channels)

    refused(folder, "1H", "is a 13C spectrum")


def test_a_frequency_of_no_nucleus_is_a_warning(spectrometers, tmp_path) -> None:
    folder = spectrometers.bruker(
        tmp_path / "1", spectrometers.Decay("13C"), processed=False, NUC1="<off>", BF1=100.0, SFO1=100.01
    )

    assert any("BF1 is that of none: 13C was assumed" in text for text in read(folder, "13C").warnings)

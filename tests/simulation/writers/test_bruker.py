"""Bruker experiments: read by nmrglue and by this program's reader."""

from __future__ import annotations

from pathlib import Path

import nmrglue
import numpy as np
import pytest
from support.known_measurements import Known

from specmol_core.simulation.writers.bruker import bruker_files
from specmol_core.simulation.writers.measurement import FULL_SCALE
from specmol_core.spectra.read import read_spectrum


def write(folder: Path, known: Known) -> Path:
    for name, content in bruker_files(known.measurement).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_nmrglue_reads_axis_and_intensities(known: Known, tmp_path: Path) -> None:
    folder = write(tmp_path / "10", known)

    parameters, values = nmrglue.bruker.read_pdata(str(folder / "pdata" / "1"), scale_data=True)
    units = nmrglue.fileiobase.uc_from_udic(nmrglue.bruker.guess_udic(parameters, values))

    assert np.abs(values - known.measurement.intensities()).max() < 1e-8 * FULL_SCALE
    known.check_axis(units.ppm_scale(), values)
    assert parameters["acqus"]["NUC1"] == known.measurement.nucleus
    assert parameters["acqus"]["SOLVENT"] == "CDCl3"


def test_nmrglue_reads_the_same_axis_from_procs_alone(known: Known, tmp_path: Path) -> None:
    folder = write(tmp_path / "10", known)

    parameters, values = nmrglue.bruker.read_pdata(str(folder / "pdata" / "1"), read_acqus=False)
    units = nmrglue.fileiobase.uc_from_udic(nmrglue.bruker.guess_udic(parameters, values))

    known.check_axis(units.ppm_scale(), values)


def test_this_program_reads_the_same(known: Known, tmp_path: Path) -> None:
    spectrum = read_spectrum(write(tmp_path / "10", known), known.measurement.nucleus, None, (12.0, 0.0))

    known.check_axis(spectrum.axis.grid(), spectrum.intensities.astype(float))
    assert np.allclose(spectrum.intensities, known.measurement.spectrum.intensities, atol=1e-6)
    assert spectrum.solvent == "CDCl3"
    assert spectrum.frequency_mhz == known.measurement.frequency_mhz
    assert spectrum.referencing == "as processed (SR 10.00 Hz)"
    assert not spectrum.warnings


@pytest.mark.filterwarnings("ignore:Error reading the pulse program")
@pytest.mark.parametrize("filter_is_removed", [False, True])
def test_nmrglue_transforms_the_fid_to_the_spectrum(known: Known, tmp_path: Path, filter_is_removed: bool) -> None:
    parameters, decay = nmrglue.bruker.read(str(write(tmp_path / "10", known)))
    assert len(decay) == known.measurement.spectrum.axis.points // 2
    if filter_is_removed:
        decay = nmrglue.bruker.remove_digital_filter(parameters, decay)
    points = known.measurement.spectrum.axis.points

    spectrum = nmrglue.proc_base.rev(nmrglue.proc_base.fft(nmrglue.proc_base.zf_size(decay, points)))

    # Position 0 of this axis is that of the last point of the reversed spectrum.
    values = np.roll(spectrum.real, 1) * 2.0 ** parameters["acqus"]["NC"]
    # nmrglue cuts a few points off with the filter.
    allowed = 0.001 if filter_is_removed else 0.0001
    assert np.abs(values - known.measurement.intensities()).max() < allowed * FULL_SCALE
    known.check_axis(known.measurement.spectrum.axis.grid(), values)


def test_this_program_processes_the_fid(known: Known, tmp_path: Path) -> None:
    folder = write(tmp_path / "10", known)

    spectrum = read_spectrum(Path(f"{folder}::fid"), known.measurement.nucleus, None, (12.0, 0.0))

    known.check_lines(spectrum.axis.grid(), spectrum.intensities.astype(float), 0.01)


def test_integers_are_scaled_as_topspin_scales_them(known: Known) -> None:
    files = bruker_files(known.measurement)

    values = np.frombuffer(files["pdata/1/1r"], "<i4")
    procs = files["pdata/1/procs"].decode()

    assert 2**28 <= np.abs(values).max() < 2**29
    assert f"##$SI= {len(values)}\n" in procs
    assert f"##$YMAX_p= {values.max()}\n" in procs
    assert "##$NC_proc= -9\n" in procs
    assert files["acqu"] == files["acqus"]


def test_title_says_that_it_is_simulated(known: Known) -> None:
    assert bruker_files(known.measurement)["pdata/1/title"] == b"methyl acetate\nsimulated by specmol\n"

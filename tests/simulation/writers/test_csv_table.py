"""CSV tables: read by numpy and by this program's reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support.known_measurements import Known

from specmol_core.simulation.writers.csv_table import csv_file
from specmol_core.spectra.read import read_spectrum


def test_numpy_reads_two_columns(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(csv_file(known.measurement))

    ppm, values = np.loadtxt(path, delimiter=",", skiprows=2, unpack=True)

    known.check_axis(ppm, values)
    assert np.array_equal(values, known.measurement.counts())
    assert path.read_text().splitlines()[1] == "ppm,intensity"


def test_this_program_reads_the_same(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(csv_file(known.measurement))

    spectrum = read_spectrum(path, known.measurement.nucleus, None, (12.0, 0.0))

    known.check_axis(spectrum.axis.grid(), spectrum.intensities.astype(float))
    assert np.array_equal(spectrum.intensities, known.measurement.counts())
    assert spectrum.solvent == "CDCl3"
    assert spectrum.frequency_mhz == round(known.measurement.frequency_mhz, 2)
    assert not spectrum.warnings

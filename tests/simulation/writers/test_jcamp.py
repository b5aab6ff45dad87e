"""JCAMP-DX files: read by nmrglue and by this program's reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nmrglue
import numpy as np
import pytest
from support.known_measurements import Known

from specmol_core.errors import SpectrumError
from specmol_core.simulation.writers.jcamp import jcamp_file
from specmol_core.spectra.read import read_spectrum


def test_nmrglue_reads_axis_and_intensities(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "s.jdx"
    path.write_bytes(jcamp_file(known.measurement))

    records, values = nmrglue.jcampdx.read(str(path))
    first, last, frequency = (float(records[name][0]) for name in ("FIRSTX", "LASTX", ".OBSERVEFREQUENCY"))

    assert np.array_equal(values, known.measurement.counts())
    known.check_axis(np.linspace(first, last, len(values)) / frequency, values)
    assert records[".SOLVENTNAME"] == ["CDCl3"]
    assert records[".OBSERVENUCLEUS"] == [f"^{known.measurement.nucleus}"]
    assert float(records["FIRSTY"][0]) == values[0]
    assert (float(records["MAXY"][0]), float(records["MINY"][0])) == (values.max(), values.min())
    assert float(records["DELTAX"][0]) == pytest.approx((last - first) / (len(values) - 1), rel=1e-9)


def test_this_program_reads_the_same(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "s.jdx"
    path.write_bytes(jcamp_file(known.measurement))

    spectrum = read_spectrum(path, known.measurement.nucleus, None, (12.0, 0.0))

    known.check_axis(spectrum.axis.grid(), spectrum.intensities.astype(float))
    assert np.array_equal(spectrum.intensities, known.measurement.counts())
    assert spectrum.solvent == "CDCl3"
    assert spectrum.frequency_mhz == known.measurement.frequency_mhz
    assert spectrum.referencing == ".SHIFT REFERENCE"
    assert not spectrum.warnings


def test_a_lost_line_is_found_by_the_checks(known: Known, tmp_path: Path) -> None:
    lines = jcamp_file(known.measurement).splitlines()
    path = tmp_path / "s.jdx"
    path.write_bytes(b"\n".join(lines[:500] + lines[501:]))

    with pytest.raises(SpectrumError, match="wrong checksum"):
        read_spectrum(path, known.measurement.nucleus, None, (12.0, 0.0))


def test_lines_are_short_and_ascii(known: Known) -> None:
    measurement = replace(known.measurement, title="β-ionone $$ " + 100 * "x")

    content = jcamp_file(measurement).decode("ascii")

    assert max(len(line) for line in content.splitlines()) <= 80
    assert content.startswith("##TITLE= ?-ionone $ $ xxx")

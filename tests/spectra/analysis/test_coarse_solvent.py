"""The solvent on an axis of some hundred columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw, Line

from specmol_core.spectra.analysis.recognise import LineRecognition, recognise
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

COMPOUND: list[Line] = [(167.3, 0.4), (144.2, 0.8), (129.7, 1.0), (127.2, 0.4), (114.3, 1.0), (60.3, 0.9), (14.4, 0.8)]


def solvent_lines(name: str, mhz: float, height: float = 0.6) -> list[Line]:
    """The carbons of a solvent: by the table, whose shifts are those of papers."""
    solvent = solvent_named(name)
    assert solvent is not None
    lines = []
    for signal in solvent.c13:
        offsets = (np.arange(signal.lines) - (signal.lines - 1) / 2) * signal.coupling_hz / mhz
        heights = height * signal.line_areas / signal.line_areas.max()
        lines += [(signal.ppm + float(o), float(h)) for o, h in zip(offsets, heights, strict=True)]
    return lines


def as_columns(spectrum: Spectrum, columns: int) -> Spectrum:
    """The spectrum as a picture shows it: each column has the tallest point of its range, in whole rows."""
    points = spectrum.axis.points // columns * columns
    tall = spectrum.intensities[:points].reshape(columns, -1).max(axis=1)
    low = spectrum.axis.high - points * spectrum.axis.step
    return replace(
        spectrum,
        axis=PpmAxis(spectrum.axis.high, low, columns),
        intensities=(np.rint(400 * tall / tall.max()) / 400).astype(np.float32),
        frequency_mhz=None,
        height_step=1 / 400,
    )


def recognised(draw: Draw, lines: list[Line], columns: int, mhz: float = 100.6, **options: str) -> LineRecognition:
    drawn = draw("13C", lines, frequency_mhz=mhz, width_hz=2.0, noise=0.002, **options)
    return recognise(as_columns(drawn, columns))


@pytest.mark.parametrize("columns", [1100, 1600, 2400])
@pytest.mark.parametrize("mhz", [75.5, 100.6, 125.8])
@pytest.mark.parametrize("name", ["CDCl3", "DMSO-d6", "CD3OD"])
def test_multiplet_of_a_solvent_is_known_by_its_shape(draw: Draw, name: str, mhz: float, columns: int) -> None:
    found = recognised(draw, [*COMPOUND, *solvent_lines(name, mhz)], columns, mhz)

    assert (found.solvent, found.has_solvent_lines) == (name, True)
    reference = solvent_lines(name, mhz)
    assert all(min(abs(line.peak.ppm - p) for p, _ in reference) < 0.5 for line in found.of_kind("solvent"))
    assert len(found.of_kind("compound")) == len(COMPOUND)


@pytest.mark.parametrize("columns", [900, 1600])
@pytest.mark.parametrize("line", [(77.1, 1.0), (39.5, 1.0), (49.0, 1.0), (29.8, 0.5)])
def test_single_line_at_the_shift_of_a_solvent_is_of_the_compound(draw: Draw, line: Line, columns: int) -> None:
    found = recognised(draw, [*COMPOUND, line], columns)

    assert found.of_kind("solvent") == ()
    assert not found.has_solvent_lines
    assert len(found.of_kind("compound")) == len(COMPOUND) + 1


def test_stated_solvent_is_known_by_its_shift(draw: Draw) -> None:
    lines = [*COMPOUND, *solvent_lines("CDCl3", 100.6, 0.1)]

    found = recognised(draw, lines, 700, solvent="CDCl3")

    assert (found.solvent, found.has_solvent_lines) == ("CDCl3", True)
    assert all(abs(line.peak.ppm - 77.16) < 0.6 for line in found.of_kind("solvent"))
    assert len(found.of_kind("compound")) == len(COMPOUND)


def test_solvent_many_times_taller_than_the_compound_is_known(draw: Draw) -> None:
    weak = [(ppm, 0.1 * height) for ppm, height in COMPOUND]

    found = recognised(draw, [*weak, *solvent_lines("DMSO-d6", 100.6, 1.0)], 1600)

    assert found.solvent == "DMSO-d6"
    assert len(found.of_kind("compound")) == len(COMPOUND)


def test_proton_spectrum_on_a_coarse_axis_has_no_recognised_solvent(draw: Draw) -> None:
    spectrum = as_columns(draw("1H", [(7.26, 0.5), (3.7, 1.0)], solvent="CDCl3"), 900)

    assert recognise(spectrum).of_kind("solvent") == ()

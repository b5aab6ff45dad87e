from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.evaluation.measured.foreign_lines import carbon_multiplets, find_single_line, find_solvent_multiplet
from specmol_core.evaluation.measured.line_fit import pseudo_voigt
from specmol_core.simulation.sample import SOLVENTS
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.signals import multiplet_lines

AXIS = PpmAxis(220.0, -10.0, 32768)
MHZ = 125.8
NOISE = 0.002


def carbon(solvent: str, offset_ppm: float = 0.0, height: float = 0.5) -> NDArray[np.float64]:
    """Return a trace of a compound's lines and of a solvent's lines with a referencing error."""
    hz = AXIS.grid() * MHZ
    values = np.random.default_rng(0).normal(0.0, NOISE, AXIS.points)
    for ppm in (20.0, 128.4, 170.0):
        values += pseudo_voigt(hz, ppm * MHZ, 1.0, 3.0, 1.0, 0.0)
    for line in SOLVENTS[solvent].c13[:1]:
        offsets, areas = multiplet_lines(line.splitting)
        for shift, area in zip(offsets, areas / areas.max(), strict=True):
            values += pseudo_voigt(hz, (line.ppm + offset_ppm) * MHZ + shift, height * area, 3.0, 1.0, 0.0)
    return values


@pytest.mark.parametrize("solvent", ["CDCl3", "DMSO-d6", "CD2Cl2", "C6D6"])
@pytest.mark.parametrize("offset", [-1.3, 0.0, 0.4])
def test_solvent_is_found_despite_an_axis_offset(solvent: str, offset: float) -> None:
    ((nominal, lines, coupling), *_) = carbon_multiplets(SOLVENTS[solvent])
    found = find_solvent_multiplet(carbon(solvent, offset), AXIS, MHZ, NOISE, nominal, lines, coupling)

    assert found is not None
    assert found.ppm == pytest.approx(nominal + offset, abs=0.03)
    assert found.height == pytest.approx(0.5, rel=0.1)


def test_single_line_is_not_a_solvent_multiplet() -> None:
    values = carbon("CDCl3", height=0.0)
    values += pseudo_voigt(AXIS.grid() * MHZ, 77.0 * MHZ, 1.0, 3.0, 1.0, 0.0)

    assert find_solvent_multiplet(values, AXIS, MHZ, NOISE, 77.16, 3, 32.0) is None


def test_unresolved_coupling_is_not_a_multiplet() -> None:
    assert [round(ppm, 2) for ppm, _, _ in carbon_multiplets(SOLVENTS["acetone-d6"])] == [29.84]


def test_isolated_line_is_found_and_a_flank_is_not() -> None:
    axis = PpmAxis(10.0, -1.0, 16384)
    values = pseudo_voigt(axis.grid(), 7.27, 0.2, 0.004, 1.0, 0.0)

    found = find_single_line(values, axis, 1e-4, 7.26, 0.06)
    assert found is not None
    assert found.ppm == pytest.approx(7.27, abs=axis.step)
    assert find_single_line(values, axis, 1e-4, 7.20, 0.06) is None

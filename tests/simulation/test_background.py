from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.simulation.background import Background, draw_background, satellites
from specmol_core.simulation.lines import SharpLines
from specmol_core.simulation.ranges import IDEAL, LogNormal, NucleusRanges
from specmol_core.simulation.sample import IMPURITIES, SOLVENTS

SOLVENT = replace(IDEAL.c13, solvent_probability=1.0, solvent_height=LogNormal(0.5))


def background(
    nucleus: str,
    ranges: NucleusRanges,
    solvent: str = "CDCl3",
    experiment: str = "1D",
    seed: int = 0,
    water_probability: float = 0.0,
) -> Background:
    exchange = replace(IDEAL.exchange, water_probability=water_probability, water_height=LogNormal(0.1))
    rng = np.random.default_rng(seed)
    return draw_background(nucleus, SOLVENTS[solvent], experiment, 100.0, 4.0, rng, ranges, exchange)


def test_the_triplet_of_cdcl3() -> None:
    """1:1:1 at a distance of 32 Hz around 77.16 ppm.

    The height is relative to the compound's strongest line.
    """
    found = background("13C", SOLVENT).lines

    np.testing.assert_allclose(-np.diff(found.ppm) * 100, 32.0)
    np.testing.assert_allclose(found.area, 0.5 * 4.0)
    assert found.ppm[1] == pytest.approx(77.16, abs=0.25)


def test_the_septet_of_dmso() -> None:
    found = background("13C", SOLVENT, "DMSO-d6").lines

    np.testing.assert_allclose(found.area, 2.0 * np.array([1, 3, 6, 7, 6, 3, 1]) / 7)
    np.testing.assert_allclose(-np.diff(found.ppm) * 100, 21.0)


def test_the_quintet_of_residual_dmso() -> None:
    found = background("1H", replace(IDEAL.h1, solvent_probability=1.0, solvent_height=LogNormal(0.5)), "DMSO-d6").lines

    np.testing.assert_allclose(found.area / found.area.max(), np.array([1, 2, 3, 2, 1]) / 3)
    np.testing.assert_allclose(-np.diff(found.ppm) * 100, 1.9)


def test_dept_hides_deuterated_solvent_and_edits_impurities() -> None:
    assert len(background("13C", SOLVENT, experiment="DEPT-135").lines.ppm) == 0
    soiled = replace(IDEAL.c13, impurity_probability=1.0, impurity_height=LogNormal(0.1))
    for seed in range(8):
        for experiment in ("DEPT-90", "DEPT-135"):
            found = background("13C", soiled, experiment=experiment, seed=seed)
            carbons = [
                (s.attached_hydrogens, s.ppm)
                for i in found.impurities
                for s in IMPURITIES[i].signals_or_default("13C", "CDCl3")
            ]
            shown = {1} if experiment == "DEPT-90" else {1, 2, 3}
            assert len(found.lines.ppm) == sum(h in shown for h, _ in carbons)
            down = [p for p, a in zip(found.lines.ppm, found.lines.area, strict=True) if a < 0]
            expected = [p for h, p in carbons if h == 2] if experiment == "DEPT-135" else []
            np.testing.assert_allclose(sorted(down), sorted(expected), atol=0.3)


def test_water_shift_depends_on_the_solvent() -> None:
    for solvent in ("CDCl3", "DMSO-d6", "D2O"):
        (found,) = background("1H", IDEAL.h1, solvent, water_probability=1.0).broad
        assert found.ppm == pytest.approx(SOLVENTS[solvent].water_ppm, abs=0.3)
    assert background("13C", IDEAL.c13, water_probability=1.0).broad == ()


def test_drawn_impurities_are_recorded() -> None:
    soiled = replace(IDEAL.h1, impurity_probability=1.0, impurity_height=LogNormal(0.01))
    found = background("1H", soiled)

    assert len(set(found.impurities)) == len(found.impurities) == 4
    assert found.impurity_height == 0.01
    assert 0.005 * 4 < found.lines.area.max() < 0.05 * 4
    assert background("1H", IDEAL.h1).impurities == ()


def test_satellite_distance_and_area() -> None:
    """Each has 0.535 % at half of 1J(CH): 125 Hz for a methyl, 162 Hz for a benzene proton."""
    lines = SharpLines(np.array([1.0, 7.3]), np.array([9.0, 1.0]), np.array([0.0, 0.3]))

    found = satellites(lines, 400.0)

    assert found.area.sum() == pytest.approx(10.0)
    for line, coupling in ((0, 125.0), (1, 162.0)):
        positions, sizes = found.ppm[line::2], found.area[line::2]
        np.testing.assert_allclose(np.sort((positions[1:] - positions[0]) * 400), [-coupling / 2, coupling / 2])
        np.testing.assert_allclose(sizes[1:] / lines.area[line], 0.00535)
    assert found.extra_width.tolist() == [0.0, 0.3] * 3

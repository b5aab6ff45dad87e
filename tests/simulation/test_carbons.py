from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.carbons import CarbonLines, carbon_lines, editing_sign, first_order_multiplet
from specmol_core.simulation.ranges import IDEAL
from specmol_core.simulation.topology import read_topology
from specmol_core.spectra.reference.signals import Splitting


def lines(smiles: str, c13: dict[int, float], experiment: str = "1D", seed: int = 0) -> CarbonLines:
    mol = Chem.MolFromSmiles(smiles)
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    return carbon_lines(
        mol, read_topology(mol), AtomShifts(c13), classes, 100.0, experiment, np.random.default_rng(seed), IDEAL
    )


@pytest.mark.parametrize(
    ("experiment", "signs"),
    [("1D", [1, 1, 1, 1]), ("DEPT-90", [0, 1, 0, 0]), ("DEPT-135", [0, 1, -1, 1]), ("APT", [1, -1, 1, -1])],
)
def test_editing_by_hydrogens(experiment: str, signs: list[int]) -> None:
    assert [editing_sign(n, experiment) for n in range(4)] == signs


def test_dept_135_of_ethylbenzene() -> None:
    """CH2 is negative, CH and CH3 are positive, and the quaternary carbon is absent."""
    found = lines(
        "CCc1ccccc1", {0: 15.6, 1: 28.9, 2: 144.3, 3: 127.9, 4: 128.3, 5: 125.6, 6: 128.3, 7: 127.9}, "DEPT-135"
    )

    shown = {round(s.ppm, 1): s.carbons for s in found.signals}
    assert shown == {15.6: 1, 28.9: 1, 127.9: 2, 128.3: 2, 125.6: 1}
    np.testing.assert_allclose(found.area[np.argsort(found.ppm)], [1, -1, 1, 2, 2])


def test_intensities() -> None:
    """Equivalent carbons add up; carbons without hydrogen are weak."""
    c13 = {0: 31.0, 1: 207.0, 2: 31.0}
    areas = np.array([lines("CC(C)=O", c13, seed=s).area for s in range(200)])

    low, high = IDEAL.quaternary
    assert areas[:, 1].min() > low
    assert areas[:, 1].max() < high
    assert areas[:, 0].mean() == pytest.approx(2 * sum(IDEAL.methyl) / 2, rel=0.03)
    assert lines("CC(C)=O", c13).signals[0].atoms == (0, 2)


@pytest.mark.parametrize(("carbon", "coupling", "tolerance"), [(1, 272.0, 15.0), (4, 32.3, 4.0), (5, 3.8, 0.8)])
def test_the_quartets_of_benzotrifluoride(carbon: int, coupling: float, tolerance: float) -> None:
    """CF3 272 Hz, ipso 32 Hz, ortho 4 Hz (Kalinowski, Berger, Braun)."""
    found = lines("FC(F)(F)c1ccccc1", {carbon: 126.0}, seed=3)

    np.testing.assert_allclose(-np.diff(found.ppm) * 100, coupling, atol=tolerance)
    np.testing.assert_allclose(found.area / found.area.sum(), [1 / 8, 3 / 8, 3 / 8, 1 / 8])
    assert found.ppm.mean() == pytest.approx(126.0)


def test_multiplet_area_equals_that_of_its_carbon() -> None:
    whole = lines("FC(F)(F)c1ccccc1", {1: 124.2})

    assert whole.area.sum() == pytest.approx(lines("CC(C)(C)c1ccccc1", {1: 124.2}).area.sum())
    assert len(whole.area) == 4


def test_a_carbon_on_boron_is_broad() -> None:
    found = lines("CB(O)O", {0: -2.0})

    assert len(found.ppm) == 0
    assert found.broad[0].width_hz > 20
    assert found.signals[0].carbons == 1


def test_two_couplings_match_hand_calculation() -> None:
    offsets, areas = first_order_multiplet([Splitting(1, 20.0), Splitting(1, 4.0)])

    np.testing.assert_allclose(np.sort(offsets), [-12, -8, 8, 12])
    np.testing.assert_allclose(areas, 0.25)
    assert [v.tolist() for v in first_order_multiplet(())] == [[0.0], [1.0]]

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.data.couplings import couplings, multiplet


def constants(smiles: str, atom: int, seed: int = 0) -> list[float]:
    mol = Chem.MolFromSmiles(smiles)
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    return couplings(mol, mol.GetAtomWithIdx(atom), classes, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("smiles", "atom", "areas"),
    [
        ("CCO", 0, [1, 2, 1]),
        ("CCO", 1, [1, 3, 3, 1]),
        ("CC(C)O", 0, [1, 1]),
        ("CC(C)O", 1, [1, 6, 15, 20, 15, 6, 1]),
        ("CC(C)(C)O", 0, [1]),
        ("CC", 0, [1]),
        ("c1ccccc1", 0, [1]),
        ("COC", 0, [1]),
    ],
    ids=[
        "ethyl CH3",
        "ethyl CH2",
        "isopropyl CH3",
        "isopropyl CH",
        "tert-butyl",
        "ethane",
        "benzene",
        "dimethyl ether",
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_textbook_patterns(smiles: str, atom: int, areas: list[int], seed: int) -> None:
    found = constants(smiles, atom, seed)

    offsets, relative = multiplet(found)

    np.testing.assert_allclose(relative, np.array(areas) / sum(areas))
    assert all(5.5 < c < 8.5 for c in found)
    np.testing.assert_allclose(np.diff(offsets), found[0] if found else [], atol=0.6)
    np.testing.assert_allclose(offsets, -offsets[::-1], atol=1e-9)


@pytest.mark.parametrize("atom", [2, 3])
def test_para_disubstituted_ring_shows_doublets(atom: int) -> None:
    """p-Cresol: the proton in meta position is of the same class, and one in ortho position splits."""
    found = constants("Cc1ccc(O)cc1", atom)

    assert len(found) == 1
    assert 6 < found[0] < 9.5


def test_meta_protons_of_other_classes_split_a_little() -> None:
    found = sorted(constants("Oc1ccccc1", 2))

    assert [round(c) for c in found] == [pytest.approx(2, abs=1), pytest.approx(8, abs=1)]


def test_equivalent_neighbours_split_alike() -> None:
    """The proton in para position of phenol: a triplet of triplets of two constants."""
    ortho_1, ortho_2, meta_1, meta_2 = constants("Oc1ccccc1", 4)

    assert ortho_1 == ortho_2 > 6
    assert meta_1 == meta_2 < 4
    assert constants("Oc1ccccc1", 4, seed=1) != [ortho_1, ortho_2, meta_1, meta_2]


def test_vinyl_and_aldehyde() -> None:
    assert sorted(constants("C=COC(C)=O", 1)) == [10.3, 17.0]
    assert constants("C=COC(C)=O", 0)[0] in (10.3, 17.0)
    (aldehyde,) = constants("CC=O", 0)
    assert 0.5 < aldehyde < 4
    assert len(constants("CC=O", 1)) == 3


def test_ring_bonds_split_unevenly() -> None:
    found = constants("C1CCOC1", 1)

    # The neighbour next to oxygen has two protons; the one of the same class has no say.
    assert len(found) == 2
    assert found[0] != found[1]
    assert all(2 <= c <= 11 for c in found)


def test_protons_on_heteroatoms_do_not_split() -> None:
    assert constants("CO", 0) == []
    assert constants("CN", 0) == []


def test_two_constants_by_hand() -> None:
    offsets, areas = multiplet([12.0, 3.0])

    np.testing.assert_allclose(offsets, [-7.5, -4.5, 4.5, 7.5], atol=0.31)
    np.testing.assert_allclose(areas, [0.25] * 4)


@pytest.mark.parametrize("protons", [1, 2, 3, 4, 6, 8])
def test_equal_constants_give_pascals_triangle(protons: int) -> None:
    for constant in np.random.default_rng(protons).uniform(5.0, 9.0, 40):
        offsets, areas = multiplet([constant] * protons)

        np.testing.assert_allclose(areas, [comb(protons, k) / 2**protons for k in range(protons + 1)])
        expected = (np.arange(protons + 1) - protons / 2) * constant
        np.testing.assert_allclose(offsets, expected, atol=0.15 * protons + 1e-6)


def test_areas_always_sum_to_one() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        offsets, areas = multiplet(rng.uniform(0, 17, rng.integers(0, 8)).tolist())

        assert areas.sum() == pytest.approx(1)
        assert (areas > 0).all()
        assert (np.diff(offsets) > 0).all()


def test_the_sign_of_a_constant_does_not_matter() -> None:
    for one, other in zip(multiplet([-7.0, 2.0]), multiplet([7.0, 2.0]), strict=True):
        np.testing.assert_array_equal(one, other)

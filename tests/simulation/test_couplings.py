"""Coupling constants by environment, against textbook values."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.spin_system import SpinSystem, spin_system


def _system(smiles: str, seed: int = 0, **pairs: tuple[float, float]) -> SpinSystem:
    """Return a spin system with a different shift for every atom.

    ``a3=(2.0, 1.0)`` sets those of atom 3.
    """
    mol = Chem.MolFromSmiles(smiles)
    h1 = {a.GetIdx(): [1.0 + 0.1 * a.GetIdx()] * a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetTotalNumHs()}
    h1.update({int(name[1:]): list(values) for name, values in pairs.items()})
    return spin_system(mol, AtomShifts(h1=h1), np.random.default_rng(seed))


def _between(system: SpinSystem, a: int, b: int) -> list[float]:
    """Return the couplings between the groups of two atoms, falling."""
    first, second = ([i for i, g in enumerate(system.groups) if x in g.atoms] for x in (a, b))
    return sorted((float(system.couplings[i, j]) for i in first for j in second if i != j), reverse=True)


@pytest.mark.parametrize(
    ("smiles", "a", "b", "expected", "tolerance"),
    [
        ("CCO", 0, 1, 7.1, 0.6),
        ("CC(Cl)Br", 0, 1, 6.6, 0.8),
        ("CC=O", 0, 1, 2.9, 0.3),
        ("O=C/C=C/C", 1, 2, 7.8, 0.7),
        ("C/C=C/C(=O)O", 1, 2, 15.7, 0.9),
        ("C/C=C\\C(=O)O", 1, 2, 11.3, 1.5),
        ("C/C=C/C(=O)O", 0, 2, -1.4, 0.8),
        ("C#CCO", 0, 2, -2.6, 0.3),
        ("CC#CCO", 0, 3, 2.3, 0.4),
        ("C1=CCCC1", 0, 1, 5.7, 0.7),
        ("C1=CCCCC1", 0, 1, 9.9, 0.9),
        ("Clc1ccc(Br)cc1", 2, 3, 8.3, 0.5),
        ("Clc1cccc(Br)c1", 2, 7, 1.7, 0.9),
        ("Clc1ccccc1Br", 2, 5, 0.4, 0.3),
        ("Clc1cccnc1", 3, 4, 4.85, 0.6),
        ("Clc1ccccn1", 4, 5, 4.85, 0.6),
        ("Clc1ccco1", 3, 4, 1.85, 0.3),
        ("Clc1ccco1", 2, 3, 3.4, 0.4),
        ("Clc1cccs1", 3, 4, 5.1, 0.5),
        ("c1ccc2[nH]ccc2c1", 5, 6, 2.7, 0.5),
        ("Cc1ccccc1Br", 0, 2, -0.65, 0.3),
        ("FCCBr", 0, 1, 47.5, 3.5),
        ("FC(F)(F)CBr", 0, 4, 9.0, 1.7),
        ("Fc1ccc(Br)cc1", 0, 2, 8.9, 1.5),
        ("Fc1ccc(Br)cc1", 0, 3, 5.5, 1.1),
        ("COP(=O)(O)O", 0, 2, 10.8, 0.7),
        ("CP(=O)(O)O", 0, 1, -17.0, 7.1),
    ],
)
def test_textbook_values(smiles: str, a: int, b: int, expected: float, tolerance: float) -> None:
    for seed in range(5):
        found = _between(_system(smiles, seed), a, b)
        assert found, "the two atoms have no groups"
        if smiles == "FCCBr":
            # F is atom 0 and its geminal protons are on atom 1.
            assert found[0] == pytest.approx(expected, abs=tolerance)
        else:
            assert found == pytest.approx([expected] * len(found), abs=tolerance)


def test_exchanging_and_distant_protons_do_not_couple() -> None:
    system = _system("CCCO")

    assert _between(system, 0, 2) == [0.0]
    assert all(3 not in g.atoms for g in system.groups)


@pytest.mark.parametrize(
    ("smiles", "atom", "shifts", "low", "high"),
    [
        ("CCC(C)Cl", 1, (1.8, 1.6), -15.0, -11.0),
        ("CC(Cl)COC", 3, (3.6, 3.4), -13.5, -9.0),
        ("CC(Cl)Cc1ccccc1", 3, (3.1, 2.9), -17.0, -12.5),
        ("CC1CO1", 2, (2.7, 2.4), 4.0, 6.5),
        ("CC1CC1C#N", 2, (1.2, 0.8), -6.0, -3.5),
        ("C=CC", 0, (5.0, 4.9), 0.5, 2.5),
        ("C=COC", 0, (4.1, 3.9), -3.0, -1.0),
    ],
)
def test_geminal_coupling(smiles: str, atom: int, shifts: tuple[float, float], low: float, high: float) -> None:
    constants = _between(_system(smiles, **{f"a{atom}": shifts}), atom, atom)

    assert len(constants) == 2
    assert low < constants[0] == constants[1] < high


@pytest.mark.parametrize("ring", ["C1[C@{0}H](Cl)[C@@H]1Br", "Cl[C@{0}H]1O[C@@H]1Br", "Br[C@@H]1O[C@{0}H]1Cl"])
def test_three_membered_rings_distinguish_cis_and_trans(ring: str) -> None:
    """The relation follows from the structure; RDKit's embedding shows which of the two is cis."""
    from rdkit.Chem import AllChem

    constants = {}
    for mark in ("", "@"):
        smiles = ring.format(mark)
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        assert AllChem.EmbedMolecule(mol, randomSeed=1) == 0
        methine = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs(True) == 1]
        hydrogens = [
            next(n.GetIdx() for n in mol.GetAtomWithIdx(a).GetNeighbors() if n.GetAtomicNum() == 1) for a in methine
        ]
        angle = abs(Chem.rdMolTransforms.GetDihedralDeg(mol.GetConformer(), hydrogens[0], *methine, hydrogens[1]))
        constants["cis" if angle < 60 else "trans"] = _between(_system(smiles), *methine)[0]

    assert constants["cis"] > constants["trans"] + 0.5


def test_a_locked_chair_has_large_axial_couplings_and_small_others() -> None:
    system = _system("OC1CCC(C(C)(C)C)CC1", a2=(2.0, 1.2), a3=(1.8, 1.0), a10=(2.0, 1.2), a9=(1.8, 1.0))

    constants = _between(system, 2, 3)

    assert len({system.groups[i].kind for i, g in enumerate(system.groups) if 2 in g.atoms}) == 2
    assert constants[0] > 8.0
    assert all(c < 6.0 for c in constants if c != constants[0] and c != constants[1])


def test_a_flipping_ring_averages_both_chairs() -> None:
    constants = _between(_system("C1COCCN1"), 0, 1)

    assert constants[0] == constants[1] > 5.0
    assert constants[2] == constants[3] < 4.5


def test_symmetric_pairs_share_one_value() -> None:
    system = _system("COc1ccc(Cl)cc1")
    ortho = _between(system, 3, 4) + _between(system, 7, 8)

    assert ortho[0] == ortho[1]


def test_constants_vary_from_draw_to_draw() -> None:
    assert _between(_system("CCO", 1), 0, 1) != _between(_system("CCO", 2), 0, 1)

from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules.salts import COMMON_COUNTER_IONS
from specmol_core.molecules.without_stereo import constitution_of_smiles
from specmol_core.shifts.counter_ions import KNOWN, known_shifts
from specmol_core.shifts.graph import shift_graph


def carbons(smiles: str) -> list[tuple[str, float]]:
    """Symbol with hydrogens, and shift (ppm) of each carbon."""
    mol = Chem.MolFromSmiles(smiles)
    known = known_shifts(shift_graph(mol))
    assert known is not None
    return [
        (f"CH{atom.GetTotalNumHs()}", round(float(known[0][atom.GetIdx(), 0]), 1))
        for atom in mol.GetAtoms()
        if atom.GetAtomicNum() == 6
    ]


@pytest.mark.parametrize("smiles", KNOWN)
def test_symmetric_atoms_have_equal_shifts(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    assert Chem.MolToSmiles(mol) == smiles
    known = known_shifts(shift_graph(mol))
    assert known is not None
    means = known[0]
    shifts: dict[int, set[tuple[float, ...]]] = {}
    for atom, rank in zip(mol.GetAtoms(), Chem.CanonicalRankAtoms(mol, breakTies=False), strict=True):
        if atom.GetAtomicNum() == 6:
            shifts.setdefault(rank, set()).add(tuple(means[atom.GetIdx()].tolist()))

    assert all(len(values) == 1 for values in shifts.values())


@pytest.mark.parametrize("smiles", KNOWN)
def test_protons_have_shifts_where_there_are_protons(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    known = known_shifts(shift_graph(mol))
    assert known is not None

    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 6:
            assert bool(known[0][atom.GetIdx(), 1]) == bool(atom.GetTotalNumHs()), atom.GetIdx()


@pytest.mark.parametrize("smiles", KNOWN)
def test_each_is_a_common_counter_ion(smiles: str) -> None:
    assert constitution_of_smiles(smiles) in COMMON_COUNTER_IONS


def test_protonation_states_share_their_shifts() -> None:
    assert carbons("O=C(O)C(F)(F)F") == [("CH0", 160.5), ("CH0", 116.6)]
    assert carbons("O=C([O-])/C=C\\C(=O)[O-]") == [("CH0", 168.5), ("CH1", 135.3), ("CH1", 135.3), ("CH0", 168.5)]
    assert carbons("C[N+](C)(C)CCO")[-1] == ("CH2", 56.1)


def test_other_ions_are_unknown() -> None:
    assert known_shifts(shift_graph(Chem.MolFromSmiles("CC(=O)OC"))) is None

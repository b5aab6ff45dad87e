from __future__ import annotations

from types import SimpleNamespace

import pytest
from rdkit import Chem

from specmol_core.errors import UsageError
from specmol_core.shifts.csp5 import Csp5

FAILING = "CCl"
"""A molecule that CSP5 omits; it numbers the others."""


class Recorded:
    """Answers as CSP5 does: atoms counted in the molecule of the SMILES with its hydrogens appended."""

    def predict_smiles(self, texts: list[str], *, nucleus: str, solvent: str) -> SimpleNamespace:
        assert solvent == "dmso-d6"
        rows: dict[str, list] = {"molecule_id": [], "atom_index": [], "shift_ppm": []}
        for number, text in enumerate(t for t in texts if t != FAILING):
            full = Chem.AddHs(Chem.MolFromSmiles(text))
            for atom in full.GetAtoms():
                heavy = atom if atom.GetAtomicNum() > 1 else atom.GetNeighbors()[0]
                if atom.GetAtomicNum() == (6 if nucleus == "13C" else 1):
                    rows["molecule_id"].append(number)
                    rows["atom_index"].append(atom.GetIdx())
                    # A value that identifies its atom in any order.
                    rows["shift_ppm"].append(10.0 * heavy.GetAtomicNum() + heavy.GetTotalNumHs(includeNeighbors=True))
        return SimpleNamespace(predictions=rows)


@pytest.mark.parametrize("smiles", ["OCC(C)C", "N1C=CC=C1", "C[C@@H](O)F", "CC=N"])
def test_shifts_belong_to_the_atoms_of_the_molecule(smiles: str) -> None:
    mol = Chem.RemoveHs(Chem.MolFromSmiles(smiles))
    mixed = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])

    for one, shifts in zip((mol, mixed), Csp5(Recorded()).predict([mol, mixed], "DMSO-d6"), strict=True):
        for atom in one.GetAtoms():
            expected = 10.0 * atom.GetAtomicNum() + atom.GetTotalNumHs()
            if atom.GetAtomicNum() == 6:
                assert shifts.c13[atom.GetIdx()] == expected
            assert shifts.h1.get(atom.GetIdx(), []) == [expected] * atom.GetTotalNumHs()
        assert not shifts.c13_uncertainty


def test_a_molecule_that_fails_has_no_shifts() -> None:
    first, failed, last = Csp5(Recorded()).predict([Chem.MolFromSmiles(s) for s in ("CO", FAILING, "CN")], "DMSO-d6")

    assert (failed.c13, failed.h1) == ({}, {})
    assert first.h1[1] == [81.0]
    assert last.h1[1] == [72.0, 72.0]


def test_a_missing_package_names_its_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "csp5", None)

    with pytest.raises(UsageError, match=r"pip install 'specmol\[csp5\]'"):
        Csp5()

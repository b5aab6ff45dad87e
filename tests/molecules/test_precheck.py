from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.molecules.precheck import find_fault, is_quick, written_atoms

V3000 = """x
  hand

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS {counts}
M  V30 BEGIN ATOM
M  V30 1 C 0 0 0 0
M  V30 2 {symbol} 1 0 0 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 {order} 1 2
M  V30 END BOND
M  V30 END CTAB
M  END
"""


@pytest.mark.parametrize("smiles", ["CCO", "c1ccccc1Cl", "[Na+].[O-]C", "[CH3:1][H:2]", "C[C@@H](Br)O", "[2H]C([H])O"])
def test_written_atoms_of_smiles_are_the_heavy_atoms(smiles: str) -> None:
    assert written_atoms(smiles, "smiles") == Chem.MolFromSmiles(smiles).GetNumHeavyAtoms()


@pytest.mark.parametrize("force", [False, True])
def test_written_atoms_of_blocks(force: bool) -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles("CC(=O)OCl"))

    assert written_atoms(Chem.MolToMolBlock(mol, forceV3000=force), "molblock") == 5


def test_valid_v3000_has_no_fault() -> None:
    assert find_fault(V3000.format(counts="2 1 0 0 0", symbol="O", order=1), "molblock") == ""
    assert find_fault(Chem.MolToV3KMolBlock(Chem.MolFromSmiles("CC(=O)[O-]")), "molblock") == ""


@pytest.mark.parametrize(
    "counts", ["3 1 0 0 0", "2 0 0 0 0", "4294967295 1 0 0 0", "-1 1 0 0 0", "", "2 1 99999999 0 0"]
)
def test_v3000_counts_must_agree_with_the_lines(counts: str) -> None:
    assert "COUNTS" in find_fault(V3000.format(counts=counts, symbol="O", order=1), "molblock")


@pytest.mark.parametrize(("symbol", "order"), [("[C,N]", 1), ("O", 8)])
def test_v3000_query_is_rejected(symbol: str, order: int) -> None:
    assert "query" in find_fault(V3000.format(counts="2 1 0 0 0", symbol=symbol, order=order), "molblock")


def test_v2000_query_bond_is_rejected() -> None:
    text = Chem.MolToMolBlock(Chem.MolFromSmiles("CC"))

    assert find_fault(text, "molblock") == ""
    assert "query" in find_fault(text.replace("  1  2  1  0", "  1  2  8  0"), "molblock")


def test_nul_byte_is_rejected() -> None:
    assert "NUL" in find_fault("C\0C", "smiles")


def test_only_short_and_ordinary_records_are_quick() -> None:
    plain = Chem.MolToMolBlock(Chem.MolFromSmiles("CC[O-]"))
    assert is_quick("CCO", "smiles")
    assert not is_quick("C" * 1_000, "smiles")
    assert is_quick(plain, "molblock")
    assert not is_quick(plain.replace("M  END", "M  SAL   1  1   1\nM  END"), "molblock")
    assert not is_quick(V3000.format(counts="2 1 0 0 0", symbol="O", order=1), "molblock")


@pytest.mark.parametrize(
    "smiles",
    [
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@H](N)C(=O)[O-].[Na+]",
        "[13CH3]/C=C\\Cl",
        "c1cc[nH]c1",
        "C%10CCCC%10",
        "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc12",
        "C12C3C4C1C5C2C3C45",  # cubane: five rings
    ],
)
def test_ordinary_molecules_are_quick(smiles: str) -> None:
    assert is_quick(smiles, "smiles")
    assert is_quick(Chem.MolToMolBlock(Chem.MolFromSmiles(smiles)), "molblock")


@pytest.mark.parametrize(
    "smiles",
    [
        "*CC",
        "[*]CC",
        "[1*]CC",
        "[#6]CC",
        "CC |$R1;;$|",
        "C~C",
        "C->[Fe]",
        "[Co@OH12]C",
        "C%(100)CC%(100)",
        "C1CC1" * 9,
        "C" * 301,
    ],
)
def test_smiles_that_may_be_slow_are_not_quick(smiles: str) -> None:
    assert not is_quick(smiles, "smiles")


def test_blocks_with_query_atoms_or_many_rings_are_not_quick() -> None:
    plain = Chem.MolToMolBlock(Chem.MolFromSmiles("CCCO"))
    assert is_quick(plain, "molblock")
    assert not is_quick(plain.replace(" O  ", " A  "), "molblock")
    assert not is_quick(plain.replace(" O  ", " R# "), "molblock")
    assert not is_quick(plain.replace("  1  2  1", "  1  2  8"), "molblock")
    assert not is_quick(plain.replace("  1  2  1", "  1  9  1"), "molblock")
    assert is_quick(Chem.MolToMolBlock(Chem.MolFromSmiles("C1CC1" * 8)), "molblock")
    assert not is_quick(Chem.MolToMolBlock(Chem.MolFromSmiles("C1CC1" * 9)), "molblock")

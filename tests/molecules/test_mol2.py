from __future__ import annotations

import pytest

from specmol_core.molecules import sdf
from specmol_core.molecules.mol2 import read_mol2
from specmol_core.molecules.parse import parse_text
from specmol_core.molecules.records import Molecule

METHYL = [("C1", "C.3"), *[(f"H{n}", "H") for n in (1, 2, 3)]]
"""Atoms 1 to 4 of each molecule; their bonds are ``METHYL_BONDS``."""
METHYL_BONDS = [(1, 2, "1"), (1, 3, "1"), (1, 4, "1")]


def record(name: str, atoms: list[tuple[str, str]], bonds: list[tuple[int, int, str]]) -> str:
    """A record as the definition of the format prints it (Tripos, 2005)."""
    lines = ["@<TRIPOS>MOLECULE", name, f"{len(atoms):5d} {len(bonds):5d} 1 0 0", "SMALL", "NO_CHARGES", "", ""]
    lines.append("@<TRIPOS>ATOM")
    lines += [f"{i:7d} {a:8s} {i:9.4f} {i % 2:9.4f} 0.0000 {t:5s} 1 LIG 0.0000" for i, (a, t) in enumerate(atoms, 1)]
    lines.append("@<TRIPOS>BOND")
    lines += [f"{i:6d} {a:4d} {b:4d} {t:>4s}" for i, (a, b, t) in enumerate(bonds, 1)]
    return "\n".join(lines) + "\n"


METHANOL = record("methanol", [*METHYL, ("O1", "O.3"), ("H4", "H")], [*METHYL_BONDS, (1, 5, "1"), (5, 6, "1")])


def test_records_and_names() -> None:
    text = "# by hand\n\n" + METHANOL + "\n" + METHANOL.replace("\nmethanol\n", "\n*****\n")

    found = list(read_mol2(text.encode().split(b"\n")))

    assert [entry.name for entry in found] == ["methanol", ""]
    assert [smiles(entry.text) for entry in found] == ["CO", "CO"]


def smiles(text: str) -> str:
    molecule = parse_text(text, "mol2", 60)
    return molecule.smiles if isinstance(molecule, Molecule) else molecule


@pytest.mark.parametrize(
    ("atoms", "bonds", "expected"),
    [
        ([("C2", "C.2"), ("O1", "O.co2"), ("O2", "O.co2")], [(1, 5, "1"), (5, 6, "ar"), (5, 7, "ar")], "CC(=O)[O-]"),
        ([("N1", "N.pl3"), ("O1", "O.2"), ("O2", "O.2")], [(1, 5, "1"), (5, 6, "2"), (5, 7, "2")], "C[N+](=O)[O-]"),
        ([("N1", "N.4"), *[("H", "H")] * 3], [(1, 5, "1"), (5, 6, "1"), (5, 7, "1"), (5, 8, "1")], "C[NH3+]"),
        ([("C2", "C.1"), ("N1", "N.1")], [(1, 5, "1"), (5, 6, "3")], "CC#N"),
    ],
)
def test_charges_follow_from_the_types_of_the_atoms(atoms: list, bonds: list, expected: str) -> None:
    assert smiles(record("x", [*METHYL, *atoms], [*METHYL_BONDS, *bonds])) == expected


def test_record_that_rdkit_would_read_as_another_molecule_is_rejected() -> None:
    without_hydrogens = record("x", [("C1", "C.3"), ("O1", "O.3")], [(1, 2, "1")])
    lines = METHANOL.split("\n")

    assert "has no hydrogens" in smiles(without_hydrogens)
    assert "declares [6, 5] atoms and bonds and lists [6, 4]" in smiles("\n".join(lines[:-2]) + "\n")
    assert "lists [5, 5]" in smiles(METHANOL.replace(lines[-8] + "\n", "", 1))
    assert "no line with the numbers" in smiles("@<TRIPOS>MOLECULE\n")
    assert "other atom types" in smiles(METHANOL.replace("C.3", "c3 ").replace("O.3", "oh ").replace(" H  ", " hc "))


def test_too_large_record_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdf, "MAX_RECORD_BYTES", 700)

    found = list(read_mol2((METHANOL.replace("\n\n", "\n" + "x" * 900 + "\n", 1) + METHANOL).encode().split(b"\n")))

    assert [entry.fault[:9] for entry in found] == ["too large", ""]

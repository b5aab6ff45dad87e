from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from support.tiny_fixtures import write_shifts

from specmol_core.matchnet.pairs.tabulated_lines import TableMolecule, peak_lists, read_tables, stored_lines
from specmol_core.matchnet_x.predicted_lines import unpack_lines

Row = tuple[str, str, int, float]


def rows(smiles: str, carbons: dict[int, float], protons: dict[int, tuple[float, ...]]) -> list[Row]:
    """Rows of a table: shifts of carbons, and of the hydrogens on each heavy atom."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    found: list[Row] = [(smiles, "13C", atom, shift) for atom, shift in carbons.items()]
    for atom, values in protons.items():
        hydrogens = [n.GetIdx() for n in mol.GetAtomWithIdx(atom).GetNeighbors() if n.GetAtomicNum() == 1]
        found += [(smiles, "1H", h, v) for h, v in zip(hydrogens, values, strict=True)]
    return found


def read(folder: Path, table: list[Row], *wanted: str) -> dict[str, TableMolecule]:
    return read_tables([write_shifts(folder / "t.parquet", table)], wanted)


def test_equivalent_atoms_share_the_mean_of_their_shifts(tmp_path: Path) -> None:
    ether = rows("COC", {0: 59.0, 2: 61.0}, {0: (3.1, 3.2, 3.3), 2: (3.3, 3.4, 3.5)})

    shown = peak_lists(read(tmp_path, ether, "COC")["COC"])

    assert shown["13C"] == pytest.approx([60.0])
    assert shown["1H"] == pytest.approx([3.3] * 6)


def test_protons_of_a_ch2_differ_only_near_a_stereocentre(tmp_path: Path) -> None:
    plain = rows("CCO", {0: 18.0, 1: 58.0}, {0: (1.2,) * 3, 1: (3.6, 3.8), 2: (2.0,)})
    chiral = rows("CCC(F)Cl", {0: 10.0, 1: 30.0, 2: 100.0}, {0: (1.0,) * 3, 1: (1.9, 2.1), 2: (6.0,)})

    found = read(tmp_path, plain + chiral, "CCO", "CCC(F)Cl")

    assert peak_lists(found["CCO"])["1H"] == pytest.approx([1.2] * 3 + [3.7] * 2)
    assert peak_lists(found["CCC(F)Cl"])["1H"] == pytest.approx([1.0] * 3 + [1.9, 2.1, 6.0])


def test_stored_lines_have_the_known_errors_and_no_exchanging_protons(tmp_path: Path) -> None:
    found = read(tmp_path, rows("CCO", {0: 18.0, 1: 58.0}, {0: (1.2,) * 3, 1: (3.6, 3.8), 2: (2.0,)}), "CCO")

    content = stored_lines(found, (0.12, 1.5))["CCO"]

    carbons, protons = (unpack_lines([content], nucleus) for nucleus in ("13C", "1H"))
    assert carbons.ppm == pytest.approx([18.0, 58.0])
    assert carbons.uncertainty_ppm == pytest.approx([1.5, 1.5])
    assert protons.ppm == pytest.approx([1.2, 3.7], abs=1e-3)
    assert protons.uncertainty_ppm == pytest.approx([0.12, 0.12])
    assert protons.nuclei.tolist() == [3, 2]


def test_incomplete_molecules_and_others_are_left_out(tmp_path: Path) -> None:
    whole = rows("COC", {0: 59.0, 2: 61.0}, {0: (3.0,) * 3, 2: (3.0,) * 3})
    part = rows("CCO", {0: 18.0}, {0: (1.2,) * 3, 1: (3.6, 3.8)})

    assert list(read(tmp_path, whole + part, "COC", "CCO")) == ["COC"]
    assert list(read(tmp_path, whole + part, "COC", "CCCC")) == ["COC"]


def test_stereoisomers_are_found_by_their_constitution(tmp_path: Path) -> None:
    shifts = rows("C/C=C/Cl", {0: 18.0, 1: 130.0, 2: 117.0}, {0: (1.7,) * 3, 1: (5.9,), 2: (5.8,)})

    assert np.allclose(peak_lists(read(tmp_path, shifts, "CC=CCl")["CC=CCl"])["13C"], [18, 117, 130])


def test_the_first_table_takes_precedence(tmp_path: Path) -> None:
    tables = []
    for name, shift in (("a", 60.0), ("b", 70.0)):
        methanol = rows("COC", {0: shift, 2: shift}, {0: (3.0,) * 3, 2: (3.0,) * 3})
        tables.append(write_shifts(tmp_path / f"{name}.parquet", methanol))

    assert peak_lists(read_tables(tables, ["COC"])["COC"])["13C"] == pytest.approx([60.0])

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import DatasetError
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.train.shift_pack import SPLITS, ShiftPack, pack_records
from specmol_core.shifts.train.shift_records import (
    CARBON,
    HIGHER,
    LOWER,
    PROTONS,
    ShiftRecord,
    experimental_records,
    predicted_records,
    split_of,
)

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def lines(path: Path, *entries: dict) -> Path:
    path.write_text("".join(json.dumps(e) + "\n" for e in entries))
    return path


def records(tmp_path: Path, **entry: object) -> list[ShiftRecord]:
    return list(experimental_records(lines(tmp_path / "m.jsonl", {"smiles": "CCC(C)=O", **entry}), Counter()))


def labels(record: ShiftRecord) -> list[tuple[int, int, float, int]]:
    lab = record.labels
    values = [round(float(v), 3) for v in lab.value]
    return list(zip(lab.atom.tolist(), lab.slot.tolist(), values, lab.group.tolist(), strict=True))


def test_certain_assignments_are_groups_of_one(tmp_path: Path) -> None:
    (record,) = records(
        tmp_path,
        map="cascade_sdf",
        c13=[[7.9, [0], "Q"], [36.9, [1], "T"]],
        h1=[[2.1, 3, "s", [], [3]], [2.5, 1, "", [], [1]], [2.4, 1, "", [], [1]]],
        solvent="Chloroform-D1 (CDCl3)",
    )

    assert labels(record) == [
        (0, CARBON, 7.9, 0),
        (1, CARBON, 36.9, 1),
        (1, HIGHER, 2.5, 2),
        (1, LOWER, 2.4, 3),
        (3, PROTONS, 2.1, 4),
    ]
    assert (record.solvent, record.measured, record.smiles) == (0, True, "CCC(C)=O")


@pytest.mark.parametrize(
    ("text", "solvent"),
    [
        ("Acetone-D6 ((CD3)2CO)", "acetone-d6"),
        ("Benzene-D6 (C6D6)", "C6D6"),
        ("Pyridin-D5 (C5D5N)", "pyridine-d5"),
        ("Methylenchloride-D2 (CD2Cl2)", "CD2Cl2"),
        ("Tetrahydrofuran-D8 (THF-D8, C4D4O)", "THF-d8"),
        ("DMSO-d 6", "DMSO-d6"),
        ("Methanol-D4 (CD3OD)", "CD3OD"),
        ("Water (D2O)", "D2O"),
        ("neat", "other"),
        ("Unreported", "unknown"),
        ("", "unknown"),
    ],
)
def test_solvents_of_measured_shifts(tmp_path: Path, text: str, solvent: str) -> None:
    (record,) = records(tmp_path, map="cascade_sdf", c13=[[7.9, [0], "Q"]], solvent=text)

    assert SOLVENTS[record.solvent] == solvent


def test_predicted_shifts_have_their_solvent_and_leave_out_cations(tmp_path: Path) -> None:
    names = ("smiles", "nucleus", "atom_index", "shift_ppm", "solvent")
    smiles = ("CCO", "CCO", "CC(N)=[NH2+]", "C[N+](=O)[O-]", "CC(=O)[O-]")
    solvents = ("CDCl3", "DMSO-d6", "D2O", "CD3CN", "D2O")
    rows = [(text, "13C", 0, 20.0, solvent) for text, solvent in zip(smiles, solvents, strict=True)]
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), tmp_path / "t.parquet")
    dropped: Counter[str] = Counter()

    found = [(r.smiles, SOLVENTS[r.solvent]) for r in predicted_records(tmp_path / "t.parquet", dropped)]

    kept = [("CCO", "CDCl3"), ("CCO", "DMSO-d6"), ("C[N+](=O)[O-]", "CD3CN"), ("CC(=O)[O-]", "D2O")]
    assert (found, dropped) == (kept, {"predicted cation": 1})


def test_inferred_assignments_are_sets_by_hydrogens(tmp_path: Path) -> None:
    (record,) = records(tmp_path, map="inferred", c13=[[29.4, [3], "Q"], [7.9, [0], "Q"], [36.9, [1], "T"]])

    assert labels(record) == [(1, CARBON, 36.9, 0), (3, CARBON, 7.9, 1), (0, CARBON, 29.4, 1)]


def test_lists_without_assignment_are_one_set(tmp_path: Path) -> None:
    (record,) = records(
        tmp_path, c13=[[7.9, None, "", []], [36.9, 1, "", []], [29.4, None, "", []], [209.0, 1, "", []]]
    )

    assert {group for *_, group in labels(record)} == {0}
    assert record.labels.value.tolist() == sorted(record.labels.value.tolist())
    assert records(tmp_path, c13=[[7.9, None, "", []]]) == []


@pytest.mark.slow
def test_suspect_lists_are_left_out(tmp_path: Path) -> None:
    dropped: Counter[str] = Counter()
    path = lines(
        tmp_path / "m.jsonl",
        {"smiles": "CC", "map": "cascade_sdf", "c13": [[90.0, [0], "Q"]], "qc_c13_mae": 80.0},
        {"smiles": "CC", "map": "cascade_sdf", "c13": [[6.5, [9], "Q"]]},
        {"smiles": "not a smiles", "c13": []},
        {"smiles": "C[Sn](C)(C)C", "map": "cascade_sdf", "c13": [[-9.0, [0], "Q"]]},
    )

    assert list(experimental_records(path, dropped)) == []
    assert sum(dropped.values()) == 4
    assert len(dropped) == 4


@pytest.mark.parametrize(
    "text", ["[1]\n", "{}\n", "no json\n", '{"smiles": "C", "map": "az_graph", "c13": [["x", [0]]]}\n']
)
def test_an_invalid_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(text)
    with pytest.raises(DatasetError):
        list(experimental_records(path, Counter()))


def table(path: Path, rows: list[tuple[str, str, int, float]]) -> Path:
    import pyarrow.parquet as pq

    columns = zip(*rows, strict=True)
    names = ("smiles", "nucleus", "atom_index", "shift_ppm")
    pq.write_table(pa.table({n: list(c) for n, c in zip(names, columns, strict=True)}), path)
    return path


def test_an_explicit_hydrogen_has_the_index_of_the_table(tmp_path: Path) -> None:
    rows = [("[H]/N=C/C", "13C", 2, 170.0), ("[H]/N=C/C", "13C", 3, 20.0), ("[H]/N=C/C", "1H", 0, 9.9)]
    rows += [("[H]/N=C/C", "1H", 4, 7.7)] + [("[H]/N=C/C", "1H", 5 + i, 2.0) for i in range(3)]

    (record,) = predicted_records(table(tmp_path / "p.parquet", rows), Counter())

    assert labels(record) == [
        (1, CARBON, 170.0, 0),
        (2, CARBON, 20.0, 1),
        (0, PROTONS, 9.9, 2),
        (1, PROTONS, 7.7, 3),
        (2, PROTONS, 2.0, 4),
    ]


def many(tmp_path: Path) -> tuple[list[ShiftRecord], list[ShiftRecord]]:
    rings = [f"C1{'C' * n}{a}1" for n in range(2, 9) for a in ("N", "O", "S", "C(=O)", "NC(=O)", "OC(=O)")]
    entries = [
        {"smiles": f"{chain}{ring}", "map": "cascade_sdf", "c13": [[20.0, [0], "Q"]]}
        for ring in rings
        for chain in ("C", "CC", "CCC")
    ]
    measured = list(experimental_records(lines(tmp_path / "m.jsonl", *entries), Counter()))
    rows = [(e["smiles"], "13C", 0, 21.0) for e in entries]
    return measured, list(predicted_records(table(tmp_path / "p.parquet", rows), Counter()))


def test_held_out_structures_and_scaffolds_are_in_no_training_label(tmp_path: Path) -> None:
    measured, predicted = many(tmp_path)
    dropped: Counter[str] = Counter()

    pack = pack_records(measured, predicted, frozenset({measured[0].smiles}), dropped)

    common: frozenset[str] = frozenset()
    kept = [r for r in measured if r.smiles != measured[0].smiles]
    sides = {r.scaffold: split_of(r, common) for r in kept}
    held_out = [r for r in kept if sides[r.scaffold] != "train"]
    assert held_out
    assert (pack.split != 0).sum() == len(held_out)
    assert (pack.split[~pack.measured] == 0).all()
    assert (~pack.measured).sum() == len(kept) - len(held_out)
    assert dropped["of a test set"] == 2
    assert dropped["predicted, held out"] == len(held_out)


def test_a_pack_is_restored(tmp_path: Path) -> None:
    measured, predicted = many(tmp_path)
    pack = pack_records(measured, predicted, frozenset(), Counter())

    pack.save(tmp_path / "pack.npz")
    loaded = ShiftPack.load(tmp_path / "pack.npz")

    np.testing.assert_array_equal(loaded.values, pack.values)
    np.testing.assert_array_equal(loaded.edges, pack.edges)
    assert len(loaded) == len(measured) + (pack.measured == 0).sum()
    assert set(SPLITS) == {"train", "validation", "test"}
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"not a NumPy archive of specmol .* specmol train shifts"):
        ShiftPack.load(tmp_path / "bad.npz")

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.shifts.table import read_shift_table, read_solvent_shifts

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path: Path, rows: list[tuple[str, str, int, float]]) -> Path:
    names = ("smiles", "nucleus", "atom_index", "shift_ppm")
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    return path


ETHANOL = [("CCO", "13C", 0, 18.0), ("CCO", "13C", 1, 58.0)]
PROTONS = [("CCO", "1H", i, s) for i, s in zip(range(3, 9), (1.1, 1.2, 1.3, 3.6, 3.7, 2.0), strict=True)]


def test_hydrogens_go_to_their_heavy_atom(tmp_path: Path) -> None:
    smiles, mol, shifts = next(read_shift_table(write(tmp_path / "t.parquet", ETHANOL + PROTONS)))

    assert smiles == "CCO"
    assert mol.GetNumAtoms() == 3
    assert shifts.c13 == pytest.approx({0: 18.0, 1: 58.0})
    assert {k: pytest.approx(v) for k, v in shifts.h1.items()} == {0: [1.1, 1.2, 1.3], 1: [3.6, 3.7], 2: [2.0]}


def test_rows_of_a_molecule_need_not_be_neighbours(tmp_path: Path) -> None:
    methane = [("C", "13C", 0, -2.0)]
    rows = [ETHANOL[0], *methane, ETHANOL[1], *PROTONS[:3], ("C", "1H", 1, 0.2), *PROTONS[3:]]

    found = {smiles: shifts for smiles, _, shifts in read_shift_table(write(tmp_path / "t.parquet", rows))}

    assert list(found) == ["CCO", "C"]
    assert len(found["CCO"].c13) == 2
    assert sum(map(len, found["CCO"].h1.values())) == 6
    assert found["C"].h1 == {0: [pytest.approx(0.2)]}


def test_each_solvent_of_a_molecule_has_its_shifts(tmp_path: Path) -> None:
    rows = [(*row, "CDCl3") for row in ETHANOL] + [("CCO", "13C", 1, 56.1, "D2O"), ("C", "13C", 0, -2.0, "D2O")]
    names = ("smiles", "nucleus", "atom_index", "shift_ppm", "solvent")
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)

    found = [(smiles, solvent, shifts.c13) for smiles, solvent, _, shifts in read_solvent_shifts(path)]

    assert found == [("CCO", "CDCl3", {0: 18.0, 1: 58.0}), ("CCO", "D2O", {1: 56.1}), ("C", "D2O", {0: -2.0})]
    assert [(smiles, shifts.c13) for smiles, _, shifts in read_shift_table(path)] == [
        ("CCO", {0: 18.0, 1: 58.0}),
        ("C", {0: -2.0}),
    ]


def test_table_without_solvents_names_none(tmp_path: Path) -> None:
    assert [row[1] for row in read_solvent_shifts(write(tmp_path / "t.parquet", ETHANOL))] == [""]


def test_unreadable_smiles_has_no_molecule(tmp_path: Path) -> None:
    rows = [("C1CC", "13C", 0, 20.0)]

    assert next(read_shift_table(write(tmp_path / "t.parquet", rows)))[1] is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("CCO", "13C", 2, 20.0), "is not carbon"),
        (("CCO", "1H", 1, 1.0), "is not hydrogen"),
        (("CCO", "1H", 9, 1.0), "is not hydrogen"),
        (("CCO", "15N", 0, 1.0), "give 13C and 1H only"),
        (("CCO", "13C", 0, float("nan")), "lacks its SMILES"),
    ],
)
def test_wrong_row_is_an_error(tmp_path: Path, row: tuple[str, str, int, float], words: str) -> None:
    path = write(tmp_path / "t.parquet", [row])

    with pytest.raises(DatasetError, match=words) as caught:
        list(read_shift_table(path))
    assert str(path) in str(caught.value)


def test_missing_and_invalid_files(tmp_path: Path) -> None:
    foreign = tmp_path / "x.parquet"
    foreign.write_text("no parquet")
    other = tmp_path / "y.parquet"
    pq.write_table(pa.table({"a": [1]}), other)

    for path, words in ((tmp_path / "none.parquet", "no such file"), (foreign, "not a Parquet"), (other, "smiles")):
        with pytest.raises(DatasetError, match=words):
            list(read_shift_table(path))


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("smiles", [1.5], "atoms? of|is not carbon|not a Parquet"),
        ("smiles", [["CCO"]], "not a Parquet table"),
        ("nucleus", [["13C"]], "not a Parquet table"),
        ("nucleus", ["13C\n" * 99], "give 13C and 1H only"),
        ("nucleus", [None], "give 13C and 1H only|lacks its SMILES"),
        ("atom_index", ["x"], "not a Parquet table"),
        ("atom_index", [None], "lacks its SMILES"),
        ("atom_index", [0.5], "not a Parquet table"),
        ("shift_ppm", ["x"], "not a Parquet table"),
        ("shift_ppm", [1e300], "lacks its SMILES"),
        ("shift_ppm", [None], "lacks its SMILES"),
    ],
)
def test_columns_of_other_types_are_an_error_of_one_line(column: str, values: list, words: str, tmp_path: Path) -> None:
    rows = {"smiles": ["CCO"], "nucleus": ["13C"], "atom_index": [0], "shift_ppm": [18.0]} | {column: values}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")

    if column == "smiles" and values == [1.5]:  # it is text for Arrow, and no SMILES
        assert next(read_shift_table(tmp_path / "t.parquet"))[1] is None
        return
    with pytest.raises(DatasetError, match=words) as caught:
        list(read_shift_table(tmp_path / "t.parquet"))
    assert "\n" not in str(caught.value)


def test_table_with_too_many_rows_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.shifts.table._MAX_ROWS", 1)

    with pytest.raises(DatasetError, match=r"has 2 rows .* split the table"):
        list(read_shift_table(write(tmp_path / "t.parquet", ETHANOL)))


@pytest.mark.slow
def test_smiles_over_which_rdkit_takes_too_long_has_no_molecule(tmp_path: Path) -> None:
    rows = [("C" * 2_000, "13C", 0, 20.0), *ETHANOL]

    assert [mol is None for _, mol, _ in read_shift_table(write(tmp_path / "t.parquet", rows))] == [True, False]

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.matchnet.data.pair_table import PairRow, read_pair_table


@pytest.mark.parametrize("packed", [False, True])
def test_rows_with_and_without_spectra(tmp_path: Path, packed: bool) -> None:
    text = "candidate_smiles,label\nCCO,1\r\nCO,0\n"
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())

    assert read_pair_table(path) == [PairRow("CCO", "CCO", 1), PairRow("CO", "", 0)]


def test_named_spectra(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("pair,candidate_smiles,spectrum_smiles,label\n0,CO,CCO,0\n")

    assert read_pair_table(path) == [PairRow("CO", "CCO", 0)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "candidate_smiles is missing"),
        (b"candidate_smiles\nCCO\n", "label is missing"),
        (b"candidate_smiles,label\nCCO,2\n", "line 2: the label is '2'"),
        (b"candidate_smiles,label\nCCO,1\nCCO\n", "line 3: the label is ''"),
        (b"candidate_smiles,label\n,1\n", "line 2: candidate_smiles is empty"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_bad_table(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=words):
        read_pair_table(path)


def test_missing_and_truncated(tmp_path: Path) -> None:
    cut = tmp_path / "t.csv.gz"
    cut.write_bytes(gzip.compress(b"candidate_smiles,label\n" + b"CCO,1\n" * 1000)[:-20])

    for path, words in ((tmp_path / "none.csv", "no such file"), (cut, "cannot be read as CSV")):
        with pytest.raises(DatasetError, match=words):
            read_pair_table(path)


@pytest.mark.slow
def test_table_that_would_exhaust_the_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("candidate_smiles,label\nC,1\n" + "C" * 2_000 + ",1\n")
    with pytest.raises(DatasetError, match="line 3: RDKit needs too much time or memory"):
        read_pair_table(path)

    path.write_text("candidate_smiles,label\n" + "C,1\n" * 5)
    monkeypatch.setattr("specmol_core.matchnet.data.pair_table._MAX_ROWS", 4)
    with pytest.raises(DatasetError, match="more than 4 rows"):
        read_pair_table(path)

    path.write_bytes(gzip.compress(b"candidate_smiles,label\n" + b"C,1\n" * (1 << 20)))
    monkeypatch.setattr("specmol_core.matchnet.data.pair_table._MAX_ROWS", 1 << 30)
    monkeypatch.setattr("specmol_core.storage.unpacked._MIN_CHECKED_BYTES", 1 << 20)
    with pytest.raises(DatasetError, match="unpacks to more than 200 times its size"):
        read_pair_table(path)

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from specmol_core.errors import LibraryError
from specmol_core.molecules.decoys import decoys_of

LIBRARY = "CCCO a\nCC(C)O b\nCOCC c\nCCO d\nOCCC again\nno(smiles e\nClCCCO f\nCCCCO g\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "l.smi.gz"
    path.write_bytes(gzip.compress(LIBRARY.encode()))
    return path


def test_decoys_are_isomers_other_than_the_truth(library: Path) -> None:
    assert decoys_of(library, ["CCCO", "CCCl"], 30) == {"CCCO": ["CCOC", "CC(C)O"], "CCCl": []}


def test_most_similar_decoys_come_first_up_to_the_count(library: Path) -> None:
    plain = library.with_suffix(".txt")
    plain.write_text(LIBRARY)

    assert decoys_of(plain, ["CCCO"], 1) == {"CCCO": ["CCOC"]}


def test_missing_library_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="does not exist"):
        decoys_of(tmp_path / "none.smi", ["CCO"], 3)

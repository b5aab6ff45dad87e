from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.errors import LibraryError
from specmol_core.molecules.formats import detect_format

SDF = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO")).encode() + b"$$$$\n"


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (SDF, "a.sdf.gz", "sdf"),
        (SDF.replace(b"\n", b"\r\n"), "a.smi", "sdf"),
        (SDF.split(b"$$$$")[0], "a", "sdf"),
        (b"x\n\nno molecule at all\n", "broken.sdf", "sdf"),
        (b"CCO a\nCCN b\n", "wrong.sdf", "smi"),
        (b"CCO a\n", "a.smi", "smi"),
        (b"smiles name\nCCO a\n", "a.smi", "smi"),
        (b"smiles\nCCO\n", "a.smi", "smi"),
        (b"smiles\nCCO\n", "a.csv", "csv"),
        (b"\xef\xbb\xbfid,SMILES\n1,CCO\n", "a.smi.gz", "csv"),
        (b"CCO a\n", "standard input", "smi"),
    ],
)
def test_content_determines_the_format(head: bytes, name: str, expected: str) -> None:
    assert detect_format(head, name) == expected


@pytest.mark.parametrize(
    ("head", "name", "reason"),
    [
        (b" \n\n", "a.smi", "is empty"),
        (b"id,name\n1,x\n", "a.csv", "no SMILES column.*'id,name'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.smi", "binary"),
        (bytes(range(32)) * 10, "a.sdf", "binary"),
        ("CCO\n".encode("utf-16"), "a.smi", "UTF-16"),
        (b"CCO\rCCN\r", "a.smi", "CR line ends"),
    ],
)
def test_other_content_is_an_error(head: bytes, name: str, reason: str) -> None:
    with pytest.raises(LibraryError, match=reason):
        detect_format(head, name)

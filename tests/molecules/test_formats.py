from __future__ import annotations

import pytest
from rdkit import Chem

from specmol_core.errors import LibraryError
from specmol_core.molecules.formats import detect_format
from specmol_core.molecules.source import HEAD_BYTES

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
        (b"$RDFILE 1\n$DATM\n$MFMT\n" + SDF, "a.sdf", "rdf"),
        (b"# made by hand\n@<TRIPOS>MOLECULE\nx\n", "a.txt", "mol2"),
        (b"<untitled>" + SDF, "a.sdf", "sdf"),
    ],
)
def test_content_determines_the_format(head: bytes, name: str, expected: str) -> None:
    assert detect_format(head, name).name == expected


@pytest.mark.parametrize(
    ("head", "name", "reason"),
    [
        (b" \n\n", "a.smi", "is empty"),
        (b"id,name\n1,x\n", "a.csv", "no SMILES column.*'id,name'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.smi", "binary"),
        (bytes(range(32)) * 10, "a.sdf", "binary"),
        (b"id,a_smiles,b_smiles\n1,CCO,CCN\n", "a.csv", "'a_smiles' and 'b_smiles'; rename the one to use"),
        (b"name,smiles\r,note\na,CCO,x\n", "a.csv", "a carriage return is inside the header"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a.xls", "Excel .* save the table as CSV"),
        (b"PAR1\x15\x04", "a.parquet", "Parquet"),
        (b"VjCD0100\x04\x03", "a.cdx", "ChemDraw"),
        (b"%PDF-1.7\n", "a.pdf", "is a PDF"),
        (b"<!DOCTYPE html>\n<html>\n", "a.sdf", "web page"),
        (b'<?xml version="1.0"?>\n<cml>\n', "a.cml", "XML"),
        (b'[{"smiles": "CCO"}]\n', "a.json", "JSON"),
        (b"2\nmethane\nC  0.000 0.000 0.000\nH  0.629 0.629 0.629\n", "a.xyz", "XYZ file"),
        (b"InChI=1S/CH4/h1H4\n", "a.txt", "InChI"),
        (b"$RXN\n\n", "a.rxn", "reaction"),
    ],
)
def test_other_content_is_an_error(head: bytes, name: str, reason: str) -> None:
    with pytest.raises(LibraryError, match=reason):
        detect_format(head, name)


def test_records_that_begin_like_other_formats_are_read() -> None:
    assert detect_format(b"[NH4+] ammonium\n[C-]#[O+] a\n", "a.smi").layout.is_plain


def test_line_that_is_cut_off_at_the_end_of_the_head_does_not_count() -> None:
    rows = b"".join(b"CCO,compound %d\n" % n for n in range(3_000)) + b"c1cc"
    head = (b"CCO,x\n" + rows)[:HEAD_BYTES]

    assert detect_format(head, "a.smi").layout.delimiter == ","

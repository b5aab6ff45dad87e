"""The format of a library file, detected from its content; the file name is only a hint."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from specmol_core.errors import LibraryError
from specmol_core.molecules.column_names import AmbiguousColumnsError
from specmol_core.molecules.source import HEAD_BYTES
from specmol_core.molecules.table_layout import BLANK, PLAIN_LAYOUT, TableLayout, find_layout
from specmol_core.molecules.text_lines import decode

__all__ = ["DetectedFormat", "LibraryFormat", "detect_format"]

LibraryFormat = Literal["sdf", "rdf", "mol2", "smi", "csv"]

_SDF_MARK = re.compile(rb"^(?:\$\$\$\$|M  END|M  V30 |[ \d]{3}[ \d]{3}.*V[23]000\s*$)", re.MULTILINE)
_RDF_MARK = re.compile(rb"\s*\$RDFILE\b")
_MOL2_MARK = re.compile(rb"^@<TRIPOS>MOLECULE", re.MULTILINE)
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_SDF_NAMES = (".sdf", ".sd", ".mol", ".mdl")
_TABLE_NAMES = (".csv", ".tsv")
_MAX_HEAD_LINES = 200
_ACCEPTED = "give an SD file, an RD file, a mol2 file, a SMILES file or a CSV file"
_BINARIES = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel or Word file of the old kind; save the table as CSV",
    b"PAR1": "a Parquet file; save the table as CSV",
    b"VjCD0100": "a ChemDraw file; save the structures as an SD file",
    b"%PDF": f"a PDF; {_ACCEPTED}",
    b"\x89HDF": f"an HDF5 file; {_ACCEPTED}. A cache is given with --cache",
}
_TEXTS = (
    (re.compile(rb"\s*(?:<!DOCTYPE html|<html)", re.I), f"a web page; perhaps its link asks for a login; {_ACCEPTED}"),
    (re.compile(rb"\s*<[!?a-z]", re.I), f"an XML file, such as CML or ChemDraw's CDXML; {_ACCEPTED}"),
    (re.compile(rb'\s*(?:\{|\[\s*[{"\]])'), f"a JSON file; {_ACCEPTED}"),
    (re.compile(rb"\s*\$RXN\b"), f"a reaction; {_ACCEPTED}"),
    (
        re.compile(rb"\s*\d+\s*\n[^\n]*\n\s*[A-Z][a-z]?(?:\s+-?\d+\.\d+){3}"),
        f"an XYZ file, which has no bonds; {_ACCEPTED}",
    ),
    (re.compile(rb"\s*InChI=1"), f"a list of InChI; {_ACCEPTED}"),
)
"""Files that are often given by mistake, by how they begin."""


class DetectedFormat(NamedTuple):
    """The format of a library."""

    name: LibraryFormat
    layout: TableLayout
    """Delimiter, columns and header of a SMILES file or table; of no meaning for other formats."""


def detect_format(head: bytes, label: str) -> DetectedFormat:
    """Detect the format of a library from its first bytes.

    Parameters
    ----------
    head
        The first few ten thousand bytes, unpacked, as UTF-8.
    label
        File name: used as a hint, and in messages.

    Raises
    ------
    LibraryError
        If the file has none of the formats, or is a table without a SMILES column.
    """
    name = label.lower().removesuffix(".gz")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise LibraryError(label, "is empty; give a library with at least one record")
    _reject_binaries(head, label)
    if _RDF_MARK.match(head):
        return DetectedFormat("rdf", PLAIN_LAYOUT)
    if _MOL2_MARK.search(head):
        return DetectedFormat("mol2", PLAIN_LAYOUT)
    if _SDF_MARK.search(head):
        return DetectedFormat("sdf", PLAIN_LAYOUT)
    for pattern, what in _TEXTS:
        if pattern.match(head):
            raise LibraryError(label, f"is {what}")
    lines = head.split(b"\n", _MAX_HEAD_LINES)
    if len(lines) > 1 and (len(head) >= HEAD_BYTES or len(lines) > _MAX_HEAD_LINES):
        lines.pop()  # it may be cut off
    return _text_format([decode(line.removesuffix(b"\r")) for line in lines], name, label)


def _text_format(lines: list[str], name: str, label: str) -> DetectedFormat:
    is_table = name.endswith(_TABLE_NAMES)
    try:
        layout = find_layout(lines, is_table=is_table)
    except AmbiguousColumnsError as error:
        reason = f"has no column 'smiles', but {error}; rename the one to use to 'smiles'"
        raise LibraryError(label, reason) from None
    if layout is not None:
        if any("\r" in line for line in lines[: layout.skipped]):
            reason = "a carriage return is inside the header; save the table with line feeds at the ends of lines"
            raise LibraryError(label, reason)
        return DetectedFormat("smi" if layout.delimiter == BLANK else "csv", layout)
    if is_table:
        header = next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")
        reason = f"has no SMILES column: its header is {header[:100]!r}; name one column 'smiles'"
        raise LibraryError(label, reason)
    return DetectedFormat("sdf" if name.endswith(_SDF_NAMES) else "smi", PLAIN_LAYOUT)


def _reject_binaries(head: bytes, label: str) -> None:
    for magic, what in _BINARIES.items():
        if head.startswith(magic):
            raise LibraryError(label, f"is {what}")
    # A few control characters make single records invalid; many mean that the file is not text.
    if len(head) - len(head.translate(None, _CONTROL_BYTES)) > len(head) // 10 or head.startswith(b"\x89"):
        raise LibraryError(label, f"is a binary file; {_ACCEPTED}")

"""The format of a library file, detected from its content; the file name is only a hint."""

from __future__ import annotations

import re
from typing import Literal

from rdkit import Chem, rdBase

from specmol_core.errors import LibraryError
from specmol_core.molecules.precheck import is_quick
from specmol_core.molecules.smiles_lines import find_columns
from specmol_core.molecules.text_lines import decode

__all__ = ["LibraryFormat", "detect_format"]

LibraryFormat = Literal["sdf", "smi", "csv"]

_SDF_MARK = re.compile(rb"^(?:\$\$\$\$|M  END|M  V30 |[ \d]{3}[ \d]{3}.*V[23]000\s*$)", re.MULTILINE)
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_SDF_NAMES = (".sdf", ".sd", ".mol", ".mdl")
_CSV_NAMES = (".csv", ".tsv")
_MAX_PROBED_LINES = 20


def detect_format(head: bytes, label: str) -> LibraryFormat:
    """Detect the format of a library from its first bytes.

    Parameters
    ----------
    head
        The first few ten thousand bytes, unpacked.
    label
        File name: used as a hint, and in messages.

    Raises
    ------
    LibraryError
        If the file has none of the formats, or is a table without a SMILES column.
    """
    name = label.lower().removesuffix(".gz")
    lines = [decode(line).strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise LibraryError(label, "is empty; give a library with at least one record")
    _reject_other_formats(head, label)
    if _SDF_MARK.search(head):
        return "sdf"
    header = next((line for line in lines if not line.startswith("#")), "")
    columns = find_columns(header)
    if columns is not None and (columns.width > 1 or name.endswith(_CSV_NAMES)):
        return "csv"
    if name.endswith(_CSV_NAMES):
        reason = f"has no SMILES column: its header is {header[:100]!r}; name one column 'smiles'"
        raise LibraryError(label, reason)
    if name.endswith(_SDF_NAMES) and not _looks_like_smiles(lines):
        return "sdf"
    return "smi"


def _reject_other_formats(head: bytes, label: str) -> None:
    accepted = "give an SD file, a SMILES file or a CSV file"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LibraryError(label, "is UTF-16 text; save it as UTF-8")
    # A few control characters make single records invalid; many mean that the file is not text.
    if len(head) - len(head.translate(None, _CONTROL_BYTES)) > len(head) // 10 or head.startswith(b"\x89"):
        raise LibraryError(label, f"is a binary file; {accepted}")
    if b"\r" in head and b"\n" not in head:
        raise LibraryError(label, "has CR line ends; convert them to LF")


def _looks_like_smiles(lines: list[str]) -> bool:
    """Whether most of the first lines begin with a short SMILES that RDKit reads."""
    words = [line.split()[0] for line in lines[:_MAX_PROBED_LINES] if not line.startswith("#")]
    with rdBase.BlockLogs():
        valid = [is_quick(word, "smiles") and Chem.MolFromSmiles(word) is not None for word in words]
    return sum(valid) * 2 > len(valid)

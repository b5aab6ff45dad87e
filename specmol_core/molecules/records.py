"""What goes into and comes out of the reading of a library: raw records, candidates, rejections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from specmol_core.molecules.graph import MoleculeGraph

__all__ = ["Candidate", "Molecule", "ParsedRecord", "RawRecord", "RecordKind", "RejectedRecord"]

RecordKind = Literal["smiles", "molblock"]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as the file has it."""

    index: int
    """0-based place among the records of the library; blank lines, comments and headers are no records."""
    name: str
    """Title, name column or identifier tag; empty where the file gives none."""
    text: str
    """SMILES, or a mol block up to its ``M  END`` with LF line ends."""
    kind: RecordKind
    fault: str = ""
    """Reason why the reader already rejects the record; its text is then empty."""


class Molecule(NamedTuple):
    """What one record's text says, if it is a valid candidate."""

    smiles: str
    """Canonical isomeric SMILES of the largest organic fragment, without explicit hydrogens or atom maps."""
    formula: str
    """Hill formula, isotopes not told apart."""
    key: int
    """Unsigned 64-bit hash of ``smiles``: equal molecules have equal keys, unequal ones nearly never."""
    graph: MoleculeGraph
    """Its columns are those of the parser that read the record."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A record that can be scored."""

    index: int
    name: str
    smiles: str
    formula: str
    key: int
    graph: MoleculeGraph


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that cannot be scored, and why in one line."""

    index: int
    name: str
    reason: str


ParsedRecord = Candidate | RejectedRecord

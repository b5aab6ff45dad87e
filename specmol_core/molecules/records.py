"""Input and output of the parser of a library: raw records, candidates, rejections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from specmol_core.molecules.graph import MoleculeGraph

__all__ = ["SIZE_REASON", "Candidate", "Molecule", "ParsedRecord", "RawRecord", "RecordKind", "RejectedRecord"]

RecordKind = Literal["smiles", "molblock", "mol2"]

SIZE_REASON = " heavy atoms, at most "
"""Part of the rejection reason of a molecule with too many heavy atoms, and of no other reason."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as it is in the file."""

    index: int
    """0-based index among the records of the library; blank lines, comments and headers do not count."""
    name: str
    """Title, name column or identifier tag; empty if there is none."""
    text: str
    """SMILES, a mol block up to its ``M  END``, or a mol2 record, with LF line ends."""
    kind: RecordKind
    fault: str = ""
    """Reason if the reader rejects the record before parsing; its text is then empty."""


class Molecule(NamedTuple):
    """The molecule of one record that is a valid candidate."""

    smiles: str
    """Canonical isomeric SMILES, without explicit hydrogens or atom maps; the main part of a salt is first."""
    formula: str
    """Hill formula, without isotope labels; of a salt, those of its parts with dots between them."""
    key: int
    """Unsigned 64-bit hash of ``smiles``; different molecules almost never have equal keys."""
    graph: MoleculeGraph
    """Graph of the molecule; the parser determines its columns."""


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
    """A record that cannot be scored, with the reason in one line."""

    index: int
    name: str
    reason: str


ParsedRecord = Candidate | RejectedRecord

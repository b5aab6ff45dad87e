"""Parsing of one record's text into a candidate molecule, or the reason for its rejection."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.molecules.graph import MoleculeGraph, UnsupportedMoleculeError, featurise
from specmol_core.molecules.precheck import find_fault, has_marks, written_atoms
from specmol_core.molecules.records import SIZE_REASON, Molecule, RecordKind
from specmol_core.molecules.salts import Part, parts_of, whole_salt
from specmol_core.storage.plain_text import plain_text

__all__ = ["FEATURES", "GraphFeatures", "key_of", "parse_record", "parse_text"]

_Options = TypeVar("_Options")
_ATOM_MAP = re.compile(r":\d+\]")
_SUPPORTED_FORMULA = re.compile(r"(?:[CHNO]\d*)*[+-]?\d*")
_LOG_TIMESTAMP = re.compile(r"^\[\d\d:\d\d:\d\d\] ?")
_MAX_SANITISED_ATOMS = 250
"""Largest number of heavy atoms of a record that is parsed directly.

In larger records the largest fragment is counted first."""
_MAX_READ_ATOMS = 2_000
"""Heavy atoms above which a record is rejected without parsing."""
_MAX_REASON_LENGTH = 160


def _with_flags(options: _Options, **flags: bool) -> _Options:
    for name, value in flags.items():
        setattr(options, name, value)
    return options


_SMILES_FLAGS = {"parseName": False, "strictCXSMILES": False}
_SANITISED_PARAMS = _with_flags(Chem.SmilesParserParams(), **_SMILES_FLAGS, sanitize=True, removeHs=True)
_RAW_PARAMS = _with_flags(Chem.SmilesParserParams(), **_SMILES_FLAGS, sanitize=False, removeHs=False)
_REMOVE_HS_PARAMS = _with_flags(
    Chem.RemoveHsParameters(), removeIsotopes=True, removeDefiningBondStereo=True, showWarnings=False
)


class _RejectionError(Exception):
    """A record is not a candidate; the message is the reason."""


class GraphFeatures(NamedTuple):
    """Functions of a parser that prepare a molecule and build its graph."""

    prepare: Callable[[Chem.Mol, str], Chem.Mol]
    """Takes the parsed molecule and its formula, and returns the molecule to be written as SMILES. It
    raises UnsupportedMoleculeError as early as possible, because later steps take most of the time."""
    graph: Callable[[Chem.Mol, str], MoleculeGraph]
    """Takes the molecule and its canonical SMILES, and returns its graph. It raises
    UnsupportedMoleculeError if the molecule cannot be expressed."""
    canonical: bool
    """Whether the molecule given to ``graph`` must be parsed from its canonical SMILES, with the atoms
    in that order."""
    counter_ions: bool = False
    """Whether the counter-ions of a salt are kept. Otherwise only its main part is."""


def key_of(smiles: str) -> int:
    """Return the first 8 bytes of the BLAKE2b hash of a canonical SMILES as an unsigned integer.

    The bytes are big-endian.

    >>> f"{key_of('CCO'):016x}"
    '6d200b6f6c9553c3'
    """
    return int.from_bytes(blake2b(smiles.encode(), digest_size=8).digest(), "big")


def parse_text(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    """Parse one record into a molecule with the graph of ``featurise``, or a one-line rejection reason.

    The graph omits isotopically labelled hydrogens, because the network knows hydrogens only as counts.

    Parameters
    ----------
    text, kind, max_atoms
        See ``parse_record``.
    """
    return parse_record(text, kind, max_atoms, FEATURES)


def parse_record(text: str, kind: RecordKind, max_atoms: int, features: GraphFeatures) -> Molecule | str:
    """Parse one record into a molecule, or return the reason for its rejection in one line.

    Of several fragments, the main one must be expressible, see ``salts.parts_of``. Charges and
    isotopes are kept; explicit hydrogens and atom maps are removed.

    Parameters
    ----------
    text
        A SMILES (a ChemAxon extension may follow), a mol block or a mol2 record.
    kind
        Which of them the text is.
    max_atoms
        Largest number of heavy atoms of the main part.
    features
        Functions that prepare the molecule and build its graph.
    """
    try:
        with rdBase.BlockLogs():
            return _parse(text, kind, max_atoms, features)
    except (_RejectionError, UnsupportedMoleculeError) as rejection:
        return str(rejection)
    # An unexpected error of RDKit rejects only this record.
    except Exception as error:
        return _one_line(f"unparsable: {error or type(error).__name__}")


def _parse(text: str, kind: RecordKind, max_atoms: int, features: GraphFeatures) -> Molecule:
    if not text.strip():
        raise _RejectionError("empty")
    if fault := find_fault(text, kind):
        raise _RejectionError(fault)
    # A heavy atom takes at least one character of a SMILES or one line of a mol block.
    if (len(text) if kind == "smiles" else text.count("\n")) > _MAX_SANITISED_ATOMS:
        _reject_oversized(text, kind, max_atoms)
    mol = _read_molecule(text, kind, sanitize=True)
    if mol is None:
        raise _RejectionError(_rdkit_error(text, kind))
    if mol.GetNumAtoms() == 0:
        raise _RejectionError("empty")
    mol, others = _main_part(mol) if kind != "smiles" or "." in text else (mol, [])
    if (heavy := mol.GetNumHeavyAtoms()) > max_atoms:
        raise _RejectionError(_size_reason(heavy, max_atoms))
    formula = CalcMolFormula(mol)
    mol = features.prepare(mol, formula)
    has_atom_marks = has_marks(text, kind)
    if has_atom_marks and (kind != "smiles" or _ATOM_MAP.search(text)):
        mol = _remove_atom_maps(mol)
    smiles = Chem.MolToSmiles(mol)
    # Implicit valence depends on how an atom was written; the canonical SMILES makes it unique.
    if smiles != text and (features.canonical or has_atom_marks or "[" in smiles):
        canonical_mol = Chem.MolFromSmiles(smiles)
        if canonical_mol is None and features.canonical:
            raise _RejectionError("unparsable: RDKit does not read its canonical SMILES")
        mol = canonical_mol or mol
    graph = features.graph(mol, smiles)
    if others and features.counter_ions:
        smiles, formula, graph = whole_salt(smiles, formula, graph, [_part(other, features) for other in others])
    return Molecule(smiles, formula, key_of(smiles), graph)


def _read_molecule(text: str, kind: RecordKind, *, sanitize: bool) -> Chem.Mol | None:
    mol: Chem.Mol | None
    if kind == "mol2":
        mol = Chem.MolFromMol2Block(text, sanitize=sanitize, removeHs=sanitize)
    elif kind == "molblock":
        mol = Chem.MolFromMolBlock(text, sanitize=sanitize, removeHs=sanitize)
    else:
        mol = Chem.MolFromSmiles(text, _SANITISED_PARAMS if sanitize else _RAW_PARAMS)
    return mol


def _reject_oversized(text: str, kind: RecordKind, max_atoms: int) -> None:
    """Reject a record that is too large, without the costly steps of parsing."""
    atoms = written_atoms(text, kind)
    if atoms > _MAX_READ_ATOMS:
        raise _RejectionError(_size_reason(atoms, max_atoms))
    if atoms > _MAX_SANITISED_ATOMS and (mol := _read_molecule(text, kind, sanitize=False)) is not None:
        heavy = [sum(mol.GetAtomWithIdx(i).GetAtomicNum() > 1 for i in part) for part in Chem.GetMolFrags(mol)]
        if max(heavy, default=0) > max_atoms:
            raise _RejectionError(_size_reason(max(heavy), max_atoms))


def _main_part(mol: Chem.Mol) -> tuple[Chem.Mol, list[str]]:
    if len(Chem.GetMolFrags(mol)) == 1:
        return mol, []
    if all(atom.GetAtomicNum() != 6 for atom in mol.GetAtoms()):
        raise _RejectionError("several fragments, none organic")
    main, others = parts_of(mol)
    if main is None:
        raise _RejectionError("unparsable: its largest fragment cannot be separated from the rest")
    return main, others


@lru_cache(maxsize=1 << 12)
def _part(smiles: str, features: GraphFeatures) -> Part:
    """A counter-ion or solvate; without graph if it has no lines that can be predicted."""
    mol = Chem.MolFromSmiles(smiles)
    formula = CalcMolFormula(mol)
    try:
        return Part(smiles, formula, features.graph(features.prepare(mol, formula), smiles))
    except UnsupportedMoleculeError:
        return Part(smiles, formula, None)


def _remove_atom_maps(mol: Chem.Mol) -> Chem.Mol:
    plain = Chem.Mol(mol)
    for atom in plain.GetAtoms():
        atom.SetAtomMapNum(0)
    # The parser keeps hydrogens that have a map number.
    return Chem.RemoveHs(plain)


def _check_elements(mol: Chem.Mol, formula: str) -> Chem.Mol:
    if not _SUPPORTED_FORMULA.fullmatch(formula):
        featurise(mol)  # raises an error that names the element
    return mol


def _feature_graph(mol: Chem.Mol, smiles: str) -> MoleculeGraph:
    heavy = mol.GetNumHeavyAtoms()
    if 0 < heavy < mol.GetNumAtoms():
        mol = Chem.RemoveHs(mol, _REMOVE_HS_PARAMS)
    return featurise(mol)


FEATURES = GraphFeatures(_check_elements, _feature_graph, canonical=False)
"""Features of ``parse_text``."""


def _size_reason(atoms: int, max_atoms: int) -> str:
    return f"too large: {atoms}{SIZE_REASON}{max_atoms}"


def _rdkit_error(text: str, kind: RecordKind) -> str:
    """Return RDKit's first message about a text that it cannot parse."""
    with rdBase.CaptureErrorLog() as log:
        _read_molecule(text, kind, sanitize=True)
    lines = [_LOG_TIMESTAMP.sub("", line).strip() for line in log.messages.splitlines()]
    skipped = ("****", "Pre-condition Violation", "Post-condition Violation", "Invariant Violation", "")
    first = next((line for line in lines if line not in skipped), "RDKit does not read it")
    return _one_line(f"unparsable: {first.removeprefix('SMILES Parse Error: ')}")


def _one_line(text: str) -> str:
    line = plain_text(text)
    return line if len(line) <= _MAX_REASON_LENGTH else line[: _MAX_REASON_LENGTH - 3] + "..."

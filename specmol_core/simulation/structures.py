"""Parse a library record into a structure whose spectra can be simulated, or a rejection reason."""

from __future__ import annotations

from rdkit import Chem, rdBase
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from specmol_core.molecules.parse import key_of
from specmol_core.molecules.precheck import find_fault, written_atoms
from specmol_core.molecules.records import Molecule, RecordKind
from specmol_core.shifts.graph import MAX_ATOMS
from specmol_core.shifts.records import packed_graph, without_stereo_hydrogens

__all__ = ["STRUCTURE_READER", "read_structure"]

STRUCTURE_READER = "specmol_core.simulation.structures:read_structure"
"""Import path by which worker processes find ``read_structure``."""

_ELEMENTS = frozenset((1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53))
_NONMETALS = frozenset((0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 33, 34, 35, 36, 52, 53, 54, 85, 86))
_MAX_WRITTEN_ATOMS = 2_000
"""Number of heavy atoms above which a record is not parsed at all."""


def read_structure(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    """Return the structure of one record, or the reason of its rejection as "category: detail".

    Parameters
    ----------
    text
        A SMILES, a mol block or a mol2 record.
    kind
        Format of ``text``.
    max_atoms
        Maximum number of heavy atoms; at most the shift predictor's MAX_ATOMS.

    Returns
    -------
    The molecule with its canonical isomeric SMILES (without atom maps) and the graph of
    ``shifts.records``, or the rejection reason.

    Examples
    --------
    >>> read_structure("OCC", "smiles", max_atoms=60).smiles
    'CCO'
    >>> read_structure("[Na]Cl", "smiles", max_atoms=60)
    'metal: Na'
    """
    try:
        with rdBase.BlockLogs():
            return _parse_record(text, kind, min(max_atoms, MAX_ATOMS))
    # RDKit may raise any exception on a malformed record; only that record is lost.
    except Exception as error:
        return f"unreadable: {' '.join(str(error).split())[:120] or type(error).__name__}"


def _parse_record(text: str, kind: RecordKind, max_atoms: int) -> Molecule | str:
    if not text.strip():
        return "unreadable: the record is empty"
    if fault := find_fault(text, kind):
        return f"unreadable: {fault.removeprefix('unparsable: ')}"
    if (written := written_atoms(text, kind)) > _MAX_WRITTEN_ATOMS:
        return f"too large: {written} heavy atoms, at most {max_atoms}"
    if kind == "smiles":
        mol = Chem.MolFromSmiles(text.split()[0])
    else:
        mol = Chem.MolFromMolBlock(text) if kind == "molblock" else Chem.MolFromMol2Block(text)
    if mol is None:
        return "unreadable: RDKit cannot parse it as a molecule"
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    mol = without_stereo_hydrogens(mol)
    if reason := _rejection_reason(mol, max_atoms):
        return reason
    smiles = str(Chem.MolToSmiles(mol))
    formula = str(CalcMolFormula(mol))
    graph = packed_graph(mol if smiles == text else Chem.MolFromSmiles(smiles), smiles)
    return Molecule(smiles, formula, key_of(smiles), graph)


def _rejection_reason(mol: Chem.Mol, max_atoms: int) -> str:
    """Return why spectra of the molecule cannot be simulated; empty if they can."""
    fragments = len(Chem.GetMolFrags(mol))
    atoms = list(mol.GetAtoms())
    numbers = {atom.GetAtomicNum() for atom in atoms}
    symbols = {atom.GetAtomicNum(): atom.GetSymbol() for atom in atoms}
    if not atoms:
        return "unreadable: the record has no atom"
    if metals := sorted(numbers - _NONMETALS):
        return f"metal: {symbols[metals[0]]}"
    if fragments > 1:
        return f"several fragments: {fragments}; give one molecule per record"
    if len(atoms) > max_atoms:
        return f"too large: {len(atoms)} heavy atoms, at most {max_atoms}"
    if unsupported := sorted(numbers - _ELEMENTS):
        return f"element: shifts of compounds with {symbols[unsupported[0]]} cannot be predicted"
    isotopes = [a for a in atoms if a.GetIsotope()]
    if isotopes:
        return f"isotope: {isotopes[0].GetIsotope()}{isotopes[0].GetSymbol()}"
    if radicals := sum(a.GetNumRadicalElectrons() for a in atoms):
        return f"radical: {radicals} unpaired electron{'s' if radicals > 1 else ''}"
    if 6 not in numbers:
        return "no carbon"
    if 1 in numbers:
        return "unreadable: a hydrogen is bound to several atoms or to none"
    return "" if any(a.GetTotalNumHs() for a in atoms) else "no hydrogen"

"""Parts of benchmark sets that are made from files of measured shifts: unseen structures, lists, candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rdkit import Chem, rdBase

from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.graph import UnpredictableError, shift_graph
from specmol_core.shifts.train.shift_records import ShiftRecord, common_scaffolds, experimental_records, split_of

__all__ = [
    "Line",
    "is_predictable",
    "lists_of",
    "moved_substituents",
    "position_isomers",
    "predicted_structures",
    "records_of",
    "solvent_of",
    "structures_by_split",
]

Line = list[Any]
"""A 13C line (shift, carbons) or a 1H line (shift, protons, multiplicity, couplings)."""
_MAX_RESIDUAL_PPM = {"c13": 5.0, "h1": 0.5}
"""Residual against an environment table above which a list is of another compound (ppm)."""
_MIN_COVERAGE = 0.95


def records_of(measured: Sequence[Path]) -> list[ShiftRecord]:
    """Return the records of files of measured shifts that a training can use."""
    dropped: Counter[str] = Counter()
    return [record for path in measured for record in experimental_records(path, dropped)]


def structures_by_split(
    records: Sequence[ShiftRecord], excluded: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the structures of the predictor's training, and those whose scaffolds it holds out."""
    kept = [r for r in records if r.smiles not in excluded]
    common = common_scaffolds(kept)
    held_out = frozenset(r.smiles for r in kept if split_of(r, common) != "train")
    return frozenset(r.smiles for r in kept) - held_out, held_out


def predicted_structures(paths: Sequence[Path]) -> frozenset[str]:
    """Return the SMILES without stereochemistry of tables of predicted shifts."""
    import pyarrow.compute
    import pyarrow.parquet

    names: set[str] = set()
    for path in paths:
        column = pyarrow.parquet.read_table(path, columns=["smiles"])["smiles"]
        mols = map(Chem.MolFromSmiles, pyarrow.compute.unique(column).to_pylist())
        names.update(constitution_smiles(mol) for mol in mols if mol is not None)
    return frozenset(names)


def lists_of(entry: dict[str, Any], mol: Chem.Mol) -> tuple[list[Line], list[Line]]:
    """13C and 1H lines of a record, each empty if it is incomplete or of another compound.

    Parameters
    ----------
    mol
        The structure whose protons the 1H list must show.
    """
    lists: dict[str, list[Line]] = {}
    for key in ("c13", "h1"):
        coverage = entry.get(f"{key}_cov")
        usable = (entry.get(f"qc_{key}_mae") or 0.0) <= _MAX_RESIDUAL_PPM[key] and (coverage or 1.0) >= _MIN_COVERAGE
        lists[key] = (entry.get(key) or []) if usable else []
    counts: Counter[float] = Counter()
    for ppm, atoms, *_ in lists["c13"]:
        counts[float(ppm)] += len(atoms) if isinstance(atoms, list) else int(atoms or 1)
    c13 = [[ppm, count] for ppm, count in sorted(counts.items())]
    if any(line[1] is None for line in lists["h1"]):
        return c13, []
    if lists["h1"] and not _fits(mol, sum(line[1] for line in lists["h1"])):
        return [], []  # the structure is not that of the list
    return c13, [[float(x[0]), float(x[1]), str(x[2] or ""), list(x[3] or ())] for x in lists["h1"]]


def _fits(mol: Chem.Mol, protons: float) -> bool:
    """Whether a list of so many protons can be of a structure whose OH and NH may be missing."""
    hydrogens = {a.GetIdx(): a.GetTotalNumHs() for a in mol.GetAtoms()}
    on_carbon = sum(n for i, n in hydrogens.items() if mol.GetAtomWithIdx(i).GetAtomicNum() == 6)
    return on_carbon <= round(protons) <= sum(hydrogens.values())


def solvent_of(entry: dict[str, Any]) -> str:
    """Return the solvent of a record; empty if it is unreported."""
    name = str(entry.get("solvent") or "")
    return "" if name.upper().startswith("UN") else name


def is_predictable(smiles: str) -> bool:
    """Whether a structure has carbon and the shift predictor knows its elements."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()):
        return False
    try:
        shift_graph(mol)
    except UnpredictableError:
        return False
    return True


def position_isomers(smiles: str, count: int = 10) -> list[str]:
    """Structures in which one substituent of an aromatic ring stands on another of its CH."""

    def is_aromatic_carbon(atom: Chem.Atom) -> bool:
        return atom.GetIsAromatic() and atom.GetAtomicNum() == 6

    return _with_moved_bond(
        smiles,
        lambda bond, source: is_aromatic_carbon(source),
        lambda target: is_aromatic_carbon(target) and target.GetTotalNumHs() == 1,
    )[:count]


def moved_substituents(smiles: str) -> list[str]:
    """Isomers in which one substituent stands on another carbon that has a proton."""
    return _with_moved_bond(
        smiles,
        lambda bond, source: bond.GetBondType() == Chem.BondType.SINGLE,
        lambda target: target.GetAtomicNum() == 6 and target.GetTotalNumHs() > 0,
    )


def _with_moved_bond(
    smiles: str, is_movable: Callable[[Chem.Bond, Chem.Atom], bool], is_free: Callable[[Chem.Atom], bool]
) -> list[str]:
    """Isomers in which a bond outside of rings leads from another atom, in one piece.

    Parameters
    ----------
    is_movable
        Whether a bond may leave one of its atoms, the source.
    is_free
        Whether a bond may lead from an atom.
    """
    mol = Chem.MolFromSmiles(smiles)
    free = [atom.GetIdx() for atom in mol.GetAtoms() if is_free(atom)]
    result: list[str] = []
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        for source, other in (ends, ends[::-1]):
            if bond.IsInRing() or not is_movable(bond, source):
                continue
            result += [
                _moved(mol, source.GetIdx(), other.GetIdx(), target, bond.GetBondType())
                for target in free
                if target not in (source.GetIdx(), other.GetIdx())
                and mol.GetBondBetweenAtoms(target, other.GetIdx()) is None
            ]
    return [s for s in dict.fromkeys(result) if s and s != smiles and "." not in s]


def _moved(mol: Chem.Mol, source: int, substituent: int, target: int, kind: Chem.BondType) -> str:
    edited = Chem.RWMol(mol)
    edited.RemoveBond(source, substituent)
    edited.AddBond(target, substituent, kind)
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(edited)
        except (ValueError, RuntimeError):
            return ""
        return constitution_smiles(edited)

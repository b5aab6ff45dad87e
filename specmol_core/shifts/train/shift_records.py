"""Measured and predicted chemical shifts as labels of molecular graphs, with splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

from specmol_core.errors import DatasetError
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.conventions import OTHER_SOLVENT, SOLVENTS, UNKNOWN_SOLVENT
from specmol_core.shifts.graph import ShiftGraph, UnpredictableError, shift_graph
from specmol_core.shifts.table import read_solvent_shifts
from specmol_core.shifts.train.measured_entries import measured_entries
from specmol_core.spectra.reference.solvents import solvent_named

__all__ = [
    "SLOTS",
    "ShiftLabels",
    "ShiftRecord",
    "common_scaffolds",
    "experimental_records",
    "is_cation",
    "predicted_records",
    "split_of",
]

SLOTS = CARBON, PROTONS, HIGHER, LOWER = range(4)
"""Targets of labels: a carbon, the mean of its protons, the higher or lower of two protons."""

_MAX_SCAFFOLD_STRUCTURES = 200
"""Maximum number of structures of a scaffold that may be held out."""
_TEST_PER_MILLE, _VALIDATION_PER_MILLE = 50, 80
"""Upper limits of the hash, per 1,000 scaffolds: 50 for the test, the next 30 for validation."""
_MAX_RESIDUAL_PPM = {"c13": 5.0, "h1": 0.8}
"""Residual against an environment table above which a list is of another compound (ppm)."""


@dataclass(frozen=True)
class ShiftLabels:
    """Observed shifts of one molecule; the labels of a group are a set without assignment."""

    atom: NDArray[np.int16]
    """(labels,) index of the heavy atom."""
    slot: NDArray[np.uint8]
    """(labels,) one of SLOTS."""
    value: NDArray[np.float32]
    """(labels,) shift in ppm, ascending within each group."""
    group: NDArray[np.int16]
    """(labels,) index of the group, ascending."""


@dataclass(frozen=True)
class ShiftRecord:
    """Graph of one molecule with its shifts."""

    smiles: str
    """Canonical SMILES without stereochemistry."""
    scaffold: str
    graph: ShiftGraph
    labels: ShiftLabels
    solvent: int
    """Index into shifts.conventions.SOLVENTS."""
    measured: bool


def common_scaffolds(records: Sequence[ShiftRecord]) -> frozenset[str]:
    """Return the scaffolds with too many measured structures to be held out."""
    counts = Counter(r.scaffold for r in records)
    return frozenset(s for s, n in counts.items() if s and n > _MAX_SCAFFOLD_STRUCTURES)


def split_of(record: ShiftRecord, common: frozenset[str]) -> str:
    """Return train, validation or test, from the hash of the scaffold.

    A scaffold in ``common`` is always in training, because holding it out would remove too many
    structures. Structures without a ring are split by their SMILES without stereochemistry.
    """
    if record.scaffold in common:
        return "train"
    key = blake2b((record.scaffold or record.smiles).encode(), digest_size=8).digest()
    share = int.from_bytes(key, "big") % 1000
    return "test" if share < _TEST_PER_MILLE else "validation" if share < _VALIDATION_PER_MILLE else "train"


def predicted_records(path: Path, dropped: Counter[str]) -> Iterator[ShiftRecord]:
    """Yield the molecules of a table of predicted shifts; count unusable ones in ``dropped``.

    Shifts of a table without solvents are those in CDCl3. Cations are left out: the predictions of
    CSP5 are poor on them (an amidinium carbon is predicted at 142 ppm and stands at 164 to 170).

    Raises
    ------
    DatasetError
        See :func:`read_shift_table`.
    """
    for _, solvent, mol, shifts in read_solvent_shifts(path):
        if mol is not None and is_cation(mol):
            dropped["predicted cation"] += 1
            continue
        groups: list[list[tuple[int, int, float]]] = [[(a, CARBON, v)] for a, v in sorted(shifts.c13.items())]
        for atom, values in sorted(shifts.h1.items()):
            groups += _proton_groups(atom, values)
        record = _record(mol, groups, _solvent(solvent or "CDCl3"), measured=False, dropped=dropped)
        if record is not None:
            yield record


def experimental_records(path: Path, dropped: Counter[str]) -> Iterator[ShiftRecord]:
    """Yield the molecules of a file of measured shifts; count unusable ones in ``dropped``.

    Each line is a JSON object with ``smiles``, ``c13`` (lists of shift, atoms or count,
    multiplicity) and ``h1`` (lists of shift, protons, multiplicity, couplings, heavy atoms). If
    ``map`` is "inferred", shifts are assigned only to the set of atoms with the same number of
    hydrogens. Without an assignment, all shifts are one set.

    Raises
    ------
    DatasetError
        If the file cannot be read, or a line is not such an object.
    """
    for number, entry in measured_entries(path):
        mol = Chem.MolFromSmiles(entry["smiles"])
        if mol is None:
            dropped["SMILES unreadable"] += 1
            continue
        try:
            with rdBase.BlockLogs():  # otherwise RDKit prints 70 lines for an index outside of the molecule
                groups = _carbon_labels(mol, entry) + _proton_labels(mol, entry)
        except RuntimeError:  # RDKit raises it for an index outside of the molecule
            dropped["assigned to a missing atom"] += 1
            continue
        except (TypeError, ValueError, IndexError, KeyError) as error:
            raise DatasetError(
                path, f"line {number}: c13 or h1 has another form than documented ({error!r}); correct it"
            ) from None
        solvent = _solvent(str(entry.get("solvent") or ""))
        record = _record(mol, groups, solvent, measured=True, dropped=dropped)
        if record is not None:
            yield record


def _solvent(name: str) -> int:
    if not name or name.upper().startswith("UN"):
        return UNKNOWN_SOLVENT
    # nmrshiftdb2: "Methanol-D4 (CD3OD)", "Acetone-D6 ((CD3)2CO)".
    known = solvent_named(name) or solvent_named(name.partition(" (")[0])
    return SOLVENTS.index(known.name) if known is not None and known.name in SOLVENTS else OTHER_SOLVENT


def is_cation(mol: Chem.Mol) -> bool:
    """Whether an atom has a positive charge that no neighbour balances.

    >>> is_cation(Chem.MolFromSmiles("CC(N)=[NH2+]")), is_cation(Chem.MolFromSmiles("C[N+](=O)[O-]"))
    (True, False)
    """
    return any(
        atom.GetFormalCharge() > 0 and all(other.GetFormalCharge() >= 0 for other in atom.GetNeighbors())
        for atom in mol.GetAtoms()
    )


def _proton_groups(atom: int, values: list[float]) -> list[list[tuple[int, int, float]]]:
    """Return one group per label: both shifts of two protons, otherwise the mean of the protons."""
    if len(values) == 2:
        low, high = sorted(values)
        return [[(atom, HIGHER, high)], [(atom, LOWER, low)]]
    return [[(atom, PROTONS, float(np.mean(values)))]] if values else []


_Groups = list[list[tuple[int, int, float]]]


def _carbon_labels(mol: Chem.Mol, entry: dict[str, Any]) -> _Groups:
    lines = entry.get("c13") or []
    if not lines or (entry.get("qc_c13_mae") or 0.0) > _MAX_RESIDUAL_PPM["c13"]:
        return []
    if not isinstance(lines[0][1], list):
        return _unassigned_carbons(mol, lines)
    labels = [(atom, CARBON, float(line[0])) for line in lines for atom in line[1]]
    labels = [label for label in labels if mol.GetAtomWithIdx(label[0]).GetAtomicNum() == 6]
    if entry.get("map") != "inferred":
        return [[label] for label in labels]
    sets: dict[int, list[tuple[int, int, float]]] = {}
    for label in labels:
        sets.setdefault(mol.GetAtomWithIdx(label[0]).GetTotalNumHs(), []).append(label)
    return [sets[key] for key in sorted(sets)]


def _unassigned_carbons(mol: Chem.Mol, lines: list[Any]) -> _Groups:
    carbons = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
    values = sorted(float(line[0]) for line in lines for _ in range(int(line[1] or 1)))
    if len(values) != len(carbons):
        ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
        carbons = list({ranks[a]: a for a in carbons}.values())
        values = sorted(float(line[0]) for line in lines)
    if len(values) != len(carbons):
        return []
    return [[(a, CARBON, v) for a, v in zip(carbons, values, strict=True)]]


def _proton_labels(mol: Chem.Mol, entry: dict[str, Any]) -> _Groups:
    lines = entry.get("h1") or []
    if not lines or (entry.get("qc_h1_mae") or 0.0) > _MAX_RESIDUAL_PPM["h1"]:
        return []
    on_atom: dict[int, list[tuple[float, float | None]]] = {}
    for line in lines:
        for atom in (line[4] if len(line) > 4 else None) or ():
            on_atom.setdefault(int(atom), []).append((float(line[0]), line[1]))
    if not on_atom:
        return _unassigned_protons(mol, lines)
    groups: _Groups = []
    for atom, values in sorted(on_atom.items()):
        hydrogens = mol.GetAtomWithIdx(atom).GetTotalNumHs()
        shifts = [value for value, _ in values]
        if hydrogens == 0 or len(shifts) > max(hydrogens, 1):
            continue
        pair = hydrogens == 2 and len(shifts) == 2
        groups += _proton_groups(atom, shifts) if pair else [[(atom, PROTONS, float(np.mean(shifts)))]]
    if entry.get("map") != "inferred":
        return groups
    sets: dict[tuple[bool, int, bool], list[tuple[int, int, float]]] = {}
    for group in groups:
        for label in group:
            owner = mol.GetAtomWithIdx(label[0])
            key = (owner.GetAtomicNum() == 6, owner.GetTotalNumHs(), label[1] == PROTONS)
            sets.setdefault(key, []).append(label)
    return [sets[key] for key in sorted(sets)]


def _unassigned_protons(mol: Chem.Mol, lines: list[Any]) -> _Groups:
    if any(line[1] is None for line in lines):
        return []
    values = sorted(float(line[0]) for line in lines for _ in range(max(1, round(line[1]))))
    atom_slots = []
    for atom in mol.GetAtoms():
        hydrogens = atom.GetTotalNumHs()
        if atom.GetAtomicNum() == 6:
            slots = [HIGHER, LOWER] if hydrogens == 2 else [PROTONS] * hydrogens
            atom_slots += [(atom.GetIdx(), slot) for slot in slots]
    if len(values) != len(atom_slots):
        return []
    return [[(a, s, v) for (a, s), v in zip(atom_slots, values, strict=True)]]


def _record(
    mol: Chem.Mol | None, groups: _Groups, solvent: int, *, measured: bool, dropped: Counter[str]
) -> ShiftRecord | None:
    if mol is None or not groups:
        dropped["SMILES unreadable" if mol is None else "no usable shift"] += 1
        return None
    try:
        graph = shift_graph(mol)
    except UnpredictableError:
        dropped["outside the predictor's elements"] += 1
        return None
    rows = [(a, s, v, g) for g, group in enumerate(groups) for (a, s, _), v in _with_sorted_values(group)]
    atom, slot, value, number = zip(*rows, strict=True)
    labels = ShiftLabels(
        np.array(atom, np.int16), np.array(slot, np.uint8), np.array(value, np.float32), np.array(number, np.int16)
    )
    nonisomeric = constitution_smiles(mol)
    scaffold = MurckoScaffoldSmiles(smiles=nonisomeric)  # type: ignore[no-untyped-call]
    return ShiftRecord(nonisomeric, scaffold, graph, labels, solvent, measured)


def _with_sorted_values(group: list[tuple[int, int, float]]) -> Iterable[tuple[tuple[int, int, float], float]]:
    return zip(group, sorted(value for *_, value in group), strict=True)

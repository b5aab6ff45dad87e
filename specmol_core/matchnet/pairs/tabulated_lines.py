"""Lines of candidates from tables of shifts, with the known errors of the simulation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.errors import DatasetError
from specmol_core.matchnet.data.pair_table import read_pair_table
from specmol_core.matchnet.pairs.pair_sets import PairSet, usable_pairs, validation_pair_set
from specmol_core.matchnet_x.predicted_lines import is_exchanging, pack_lines, predicted_lines
from specmol_core.molecules.without_stereo import constitution_of_smiles, constitution_smiles
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.graph import UnpredictableError, shift_graph
from specmol_core.shifts.table import read_shift_table
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.simulation.equivalence import chemical_classes, diastereotopic_methylenes
from specmol_core.simulation.shift_draws import drawn_shifts
from specmol_core.simulation.topology import read_topology

__all__ = ["TableMolecule", "peak_lists", "read_tables", "stored_lines", "table_pairs"]

_CARBON = 6


class TableMolecule(NamedTuple):
    """Molecule of a table of shifts, with its shifts averaged as in a spectrum."""

    mol: Chem.Mol
    shifts: AtomShifts
    """Shifts (ppm), equal for equivalent atoms."""
    classes: tuple[int, ...]
    """Class of each atom; equivalent atoms have the same class."""


def read_tables(paths: Sequence[Path], wanted: Collection[str]) -> dict[str, TableMolecule]:
    """Return the wanted molecules of the tables, keyed by SMILES without stereochemistry.

    A molecule is taken from the first table that holds it. A molecule that lacks the shift of a
    carbon, or of a hydrogen on carbon, is omitted.

    Parameters
    ----------
    wanted
        SMILES without stereochemistry.

    Raises
    ------
    DatasetError
        If a table is unusable, or holds none of the wanted molecules.
    """
    molecules: dict[str, TableMolecule] = {}
    for path in paths:
        usable_count = 0
        for _, mol, shifts in read_shift_table(path):
            if mol is None:
                continue
            nonisomeric = constitution_smiles(mol)
            if nonisomeric in wanted and _has_all_shifts(mol, shifts):
                usable_count += 1
                molecules.setdefault(nonisomeric, _averaged_molecule(mol, shifts))
        if wanted and not usable_count:
            raise DatasetError(path, "holds none of the candidates; give the table that the dataset was simulated from")
    return molecules


def table_pairs(
    dataset: Dataset, tables: Sequence[Path], shifts: Sequence[Path]
) -> tuple[dict[Path, PairSet], PairSet, dict[str, TableMolecule]]:
    """Return the pairs of each table, the validation pairs, and the candidates' molecules.

    Pairs of candidates in no table of shifts are omitted.

    Raises
    ------
    DatasetError
        If a table is unusable, or none of its pairs can be used.
    """
    wanted = {constitution_of_smiles(pair.candidate) for table in tables for pair in read_pair_table(table)}
    wanted |= set(dataset.smiles) | {candidate for candidate, _ in dataset.false_pairs}
    molecules = read_tables(shifts, {smiles for smiles in wanted if smiles is not None})

    def rejection_reason(smiles: str | None) -> str:
        return "" if smiles in molecules else "candidate not in the tables of shifts"

    return (
        {path: usable_pairs(dataset, path, rejection_reason) for path in tables},
        validation_pair_set(dataset, rejection_reason),
        molecules,
    )


def peak_lists(molecule: TableMolecule) -> dict[str, NDArray[np.float64]]:
    """Return the shifts of each nucleus in ascending order (ppm).

    13C has one shift for each class of carbons, 1H one for each proton on carbon.
    """
    mol, shifts, classes = molecule
    carbons = {classes[atom]: shift for atom, shift in shifts.c13.items()}
    protons = [v for atom, values in shifts.h1.items() if _is_carbon(mol, atom) for v in values]
    return {"13C": np.sort(np.array([*carbons.values()], float)), "1H": np.sort(np.array(protons, float))}


def stored_lines(molecules: Mapping[str, TableMolecule], errors_ppm: tuple[float, float]) -> dict[str, bytes]:
    """Return the lines of each molecule as payloads of a library.

    Protons on other atoms than carbon are omitted, because the tables do not hold their shifts.

    Parameters
    ----------
    errors_ppm
        Standard deviation of every 1H shift and of every 13C shift (ppm).
    """
    return {name: _packed_lines(molecule, errors_ppm) for name, molecule in molecules.items()}


def _packed_lines(molecule: TableMolecule, errors_ppm: tuple[float, float]) -> bytes:
    graph = shift_graph(molecule.mol)
    means = np.zeros((len(graph.atoms), 4), np.float32)
    for atom, shift in molecule.shifts.c13.items():
        means[atom, 0] = shift
    for atom, values in molecule.shifts.h1.items():
        means[atom, 1] = np.mean(values)
        means[atom, 2:] = values if len(values) == 2 else means[atom, 1]
    errors = np.tile(np.array(errors_ppm[::-1], np.float32), (len(means), 1))
    (lines,) = predicted_lines([graph], means, errors)
    return pack_lines(lines[~is_exchanging(lines)])


def _averaged_molecule(mol: Chem.Mol, shifts: AtomShifts) -> TableMolecule:
    """Average the shifts as the simulator does: over equivalent atoms, and over most CH2 groups."""
    topology = read_topology(mol)
    classes = chemical_classes(mol, topology, shifts.h1)
    # With errors of zero, nothing is random.
    mean = drawn_shifts(mol, shifts, classes, np.random.default_rng(0), (0.0, 0.0))
    on_carbon = {atom: values for atom, values in mean.h1.items() if values and _is_carbon(mol, atom)}
    diastereotopic = diastereotopic_methylenes(mol, topology, classes, on_carbon)
    h1 = {a: v if a in diastereotopic else [sum(v) / len(v)] * len(v) for a, v in on_carbon.items()}
    return TableMolecule(mol, AtomShifts(mean.c13, h1), tuple(classes))


def _has_all_shifts(mol: Chem.Mol, shifts: AtomShifts) -> bool:
    try:
        shift_graph(mol)
    except UnpredictableError:
        return False
    return all(
        a.GetIdx() in shifts.c13 and len(shifts.h1.get(a.GetIdx(), ())) == a.GetTotalNumHs()
        for a in mol.GetAtoms()
        if a.GetAtomicNum() == _CARBON
    )


def _is_carbon(mol: Chem.Mol, atom: int) -> bool:
    return bool(mol.GetAtomWithIdx(atom).GetAtomicNum() == _CARBON)

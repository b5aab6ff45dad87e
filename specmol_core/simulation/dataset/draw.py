"""Draw the spectra of molecules.

The result depends only on the seed, the structure and the settings.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import encode_trace
from specmol_core.simulation.dataset.writer import DrawnMolecule
from specmol_core.simulation.simulate import simulate

__all__ = ["DrawTask", "draw", "draw_batch"]


class DrawTask(NamedTuple):
    """One molecule to simulate."""

    smiles: str
    """SMILES whose atom indices the shifts use; hydrogens written as atoms do not count."""
    nonisomeric: str
    """Canonical SMILES without stereochemistry."""
    split: int
    copies: int
    """Independent draws."""
    shifts: AtomShifts
    name: str = ""
    record: int = -1
    """Index in the library; -1 if the molecule is not from a library."""


def draw_batch(work: tuple[list[DrawTask], int, SimulationConfig]) -> list[DrawnMolecule]:
    """Draw several molecules.

    Tasks, seed and settings are one argument, as a process pool needs.
    """
    tasks, seed, settings = work
    return [draw(task, seed, settings) for task in tasks]


def draw(task: DrawTask, seed: int, settings: SimulationConfig) -> DrawnMolecule:
    """Draw the spectra of one molecule.

    Each draw has its own random stream, seeded by the seed, the structure and the draw's number.
    """
    mol = _without_hydrogens(Chem.MolFromSmiles(task.smiles))
    structure = str(Chem.MolToSmiles(mol))
    # The signals refer to atoms of the stored SMILES, not of the original text.
    new_index = {old: new for new, old in enumerate(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])}
    # The canonical SMILES includes stereochemistry, so that stereoisomers get different random
    # streams.
    key = structure if task.record >= 0 else task.nonisomeric
    pairs = [simulate(mol, task.shifts, _random_stream(seed, key, copy), settings) for copy in range(task.copies)]
    h1_atoms, c13_atoms = ([p.h1_atoms for p in pairs], [p.c13_atoms for p in pairs])
    peaks = [p.h1_peaks for p in pairs], [p.c13_peaks for p in pairs]
    return DrawnMolecule(
        nonisomeric=task.nonisomeric,
        structure=structure,
        split=task.split,
        traces=(_encode_traces([p.h1_trace for p in pairs]), _encode_traces([p.c13_trace for p in pairs])),
        peaks=peaks,
        atoms=(_renumber_atoms(h1_atoms, new_index), _renumber_atoms(c13_atoms, new_index)),
        parameters=np.stack([p.parameters for p in pairs]),
        name=task.name,
        record=task.record,
    )


def _random_stream(seed: int, structure: str, copy: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}|{structure}|{copy}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _encode_traces(traces: list[NDArray[np.float32]]) -> NDArray[np.int16]:
    return np.stack([encode_trace(trace) for trace in traces])


def _renumber_atoms(
    copies: list[tuple[tuple[int, ...], ...]], new_index: dict[int, int]
) -> list[tuple[tuple[int, ...], ...]]:
    return [tuple(tuple(sorted(new_index[a] for a in atoms)) for atoms in signals) for signals in copies]


def _without_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule without the hydrogens that a SMILES writes to define a double bond.

    ``shifts.table`` does the same.
    """
    if all(atom.GetAtomicNum() != 1 for atom in mol.GetAtoms()):
        return mol
    options = Chem.RemoveHsParameters()
    options.removeDefiningBondStereo = True  # type: ignore[assignment]
    return Chem.RemoveHs(mol, options)

"""Split the records of a library into blocks for storage and chunks for the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rdkit import Chem

from specmol_core.molecules.records import Candidate, ParsedRecord
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.draw import DrawTask
from specmol_core.simulation.dataset.writer import RejectedStructure

__all__ = ["BLOCK_RECORDS", "Chunk", "Predict", "chunks_of"]

BLOCK_RECORDS = 256
"""Records per block. The records of a block are predicted together and stored together."""
_CHUNK_MOLECULES = 32
"""Molecules per chunk; a worker draws one chunk at a time."""

Predict = Callable[[Sequence[Chem.Mol], str], list[AtomShifts]]
"""Returns shifts of molecules with implicit hydrogens in a solvent; raises ValueError if it
cannot."""


class Chunk(NamedTuple):
    """A part of a block: the unit of work of a worker."""

    seed: int
    copies: int
    settings: SimulationConfig
    images: Path | None
    """Folder for images; None: no images are written."""
    block: int = 0
    is_last: bool = False
    """Whether this is the last chunk of the block."""
    rejected: list[RejectedStructure] = []  # noqa: RUF012 - never changed
    """Rejected records of the whole block; only in its last chunk."""
    tasks: list[DrawTask] = []  # noqa: RUF012 - never changed


def _groups(records: Iterable[ParsedRecord]) -> Iterator[list[ParsedRecord]]:
    """Yield blocks of records; their bounds depend only on the library."""
    group: list[ParsedRecord] = []
    for item in records:
        group.append(item)
        if len(group) == BLOCK_RECORDS:
            yield group
            group = []
    if group:
        yield group


def chunks_of(records: Iterable[ParsedRecord], predict: Predict, first: int, template: Chunk) -> Iterator[Chunk]:
    """Yield the chunks of a library, block by block; shifts are predicted when a block is reached.

    Parameters
    ----------
    records
        Records, starting with the first record of block ``first``.
    template
        Chunk with the fields that all chunks share.
    """
    for block, group in enumerate(_groups(records), first):
        tasks, rejected = _tasks(group, predict, template)
        starts = range(0, max(len(tasks), 1), _CHUNK_MOLECULES)
        for start in starts:
            is_last = start == starts[-1]
            part = tasks[start : start + _CHUNK_MOLECULES]
            yield template._replace(block=block, is_last=is_last, rejected=rejected if is_last else [], tasks=part)


def _tasks(
    group: Sequence[ParsedRecord], predict: Predict, template: Chunk
) -> tuple[list[DrawTask], list[RejectedStructure]]:
    rejected = [RejectedStructure(r.index, r.name, r.reason) for r in group if not isinstance(r, Candidate)]
    candidates = [r for r in group if isinstance(r, Candidate)]
    mols = [Chem.MolFromSmiles(c.smiles) for c in candidates]
    predictions = _predictions(mols, predict, template.settings.solvent)
    tasks = []
    for candidate, mol, shifts in zip(candidates, mols, predictions, strict=True):
        if isinstance(shifts, str):
            rejected.append(RejectedStructure(candidate.index, candidate.name, f"no prediction: {shifts}"))
            continue
        nonisomeric = constitution_smiles(mol)
        tasks.append(
            DrawTask(candidate.smiles, nonisomeric, 0, template.copies, shifts, candidate.name, candidate.index)
        )
    return tasks, sorted(rejected)


def _predictions(mols: Sequence[Chem.Mol], predict: Predict, solvent: str) -> list[AtomShifts | str]:
    """Return the shifts of each molecule, or the reason why they cannot be predicted."""
    solvent_name = solvent or "CDCl3"
    if not mols:
        return []
    try:
        return list(predict(mols, solvent_name))
    except ValueError:
        # At least one molecule cannot be predicted: predict one by one to keep the others.
        predictions: list[AtomShifts | str] = []
        for mol in mols:
            try:
                predictions += predict([mol], solvent_name)
            except ValueError as error:
                predictions.append(str(error))
        return predictions

"""A library's records as work: blocks that are kept together, in parts that workers draw."""

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
from specmol_core.simulation.dataset.writer import RejectedRecord

__all__ = ["BLOCK_RECORDS", "Chunk", "Predict", "chunks_of"]

BLOCK_RECORDS = 256
"""Records of a block: they go through the predictor together, and are kept together."""
_CHUNK_MOLECULES = 32
"""Molecules that one worker draws at a time."""

Predict = Callable[[Sequence[Chem.Mol], str], list[AtomShifts]]
"""Shifts of molecules with implicit hydrogens in a solvent; a ValueError says why a molecule has none."""


class Chunk(NamedTuple):
    """A part of a block, as it goes to a worker."""

    seed: int
    copies: int
    settings: SimulationConfig
    images: Path | None
    """Folder for pictures; None for none."""
    block: int = 0
    is_last: bool = False
    """Whether it is the block's last part."""
    rejected: list[RejectedRecord] = []  # noqa: RUF012 - never changed
    """Those of the whole block, with its last part."""
    tasks: list[DrawTask] = []  # noqa: RUF012 - never changed


def _groups(records: Iterable[ParsedRecord]) -> Iterator[list[ParsedRecord]]:
    """Blocks of records; their bounds depend on nothing but the library."""
    group: list[ParsedRecord] = []
    for item in records:
        group.append(item)
        if len(group) == BLOCK_RECORDS:
            yield group
            group = []
    if group:
        yield group


def chunks_of(records: Iterable[ParsedRecord], predict: Predict, first: int, template: Chunk) -> Iterator[Chunk]:
    """The work on a library, block by block; predictions are asked for as the chunks are taken.

    Parameters
    ----------
    records
        From the first record of block ``first`` on.
    template
        What all chunks have in common.
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
) -> tuple[list[DrawTask], list[RejectedRecord]]:
    rejected = [RejectedRecord(r.index, r.name, r.reason) for r in group if not isinstance(r, Candidate)]
    candidates = [r for r in group if isinstance(r, Candidate)]
    mols = [Chem.MolFromSmiles(c.smiles) for c in candidates]
    predictions = _predictions(mols, predict, template.settings.solvent)
    tasks = []
    for candidate, mol, shifts in zip(candidates, mols, predictions, strict=True):
        if isinstance(shifts, str):
            rejected.append(RejectedRecord(candidate.index, candidate.name, f"no prediction: {shifts}"))
            continue
        nonisomeric = constitution_smiles(mol)
        tasks.append(
            DrawTask(candidate.smiles, nonisomeric, 0, template.copies, shifts, candidate.name, candidate.index)
        )
    return tasks, sorted(rejected)


def _predictions(mols: Sequence[Chem.Mol], predict: Predict, solvent: str) -> list[AtomShifts | str]:
    """Shifts of each molecule, or why it has none."""
    solvent_name = solvent or "CDCl3"
    if not mols:
        return []
    try:
        return list(predict(mols, solvent_name))
    except ValueError:
        # One of them cannot be predicted; the others shall not suffer for it.
        predictions: list[AtomShifts | str] = []
        for mol in mols:
            try:
                predictions += predict([mol], solvent_name)
            except ValueError as error:
                predictions.append(str(error))
        return predictions

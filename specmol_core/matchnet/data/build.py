"""Build a dataset of simulated spectra from shift tables and the pair tables of the splits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import h5py
from rdkit import Chem

from specmol_core.errors import DatasetError, OutputError
from specmol_core.matchnet.config import DatasetConfig
from specmol_core.matchnet.data.splits import SplitMembership, read_splits
from specmol_core.molecules.graph import featurise
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.runtime.ordered_pool import ordered_map
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.table import read_shift_table
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import SPLITS
from specmol_core.simulation.dataset.draw import DrawTask, draw_batch
from specmol_core.simulation.dataset.writer import DatasetWriter, DrawnMolecule
from specmol_core.storage.atomic import atomic_path

__all__ = ["DatasetRecipe", "build_dataset"]

_BATCH_MOLECULES = 32
"""Molecules that a worker simulates at a time."""


@dataclass(frozen=True)
class DatasetRecipe:
    """Settings and sources that determine the contents of a dataset."""

    shifts: tuple[Path, ...]
    """Parquet tables of predicted shifts."""
    splits: dict[str, tuple[Path, ...]]
    """Pair tables of train, validation and test."""
    copies: int = DatasetConfig.copies
    """Independent simulations of each training molecule's spectra; the other splits have one."""
    seed: int = DatasetConfig.seed
    max_atoms: int = DatasetConfig.max_atoms
    """Maximum number of heavy atoms in a molecule."""
    limits: dict[str, int] = field(default_factory=dict)
    """Maximum number of molecules of a split; a split without an entry has no limit."""
    unlisted: bool = DatasetConfig.unlisted
    """Add molecules that are in no pair table to the training split, instead of omitting them."""
    simulation: SimulationConfig = field(default_factory=SimulationConfig)

    def record(self) -> dict[str, object]:
        """Return the settings, and the name and sha256 of every source, as stored in the file."""
        sources = [*self.shifts, *(p for name in SPLITS for p in self.splits.get(name, ()))]
        return {
            "seed": self.seed,
            "copies": self.copies,
            "max_atoms": self.max_atoms,
            "limits": self.limits,
            "unlisted": self.unlisted,
            "simulation": asdict(self.simulation),
            "sources": [{"name": p.name, "sha256": _sha256(p)} for p in sources],
        }


def build_dataset(
    recipe: DatasetRecipe,
    output: Path,
    *,
    workers: int = 1,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Simulate and write a dataset; return the number of omitted structures, by reason.

    Each simulation has its own random stream, derived from the seed, the SMILES without
    stereochemistry and the number of the simulation, so the file does not depend on ``workers``.
    The file appears only when it is complete. ``progress`` is called with the number of molecules
    written so far.

    Raises
    ------
    DatasetError
        If a source is unusable, or no training molecule is left.
    OutputError
        If the output exists and ``force`` is not set, or cannot be written.
    """
    if output.exists() and not force:
        raise OutputError(output, "already exists; choose another name, or overwrite it with --force")
    record = recipe.record()
    members = read_splits(recipe.splits)
    dropped = Counter(members.dropped)
    drawn = _draw_all(recipe, members, dropped, workers)
    with atomic_path(output) as temporary, h5py.File(temporary, "w", locking=False) as file:
        writer = DatasetWriter(file, recipe.simulation.points)
        for count, molecule in enumerate(drawn, 1):
            writer.add(molecule)
            if progress is not None and count % _BATCH_MOLECULES == 0:
                progress(count)
        if not writer.splits[0]:
            raise DatasetError(output, f"no training molecule is left ({dict(dropped)}); check the pair tables")
        writer.finish(members.false_pairs[: recipe.limits.get("validation")], record, dropped)
    return dict(dropped)


def _draw_all(
    recipe: DatasetRecipe, members: SplitMembership, dropped: Counter[str], workers: int
) -> Iterator[DrawnMolecule]:
    tasks = _batches(_tasks(recipe, members, dropped))
    work = ((batch, recipe.seed, recipe.simulation) for batch in tasks)
    for batch in ordered_map(draw_batch, work, workers):
        yield from batch


def _batches(tasks: Iterable[DrawTask]) -> Iterator[list[DrawTask]]:
    batch: list[DrawTask] = []
    for task in tasks:
        batch.append(task)
        if len(batch) == _BATCH_MOLECULES:
            yield batch
            batch = []
    if batch:
        yield batch


def _tasks(recipe: DatasetRecipe, members: SplitMembership, dropped: Counter[str]) -> Iterator[DrawTask]:
    """Yield the molecules to simulate, each structure once; count the others in ``dropped``."""
    seen: set[str] = set()
    remaining = Counter({name: recipe.limits.get(name, 1 << 62) for name in SPLITS})
    for path in recipe.shifts:
        for smiles, mol, shifts in read_shift_table(path):
            reason = _rejection_reason(mol, shifts, recipe.max_atoms)
            if mol is None or reason:
                dropped[reason] += 1
                continue
            nonisomeric = constitution_smiles(mol)
            split = members.split.get(nonisomeric, "train" if recipe.unlisted else None)
            if split is None or nonisomeric in seen or remaining[split] <= 0:
                duplicate = "the structure comes twice" if nonisomeric in seen else None
                dropped[duplicate or ("over the limit" if split else "in no pair table")] += 1
                continue
            seen.add(nonisomeric)
            remaining[split] -= 1
            yield DrawTask(smiles, nonisomeric, SPLITS.index(split), recipe.copies if split == "train" else 1, shifts)
    for nonisomeric, split in members.split.items():
        if nonisomeric not in seen and remaining[split] > 0:
            dropped[f"{split}: no usable shifts"] += 1


def _rejection_reason(mol: Chem.Mol | None, shifts: AtomShifts, max_atoms: int) -> str:
    """Return why a molecule cannot be simulated; empty if it can."""
    if mol is None:
        return "SMILES unreadable"
    if not 0 < mol.GetNumAtoms() <= max_atoms:
        return "too large"
    try:
        featurise(mol)
    except ValueError:
        return "outside the model's elements"
    for atom in mol.GetAtoms():
        index, carbon = atom.GetIdx(), atom.GetAtomicNum() == 6
        if carbon and (index not in shifts.c13 or len(shifts.h1.get(index, ())) != atom.GetTotalNumHs()):
            return "shifts incomplete"
    return "" if shifts.c13 or shifts.h1 else "shifts incomplete"


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error}); give a readable file") from None

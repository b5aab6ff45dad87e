"""Simulate the spectra of a library of structures into one dataset.

An interrupted run can be resumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, cast

import h5py

from specmol_core.errors import LibraryError, OutputError, UsageError
from specmol_core.molecules.library import Library, parse_records
from specmol_core.runtime.ordered_pool import ordered_map
from specmol_core.simulation.config import LibrarySimulationConfig, SimulationConfig
from specmol_core.simulation.dataset import chunks
from specmol_core.simulation.dataset.blocks import Blocks, open_blocks
from specmol_core.simulation.dataset.draw import draw
from specmol_core.simulation.dataset.images import write_images
from specmol_core.simulation.dataset.writer import DatasetWriter, DrawnMolecule
from specmol_core.simulation.sample import SOLVENTS
from specmol_core.simulation.simulate import EXPERIMENTS
from specmol_core.simulation.structures import STRUCTURE_READER
from specmol_core.spectra.geometry import Geometry
from specmol_core.storage.atomic import atomic_path, output_error

__all__ = ["LibraryRecipe", "SimulatedLibrary", "category", "file_stamp", "simulate_library"]

_FREQUENCY_RANGE_MHZ = (60.0, 1000.0)


@dataclass(frozen=True)
class LibraryRecipe:
    """All settings that determine the simulated dataset of a library."""

    predictor: str
    """Hash of the weights of the shift predictor."""
    copies: int = LibrarySimulationConfig.copies
    """Independent simulations of each structure's spectra."""
    seed: int = LibrarySimulationConfig.seed
    max_atoms: int = LibrarySimulationConfig.max_atoms
    """Maximum number of heavy atoms of a structure."""
    simulation: SimulationConfig = field(default_factory=SimulationConfig)

    def __post_init__(self) -> None:
        settings = self.simulation
        low, high = _FREQUENCY_RANGE_MHZ
        if settings.experiment not in EXPERIMENTS:
            raise UsageError(f"experiment {settings.experiment}: unknown; choose one of {', '.join(EXPERIMENTS)}")
        if settings.solvent and settings.solvent not in SOLVENTS:
            raise UsageError(f"solvent {settings.solvent}: unknown; choose one of {', '.join(SOLVENTS)}")
        if settings.frequency_mhz and not low <= settings.frequency_mhz <= high:
            raise UsageError(f"frequency {settings.frequency_mhz:g}: must be between {low:g} and {high:g} MHz (1H)")

    def record(self, library: Library) -> dict[str, Any]:
        """Return the recipe that is stored in the dataset."""
        name = library.path if isinstance(library.path, str) else library.path.name
        return asdict(self) | {"sources": [{"name": name, "sha256": library.sha256}]}


@dataclass(frozen=True)
class SimulatedLibrary:
    """Result of simulating a library: counts of records."""

    output: Path
    """Dataset, or folder of spectra."""
    read: int
    """Number of records."""
    simulated: int
    """Number of records with simulated spectra."""
    rejected: dict[str, int]
    """Number of rejected records by category, the most frequent first."""
    resumed_at: int
    """Number of records that an earlier, interrupted run had finished."""


def category(reason: str) -> str:
    """Return the category of a rejection reason: the text before the colon.

    Examples
    --------
    >>> category("metal: Na")
    'metal'
    """
    return reason.split(":")[0]


def simulate_library(
    library: Library,
    predict: chunks.Predict,
    recipe: LibraryRecipe,
    output: Path,
    *,
    workers: int = 0,
    force: bool = False,
    images: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
    warn: Callable[[str], None] = lambda text: None,
) -> SimulatedLibrary:
    """Simulate every structure of a library and write the dataset.

    The content depends on the library, the predictor, the seed and the settings. It does not depend
    on ``workers`` or on interruptions. Finished blocks are kept in the folder ``<output>.partial``
    until the dataset is complete.

    Parameters
    ----------
    images
        Folder for one canonical image of each nucleus and draw.
    progress
        Called with the number of finished records.
    warn
        Called with each warning.

    Raises
    ------
    LibraryError
        If the library is unreadable, changes while it is read, or no record of it can be simulated.
    OutputError
        If the output exists and ``force`` is not set, or it cannot be written.
    """
    if output.exists() and not force:
        raise OutputError(output, "exists; choose another name, or overwrite it with --force")
    record, initial_stamp = recipe.record(library), file_stamp(library)
    with open_blocks(output, record, recipe.simulation.points, warn=warn) as blocks:
        if images is not None:
            _make_folder(images, started=blocks.finished_count > 0, force=force)
        try:
            count = _draw_missing_blocks(library, predict, recipe, blocks, workers, images, progress)
            if file_stamp(library) != initial_stamp:
                raise LibraryError(library.label, "changed while it was read; rerun")
            simulated, rejected = _merge(library, blocks, count, record, output)
        except LibraryError:
            blocks.discard()
            raise
        blocks.discard()
    return SimulatedLibrary(
        output,
        simulated + rejected.total(),
        simulated,
        dict(rejected.most_common()),
        blocks.finished_count * chunks.BLOCK_RECORDS,
    )


def _draw_missing_blocks(
    library: Library,
    predict: chunks.Predict,
    recipe: LibraryRecipe,
    blocks: Blocks,
    workers: int,
    images: Path | None,
    progress: Callable[[int], None],
) -> int:
    """Draw the missing blocks; return the total number of blocks."""
    parsed = parse_records(
        library,
        max_atoms=recipe.max_atoms,
        workers=workers,
        start=blocks.finished_count * chunks.BLOCK_RECORDS,
        parser=STRUCTURE_READER,
    )
    number, molecules = blocks.finished_count, list[DrawnMolecule]()
    with closing(cast("Any", parsed)) as batches:
        template = chunks.Chunk(seed=recipe.seed, copies=recipe.copies, settings=recipe.simulation, images=images)
        work = chunks.chunks_of(chain.from_iterable(batches), predict, blocks.finished_count, template)
        for chunk, drawn in ordered_map(_draw_chunk, work, workers):
            molecules += drawn
            if chunk.is_last:
                blocks.write(chunk.block, molecules, chunk.rejected)
                number, molecules = chunk.block + 1, []
                progress(number * chunks.BLOCK_RECORDS)
    return number


def _draw_chunk(chunk: chunks.Chunk) -> tuple[chunks.Chunk, list[DrawnMolecule]]:
    drawn = [draw(task, chunk.seed, chunk.settings) for task in chunk.tasks]
    if chunk.images is not None:
        for molecule in drawn:
            write_images(chunk.images, molecule, chunk.settings, Geometry())
    return chunk._replace(tasks=[]), drawn


def _merge(
    library: Library, blocks: Blocks, count: int, record: dict[str, Any], output: Path
) -> tuple[int, Counter[str]]:
    """Merge the blocks into the dataset.

    Returns the number of molecules, and the number of rejected records by category.
    """
    dropped: Counter[str] = Counter()
    with atomic_path(output) as temporary, h5py.File(temporary, "w", locking=False) as file:
        writer = DatasetWriter(file, blocks.points)
        for number in range(count):
            molecules, rejected = blocks.read(number)
            for molecule in molecules:
                writer.add(molecule)
            writer.reject(rejected)
            dropped.update(category(r.reason) for r in rejected)
        if not writer.splits[0]:
            reasons = ", ".join(f"{n} {what}" for what, n in dropped.most_common())
            raise LibraryError(library.label, f"no record can be simulated ({reasons}); check the structures")
        writer.finish((), record, dropped)
        return writer.molecules, dropped


def _make_folder(folder: Path, *, started: bool, force: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
    except OSError as error:
        raise output_error(folder, error) from error
    if occupied and not (started or force):
        raise OutputError(folder, "is not empty; choose another folder, or write into it with --force")


def file_stamp(library: Library) -> tuple[int, int]:
    """Return size and time of change of a library's file; a change shows that it was rewritten."""
    if isinstance(library.path, str):
        return 0, 0
    try:
        status = library.path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns

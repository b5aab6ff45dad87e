"""Simulate the spectra of a library of structures into files of spectrometers."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, cast

from specmol_core.errors import LibraryError, OutputError, UsageError
from specmol_core.molecules.library import Library, parse_records
from specmol_core.runtime.ordered_pool import ordered_map
from specmol_core.simulation.dataset import chunks
from specmol_core.simulation.dataset.draw import DrawTask, draw_pairs
from specmol_core.simulation.dataset.library import LibraryRecipe, SimulatedLibrary, category, file_stamp
from specmol_core.simulation.dataset.writer import RejectedStructure
from specmol_core.simulation.sample_names import sample_name
from specmol_core.simulation.structures import STRUCTURE_READER
from specmol_core.simulation.writers.measurement import as_written, measurements
from specmol_core.simulation.writers.sample_files import FileFormat, sample_files, spectrum_path
from specmol_core.storage.atomic_folder import atomic_folder
from specmol_core.storage.plain_text import plain_text
from specmol_core.storage.spreadsheet import cell_text

__all__ = ["FORMAT", "MAX_POINTS", "MIN_POINTS", "simulate_files"]

FORMAT = "specmol-spectra"
"""Format name in ``simulation.json``."""
MIN_POINTS, MAX_POINTS = 8192, 262_144
"""Range of the points of a spectrum; a power of two, as TopSpin wants."""

_RECIPE_FILE, _SAMPLES_FILE, _REJECTED_FILE = "simulation.json", "samples.csv", "rejected.csv"
_SAMPLE_COLUMNS = ("id", "h1", "c13", "name", "smiles", "record", "solvent", "mhz")


class _Work(NamedTuple):
    """A chunk, and where its files go."""

    chunk: chunks.Chunk
    folder: Path
    file_format: FileFormat


class _Sample(NamedTuple):
    """One line of ``samples.csv``."""

    id: str
    h1: str
    c13: str
    name: str
    smiles: str
    record: int
    solvent: str
    mhz: str


def simulate_files(
    library: Library,
    predict: chunks.Predict,
    recipe: LibraryRecipe,
    output: Path,
    file_format: FileFormat,
    *,
    workers: int = 0,
    force: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> SimulatedLibrary:
    """Simulate every structure of a library and write its spectra as a spectrometer does.

    The folder appears whole at the end. Beside the spectra, it holds ``samples.csv`` (a list of
    queries for ``rank``, with the structures), ``rejected.csv`` and ``simulation.json``. The
    content depends on the library, the predictor, the seed and the settings, not on ``workers``.

    Parameters
    ----------
    progress
        Called with the number of finished records.

    Raises
    ------
    UsageError
        If the number of points is not a power of two in the allowed range.
    LibraryError
        If the library is unreadable, changes while it is read, or no record of it can be simulated.
    OutputError
        If the output exists and ``force`` is not set, or it is no folder of simulated spectra, or it
        cannot be written.
    """
    points = recipe.simulation.points
    if not MIN_POINTS <= points <= MAX_POINTS or points & (points - 1):
        raise UsageError(f"points {points}: must be a power of two between {MIN_POINTS} and {MAX_POINTS}")
    _check_output(output, force=force)
    initial_stamp = file_stamp(library)
    with atomic_folder(output, replace=force) as folder:
        samples, rejected, read = _write_samples(library, predict, recipe, folder, file_format, workers, progress)
        if file_stamp(library) != initial_stamp:
            raise LibraryError(library.label, "changed while it was read; rerun")
        dropped = Counter(category(r.reason) for r in rejected)
        if not samples:
            reasons = ", ".join(f"{n} {what}" for what, n in dropped.most_common())
            raise LibraryError(library.label, f"no record can be simulated ({reasons}); check the structures")
        record = {"format": FORMAT, "version": 1, "files": file_format, "recipe": recipe.record(library)}
        (folder / _RECIPE_FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8", newline="\n")
        _write_table(folder / _SAMPLES_FILE, _SAMPLE_COLUMNS, samples)
        _write_table(folder / _REJECTED_FILE, ("record", "name", "reason"), rejected)
    return SimulatedLibrary(output, read, read - len(rejected), dict(dropped.most_common()), 0)


def _check_output(output: Path, *, force: bool) -> None:
    if not output.exists():
        return
    if not force:
        raise OutputError(output, "exists; choose another name, or replace it with --force")
    try:
        record = json.loads((output / _RECIPE_FILE).read_text(encoding="utf-8"))
        known = record.get("format") == FORMAT
    except (OSError, ValueError, AttributeError):
        known = False
    if not known and not (output.is_dir() and not any(output.iterdir())):
        raise OutputError(output, "is not a folder of simulated spectra, so it is not replaced; choose another name")


def _write_samples(
    library: Library,
    predict: chunks.Predict,
    recipe: LibraryRecipe,
    folder: Path,
    file_format: FileFormat,
    workers: int,
    progress: Callable[[int], None],
) -> tuple[list[_Sample], list[RejectedStructure], int]:
    """Write the files of all samples; return the samples, the rejected records and all records' count."""
    samples: list[_Sample] = []
    rejected: list[RejectedStructure] = []
    simulated: set[int] = set()
    parsed = parse_records(library, max_atoms=recipe.max_atoms, workers=workers, parser=STRUCTURE_READER)
    template = chunks.Chunk(seed=recipe.seed, copies=recipe.copies, settings=recipe.simulation, images=None)
    with closing(cast("Any", parsed)) as batches:
        work = (
            _Work(chunk, folder, file_format)
            for chunk in chunks.chunks_of(chain.from_iterable(batches), predict, 0, template)
        )
        for new_samples, new_rejected in ordered_map(_write_chunk, work, workers):
            samples += new_samples
            rejected += new_rejected
            simulated.update(sample.record for sample in new_samples)
            progress(len(simulated) + len(rejected))
    return samples, sorted(rejected), len(simulated) + len(rejected)


def _write_chunk(work: _Work) -> tuple[list[_Sample], list[RejectedStructure]]:
    samples: list[_Sample] = []
    rejected = list(work.chunk.rejected)
    for task in work.chunk.tasks:
        written = list(_write_molecule(task, work))
        samples += written
        if not written:
            rejected.append(RejectedStructure(task.record, task.name, "no signal: neither 1H nor 13C"))
    return samples, rejected


def _write_molecule(task: DrawTask, work: _Work) -> Iterator[_Sample]:
    settings = work.chunk.settings
    structure, pairs = draw_pairs(task, work.chunk.seed, settings, sampled=True)[1:]
    for copy, pair in enumerate(pairs):
        sample = sample_name(task.name, task.record, copy, task.copies)
        measured = measurements(pair, settings, task.name or structure)
        if not measured:
            continue
        for path, content in sample_files(sample, measured, work.file_format).items():
            file = work.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        paths = {m.nucleus: spectrum_path(sample, m.nucleus, work.file_format) for m in measured}
        first = measured[0]
        yield _Sample(
            sample,
            paths.get("1H", ""),
            paths.get("13C", ""),
            task.name,
            structure,
            task.record,
            first.solvent,
            f"{as_written(pair.parameters['h1_mhz']):g}",
        )


def _write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    stream = io.StringIO(newline="")
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([cell_text(plain_text(cell)) if isinstance(cell, str) else cell for cell in row])
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")

"""Simulate spectra, and compare the simulator with measured spectra."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.simulation.config import LibrarySimulationConfig, SimulationConfig, SpectrumFilesConfig

if TYPE_CHECKING:
    from specmol_core.simulation.dataset.library import SimulatedLibrary

__all__ = ["evaluate_simulator", "measure_ranges", "simulate", "simulate_files"]


def simulate(
    library: Path | str,
    output: Path,
    config: LibrarySimulationConfig | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    weights: Path | None = None,
    images: Path | None = None,
    workers: int = 0,
    force: bool = False,
    progress: ProgressFactory = no_progress,
    warn: Callable[[str], None] = lambda text: None,
) -> SimulatedLibrary:
    """Simulate the spectra of a library of structures into an HDF5 dataset.

    A run that was stopped continues where it was.

    Parameters
    ----------
    library
        File of structures, or ``-`` for standard input.
    output
        Dataset file to write.
    config
        Settings of the run.
    settings
        Values that override the defaults of SimulationConfig, such as ``{"solvent": "CDCl3"}``.
    weights
        Checkpoint of the shift predictor; the shipped one if None.
    images
        Folder for one image of each spectrum; None draws none.
    workers
        Number of processes; 0 uses one per core. The content does not depend on it.
    force
        Whether to replace an existing file.
    progress
        Called with the name of the task; returns a context whose value is called with the number done
        and the total.
    warn
        Called with each warning, one line.

    Raises
    ------
    UsageError
        If a setting is invalid.
    LibraryError
        If the library is unreadable, or none of its records can be simulated.
    CheckpointError
        If the shift predictor is unusable.
    OutputError
        If the output exists and ``force`` is not set, or it cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> small = LibrarySimulationConfig(max_atoms=11)
    >>> simulated = simulate("examples/candidates.smi", Path(mkdtemp(), "spectra.h5"), small, workers=1)
    >>> simulated.read, simulated.simulated + sum(simulated.rejected.values())
    (73, 73)
    """
    from specmol_core.molecules.library import open_library
    from specmol_core.shifts.predictor import ShiftPredictor
    from specmol_core.simulation.dataset import library as libraries

    predictor = ShiftPredictor.load(weights)
    options = asdict(config if config is not None else LibrarySimulationConfig())
    recipe = libraries.LibraryRecipe(predictor.digest, simulation=SimulationConfig(**dict(settings or {})), **options)
    with progress(f"simulating {library}") as advance:
        return libraries.simulate_library(
            open_library(library),
            predictor.predict_in,
            recipe,
            output,
            workers=workers,
            force=force,
            images=images,
            progress=lambda done: advance(done, None),
            warn=warn,
        )


def simulate_files(
    library: Path | str,
    output: Path,
    file_format: str,
    config: LibrarySimulationConfig | None = None,
    *,
    points: int = SpectrumFilesConfig.points,
    settings: Mapping[str, Any] | None = None,
    weights: Path | None = None,
    workers: int = 0,
    force: bool = False,
    progress: ProgressFactory = no_progress,
) -> SimulatedLibrary:
    """Simulate the spectra of a library of structures into a folder of Bruker, JCAMP-DX or CSV files.

    The folder appears whole at the end. Its ``samples.csv`` names the files and the structure of
    each sample.

    Parameters
    ----------
    file_format
        ``bruker``, ``jcamp`` or ``csv``.
    points
        Points of each spectrum, a power of two from 8,192 to 262,144.
    settings
        Values over those of SimulationConfig.
    weights
        Checkpoint of the shift predictor; the shipped one if None.
    workers
        Processes; 0 takes one per core. The content does not depend on it.

    Raises
    ------
    UsageError, LibraryError, CheckpointError, OutputError
        As ``simulation.writers.library.simulate_files``, and if the predictor is unusable or a
        setting is invalid.
    """
    from specmol_core.molecules.library import open_library
    from specmol_core.shifts.predictor import ShiftPredictor
    from specmol_core.simulation.dataset.library import LibraryRecipe
    from specmol_core.simulation.writers import library as files
    from specmol_core.simulation.writers.sample_files import known_format

    chosen_format = known_format(file_format)
    predictor = ShiftPredictor.load(weights)
    options = asdict(config if config is not None else LibrarySimulationConfig())
    simulation = SimulationConfig(**(dict(settings or {}) | {"points": points}))
    recipe = LibraryRecipe(predictor.digest, simulation=simulation, **options)
    with progress(f"simulating {library}") as advance:
        return files.simulate_files(
            open_library(library),
            predictor.predict_in,
            recipe,
            output,
            chosen_format,
            workers=workers,
            force=force,
            progress=lambda done: advance(done, None),
        )


def evaluate_simulator(
    spectra: Path,
    config: RealismConfig | None = None,
    *,
    checkpoint: Path | None = None,
    library: Path | None = None,
    plots: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Measure how realistic the simulator's spectra are, against measured pairs of known structures.

    Parameters
    ----------
    spectra
        Manifest of the pairs, or the folder that holds ``manifest.json``.
    checkpoint
        Checkpoint of the shift predictor; None uses the shipped one.
    library, plots
        As in ``evaluation.simulator.report.evaluate_simulator``, which also documents the result and
        the errors.
    """
    from specmol_core.evaluation.simulator import report as simulator_report
    from specmol_core.shifts.predictor import ShiftPredictor

    predict = ShiftPredictor.load(checkpoint).predict_in
    return simulator_report.evaluate_simulator(
        spectra, predict, config or RealismConfig(), progress, library=library, plots=plots
    )


def measure_ranges(
    spectra: Path, *, checkpoint: Path | None = None, progress: ProgressFactory = no_progress
) -> dict[str, Any]:
    """Measure the ranges of noise, line width, phase, solvent and so on in measured pairs.

    See ``evaluate_simulator`` for the parameters.
    """
    from specmol_core.evaluation.simulator import report as simulator_report
    from specmol_core.shifts.predictor import ShiftPredictor

    return simulator_report.measure_ranges(spectra, ShiftPredictor.load(checkpoint).predict_in, progress)

"""All that a program, the command line among them, needs of specmol: one function per task.

Functions take paths and the dataclasses of ``specmol_core.config``, and raise ``SpecmolError`` with a message of
one line for everything that is the input's fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.config import (
    DatasetConfig,
    EmbedConfig,
    EncoderConfig,
    Geometry,
    LibrarySimulationConfig,
    PretrainConfig,
    RankConfig,
    RealismConfig,
    SimulationConfig,
)
from specmol_core.loading import load_model
from specmol_core.molecules.constraints import Constraints
from specmol_core.pair_tasks import evaluate_pairs
from specmol_core.paper_tasks import evaluate_paper
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.queries import Query
from specmol_core.ranking_tasks import evaluate_open_library, evaluate_ranking, fit
from specmol_core.report.explanations import Explain
from specmol_core.report.result import QueryResult
from specmol_core.session import Session, Window
from specmol_core.shift_tasks import (
    BACKENDS,
    PredictedMolecule,
    evaluate_shifts,
    predict_shifts,
    train_shifts,
)

if TYPE_CHECKING:
    from specmol_core.data.library import Simulated
    from specmol_core.spectra.spectrum import Nucleus
    from specmol_core.training.pretrain import PretrainResult

__all__ = [
    "BACKENDS",
    "Constraints",
    "Embedded",
    "Explain",
    "PredictedMolecule",
    "Query",
    "Session",
    "Trained",
    "build_dataset",
    "embed",
    "evaluate_digitising",
    "evaluate_open_library",
    "evaluate_pairs",
    "evaluate_paper",
    "evaluate_ranking",
    "evaluate_readers",
    "evaluate_shifts",
    "evaluate_simulator",
    "fit",
    "inspect_spectrum",
    "measure_ranges",
    "models",
    "predict_shifts",
    "pretrain",
    "pretrain_encoder",
    "rank",
    "simulate",
    "train",
    "train_shifts",
]


@dataclass(frozen=True)
class Embedded:
    """What embedding a library came to."""

    cache: Path
    report: Path | None
    """Rejected records and their reasons; None if there are none."""
    read: int
    embedded: int
    duplicates: int
    rejected: int
    reused: bool
    """The cache was there already."""


@dataclass(frozen=True)
class Trained:
    """Where a training ended."""

    checkpoint: Path
    """The best one by validation accuracy."""
    epoch: int
    """Its epoch, from 1."""
    accuracy: float
    """Its validation accuracy."""


def rank(
    h1: Path | None,
    c13: Path | None,
    library: Path | str,
    config: RankConfig | None = None,
    *,
    checkpoint: Path | None = None,
    windows: tuple[Window | None, Window | None] = (None, None),
    cache: Path | None = None,
    keep_cache: bool = True,
    keep_solvent: bool = False,
    refine: str | None = None,
) -> QueryResult:
    """Rank the candidates of a library against one pair of spectra, either of which may be None.

    For several queries, make one ``Session`` and keep it: it loads the model and the library once.

    Raises
    ------
    SpecmolError
        As ``Session.rank``.
    """
    session = Session(
        config,
        checkpoint=checkpoint,
        windows=windows,
        cache=cache,
        keep_cache=keep_cache,
        keep_solvent=keep_solvent,
        refine=refine,
    )
    return session.rank(Query.of_files(h1, c13), library)


def embed(
    library: Path | str,
    config: EmbedConfig | None = None,
    *,
    cache: Path | None = None,
    report: Path | None = None,
    force: bool = False,
    checkpoint: Path | None = None,
    model: str | None = None,
    device: str = RankConfig.device,
    progress: ProgressFactory = no_progress,
    warn: Callable[[str], None] = lambda text: None,
) -> Embedded:
    """Embed a library into a cache; a killed run goes on where it stopped.

    Raises
    ------
    SpecmolError
        LibraryError, CheckpointError, CacheError or OutputError, as ``retrieval.embed.embed_library``.
    """
    from specmol_core.molecules.library import open_library
    from specmol_core.retrieval.embed import embed_library
    from specmol_core.retrieval.records import records_of

    settings = config if config is not None else EmbedConfig()
    opened = open_library(library)
    with progress(f"embedding {library}") as advance:
        matcher = load_model(checkpoint, model, device)
        made = embed_library(
            records_of(opened, settings, matcher.parser),
            matcher,
            settings,
            cache=cache,
            report=report,
            force=force,
            progress=lambda counts: advance(counts.read, None),
            warn=warn,
        )
    counts = made.counts
    return Embedded(
        made.cache, made.report, counts.read, counts.embedded, counts.duplicates, counts.rejected, made.reused
    )


def models() -> list[dict[str, Any]]:
    """Every model: its name, its parameters as ``parameter_counts`` gives them, and whether weights are shipped."""
    from specmol_core.loading import MODELS, parameter_counts
    from specmol_core.model.shipped import shipped_weights

    folder = shipped_weights()
    return [
        {"name": name, **parameter_counts(name), "shipped": (folder / f"{name}.safetensors").is_file()}
        for name in MODELS
    ]


def inspect_spectrum(
    path: Path, nucleus: Nucleus | None = None, *, window: Window | None = None, plot: Path | None = None
) -> dict[str, Any]:
    """What a spectrum file holds: its conditions, lines, signals, and what is doubtful, as plain values.

    Parameters
    ----------
    nucleus
        What it is; None where the file says so itself.
    window
        Range that it spans, high to low (ppm), where the file does not say.
    plot
        PNG to draw the spectrum and its picked lines to; none is drawn if None.

    Returns
    -------
    ``source``, ``nucleus``, ``frequency_mhz``, ``solvent``, ``solvent_found``, ``range_ppm``, ``points``,
    ``referencing``, ``noise``, ``peaks`` (``ppm``, ``height``, ``width_hz``, ``multiplicity``, ``kind``: compound,
    solvent or impurity, ``reason``), ``signals`` of a 1H spectrum (``ppm``, ``integral``, ``multiplicity``,
    ``couplings_hz``) and ``warnings``.

    Raises
    ------
    UsageError, SpectrumError
        If the nucleus is not known, or the file is no spectrum.
    OutputError
        If the drawing cannot be written.
    """
    from specmol_core.spectra.analysis.inspection import inspect_file
    from specmol_core.spectra.analysis.plot import write_inspection

    inspection = inspect_file(path, nucleus, window)
    if plot is not None:
        write_inspection(plot, inspection)
    return inspection.as_dict()


def evaluate_readers(
    folder: Path,
    *,
    weights: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """How well measured spectra of known structures are read: totals, and one entry per pair.

    Parameters
    ----------
    folder
        Folder of ``manifest.json`` and the spectra it names.
    weights
        Checkpoint of the shift predictor; the shipped one if None.

    Raises
    ------
    DatasetError, CheckpointError
        If there is no such manifest, or the predictor is unusable.
    """
    from specmol_core.evaluation import readers
    from specmol_core.shifts.conventions import SOLVENTS
    from specmol_core.shifts.predictor import ShiftPredictor

    predictor = ShiftPredictor.load(weights)
    pairs = []
    with progress("reading") as advance:
        for pair in readers.evaluate_readers(
            folder, lambda mol, solvent: predictor.predict([mol], solvent if solvent in SOLVENTS else "other")[0]
        ):
            pairs.append(pair)
            advance(len(pairs), None)
    return {"totals": readers.read_figures(pairs), "pairs": [asdict(pair) for pair in pairs]}


def evaluate_digitising(folder: Path, *, progress: ProgressFactory = no_progress) -> list[dict[str, Any]]:
    """How well plots of measured spectra, in the styles of the usual programs, are read back: figures per style.

    Raises
    ------
    DatasetError
        If ``folder`` holds no manifest.
    """
    from specmol_core.evaluation import readers

    with progress("plotting and reading") as advance:
        return readers.read_pictures(folder, advance)


def build_dataset(
    shifts: Sequence[Path],
    splits: Mapping[str, Sequence[Path]],
    output: Path,
    config: DatasetConfig | None = None,
    *,
    limits: Mapping[str, int] | None = None,
    workers: int = 0,
    force: bool = False,
    progress: ProgressFactory = no_progress,
) -> dict[str, int]:
    """Draw the spectra of a dataset and write it; returns how many structures were left out, by reason.

    Parameters
    ----------
    shifts
        Parquet tables of shifts.
    splits
        Pair tables of ``train``, ``validation`` and ``test``.
    limits
        Molecules of a split at most.
    workers
        Processes; 0 takes one per core. The content does not depend on it.

    Raises
    ------
    DatasetError, OutputError
        As ``data.build.build_dataset``.
    """
    from specmol_core.data import build

    settings = asdict(config if config is not None else DatasetConfig())
    tables = {name: tuple(paths) for name, paths in splits.items()}
    recipe = build.Recipe(shifts=tuple(shifts), splits=tables, limits=dict(limits or {}), **settings)
    with progress(f"drawing {output}") as advance:
        return build.build_dataset(
            recipe,
            output,
            workers=workers,
            force=force,
            progress=lambda count: advance(count, None),
        )


def simulate(
    library: Path | str,
    output: Path,
    config: LibrarySimulationConfig | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    weights: Path | None = None,
    pictures: Path | None = None,
    workers: int = 0,
    force: bool = False,
    progress: ProgressFactory = no_progress,
    warn: Callable[[str], None] = lambda text: None,
) -> Simulated:
    """Simulate the spectra of a library of structures; a killed run goes on where it stopped.

    Parameters
    ----------
    settings
        Values over those of SimulationConfig.
    weights
        Checkpoint of the shift predictor; the shipped one if None.
    pictures
        Folder for one canonical picture of each nucleus and draw; none are drawn if None.
    workers
        Processes; 0 takes one per core. The content does not depend on it.

    Raises
    ------
    UsageError, LibraryError, CheckpointError, OutputError
        As ``data.library.simulate_library``, and if the predictor is unusable or a setting has no sense.
    """
    from specmol_core.data import library as libraries
    from specmol_core.molecules.library import open_library
    from specmol_core.shifts.conventions import SOLVENTS
    from specmol_core.shifts.predictor import ShiftPredictor

    predictor = ShiftPredictor.load(weights)
    options = asdict(config if config is not None else LibrarySimulationConfig())
    recipe = libraries.LibraryRecipe(predictor.digest, simulation=SimulationConfig(**dict(settings or {})), **options)
    with progress(f"simulating {library}") as advance:
        return libraries.simulate_library(
            open_library(library),
            lambda mols, solvent: predictor.predict(mols, solvent if solvent in SOLVENTS else "other"),
            recipe,
            output,
            workers=workers,
            force=force,
            pictures=pictures,
            progress=lambda done: advance(done, None),
            warn=warn,
        )


def pretrain(
    shifts: Sequence[Path],
    output: Path,
    config: PretrainConfig | None = None,
    *,
    exclude: Sequence[Path] = (),
    start: Path | None = None,
    resume: bool = False,
    progress: ProgressFactory = no_progress,
) -> PretrainResult:
    """Train a backbone on spectra drawn from tables of shifts; it ends up as ``backbone.safetensors`` in ``output``.

    Parameters
    ----------
    exclude
        Pair tables whose structures, candidates and truths, are left out.
    start
        State file (pretrain-state.safetensors) of another run whose weights to go on from.

    Raises
    ------
    DatasetError, CheckpointError, OutputError
        If a table, a backbone or the state to resume from is unusable, or the folder cannot be written.
    """
    from specmol_core.training.backbone_run import pretrain_into

    settings = config if config is not None else PretrainConfig()
    with progress("pretraining") as advance:
        return pretrain_into(
            shifts,
            output,
            settings,
            Geometry(),
            SimulationConfig(),
            exclude=exclude,
            start=start,
            resume=resume,
            report=lambda line: advance(int(line["step"]), settings.steps),
        )


def pretrain_encoder(
    dataset: Path,
    output: Path,
    config: EncoderConfig | None = None,
    *,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Teach the molecular branch which lines the training molecules of a dataset have.

    Returns the metrics of the last epoch: epoch, train_loss, val_loss, seconds. ``report`` hears one line per epoch.

    Raises
    ------
    UsageError, DatasetError, OutputError
        If the model is unknown, the dataset unusable, or the result cannot be written.
    """
    from specmol_core.data.dataset import open_dataset
    from specmol_core.training.encoder import pretrain_encoder as run

    def say(line: dict[str, Any]) -> None:
        report(f"epoch {line['epoch']}: loss {line['train_loss']:.4f}, validation {line['val_loss']:.4f}")

    with open_dataset(dataset) as data:
        return run(data, config or EncoderConfig(), Geometry(), output, report=say)[-1]


def train(
    dataset: Path,
    output: Path,
    *,
    config: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    backbone: Path | None = None,
    backbone_weights: str | None = None,
    features: Path | None = None,
    resume: bool = False,
    progress: ProgressFactory = no_progress,
    report: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train a matching model on a dataset, with the features of a frozen backbone.

    Parameters
    ----------
    config, settings
        TOML file over the defaults of TrainConfig, and values over both; None is not set.
    backbone
        Backbone that ``pretrain`` made; the shipped one if None.
    backbone_weights
        ``imagenet``, or a safetensors file of torchvision's ResNet-101, in place of ``backbone``.
    features
        Feature store, made or completed where needed; in ``output`` if None.
    report
        Hears one line per epoch.

    Raises
    ------
    UsageError, DatasetError, CheckpointError, OutputError
        If a setting has no sense, or a file is unusable or cannot be written.
    """
    from specmol_core.data.dataset import open_dataset
    from specmol_core.features.store import FeatureStore
    from specmol_core.model.shipped import resolve_device
    from specmol_core.training import trainer
    from specmol_core.training.backbone_run import BACKBONE_FILE, backbone_for, check_backbone, make_folder
    from specmol_core.training.extract import prepare_store
    from specmol_core.training.progress import Listener
    from specmol_core.training.settings import load_train_config

    resolved = load_train_config(config, settings)
    with open_dataset(dataset) as data:
        make_folder(output)
        reader = backbone_for(output, backbone, backbone_weights, resolve_device(resolved.device))
        check_backbone(reader, resolved.model)
        place = features if features is not None else output / "features.h5"
        with progress("backbone features") as advance:
            prepare_store(place, data, reader, resolved.geometry, progress=advance)
        with FeatureStore(place, backbone=reader.id) as store, progress("training") as advance:
            history = trainer.train(
                data,
                store,
                resolved,
                output,
                resume=resume,
                backbone_file=BACKBONE_FILE,
                progress=Listener(advance, report),
            )
    best = max(history, key=lambda metrics: metrics["val_accuracy"])
    return Trained(output / trainer.BEST, int(best["epoch"]), float(best["val_accuracy"]))


def evaluate_simulator(
    spectra: Path,
    config: RealismConfig | None = None,
    *,
    checkpoint: Path | None = None,
    library: Path | None = None,
    plots: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """How real the simulator's spectra are, held against measured pairs of known structures.

    Parameters
    ----------
    spectra
        Manifest of the pairs, or the folder that holds ``manifest.json``.
    checkpoint
        Shift predictor; None takes the shipped one.
    library, plots
        As ``evaluation.simulator_report.evaluate_simulator``, which says what is returned and raised.
    """
    from specmol_core.evaluation import simulator_report
    from specmol_core.shifts.predictor import ShiftPredictor

    predict = ShiftPredictor.load(checkpoint).predict_in
    return simulator_report.evaluate_simulator(
        spectra, predict, config or RealismConfig(), progress, library=library, plots=plots
    )


def measure_ranges(
    spectra: Path, *, checkpoint: Path | None = None, progress: ProgressFactory = no_progress
) -> dict[str, Any]:
    """In what range noise, line widths, phase, solvent and so on of measured pairs lie; see ``evaluate_simulator``."""
    from specmol_core.evaluation import simulator_report
    from specmol_core.shifts.predictor import ShiftPredictor

    return simulator_report.measure_ranges(spectra, ShiftPredictor.load(checkpoint).predict_in, progress)

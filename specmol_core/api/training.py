"""Train the paper's network: its dataset, backbone, encoder and matching model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.matchnet.config import DatasetConfig, EncoderConfig, PretrainConfig
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.runtime.packages import require_torch
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.geometry import Geometry

if TYPE_CHECKING:
    from specmol_core.matchnet.training.pretrain import PretrainResult

__all__ = ["TrainedModel", "build_dataset", "pretrain", "pretrain_encoder", "train"]


@dataclass(frozen=True)
class TrainedModel:
    """Result of a training run."""

    checkpoint: Path
    """Checkpoint with the best validation accuracy."""
    epoch: int
    """Epoch of the checkpoint, from 1."""
    accuracy: float
    """Validation accuracy of the checkpoint."""


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
    """Simulate the spectra of a dataset and write it; return the number of omitted structures by reason.

    Parameters
    ----------
    shifts
        Parquet tables of shifts.
    splits
        Pair tables of ``train``, ``validation`` and ``test``.
    output
        Dataset file to write.
    config
        Settings of the dataset.
    limits
        Largest number of molecules of each split.
    workers
        Number of processes; 0 uses one per core. The content does not depend on it.
    force
        Whether to replace an existing file.

    Raises
    ------
    DatasetError, OutputError
        As ``matchnet.data.build.build_dataset``.
    """
    from specmol_core.matchnet.data import build

    settings = asdict(config if config is not None else DatasetConfig())
    tables = {name: tuple(paths) for name, paths in splits.items()}
    recipe = build.DatasetRecipe(shifts=tuple(shifts), splits=tables, limits=dict(limits or {}), **settings)
    with progress(f"drawing {output}") as advance:
        return build.build_dataset(
            recipe,
            output,
            workers=workers,
            force=force,
            progress=lambda count: advance(count, None),
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
    """Train a backbone on spectra simulated from tables of shifts.

    The result is ``backbone.safetensors`` in the folder ``output``.

    Parameters
    ----------
    shifts
        Parquet tables of shifts.
    output
        Folder of the run.
    config
        Settings of the training.
    exclude
        Pair tables whose structures (candidates and truths) are excluded.
    start
        State file (pretrain-state.safetensors) of another run, whose weights are the start.
    resume
        Whether to continue the run in ``output``.

    Raises
    ------
    DatasetError, CheckpointError, OutputError
        If a table, a backbone or the state to resume from is unusable, or the folder cannot be written.
    """
    require_torch("pretraining a backbone")
    from specmol_core.matchnet.training.backbone_run import pretrain_into

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
    """Pretrain the molecular branch to predict the lines of the training molecules of a dataset.

    Returns the metrics of the last epoch: epoch, train_loss, val_loss, seconds. ``report`` is called with
    one line per epoch.

    Raises
    ------
    UsageError, DatasetError, OutputError
        If the model is unknown, the dataset unusable, or the result cannot be written.
    """
    require_torch("pretraining the molecular branch")
    from specmol_core.matchnet.training.encoder import pretrain_encoder as run
    from specmol_core.simulation.dataset.dataset import open_dataset

    def report_epoch(line: dict[str, Any]) -> None:
        report(f"epoch {line['epoch']}: loss {line['train_loss']:.4f}, validation {line['val_loss']:.4f}")

    with open_dataset(dataset) as data:
        return run(data, config or EncoderConfig(), Geometry(), output, report=report_epoch)[-1]


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
) -> TrainedModel:
    """Train a matching model on a dataset, with the features of a frozen backbone.

    Parameters
    ----------
    config, settings
        TOML file that overrides the defaults of TrainConfig, and values that override both; a value of
        None overrides nothing.
    backbone
        Backbone made by ``pretrain``; the shipped one if None.
    backbone_weights
        ``imagenet``, or a safetensors file of torchvision's ResNet-101, instead of ``backbone``.
    features
        Feature store, created or completed if needed; in ``output`` if None.
    resume
        Whether to continue the run in ``output``.
    report
        Called with one line per epoch.

    Raises
    ------
    UsageError, DatasetError, CheckpointError, OutputError
        If a setting is invalid, or a file is unusable or cannot be written.
    """
    require_torch("training the paper's network")
    from specmol_core.matchnet.features.store import FeatureStore
    from specmol_core.matchnet.training import trainer
    from specmol_core.matchnet.training.backbone_run import BACKBONE_FILE, check_backbone, frozen_backbone, make_folder
    from specmol_core.matchnet.training.extract import prepare_store
    from specmol_core.matchnet.training.progress import ProgressReporter
    from specmol_core.matchnet.training.settings import load_train_config
    from specmol_core.runtime.devices import resolve_device
    from specmol_core.simulation.dataset.dataset import open_dataset

    resolved = load_train_config(config, settings)
    with open_dataset(dataset) as data:
        make_folder(output)
        reader = frozen_backbone(output, backbone, backbone_weights, resolve_device(resolved.device))
        check_backbone(reader, resolved.model)
        store_path = features if features is not None else output / "features.h5"
        with progress("backbone features") as advance:
            prepare_store(store_path, data, reader, resolved.geometry, progress=advance)
        with FeatureStore(store_path, backbone=reader.id) as store, progress("training") as advance:
            history = trainer.train(
                data,
                store,
                resolved,
                output,
                resume=resume,
                backbone_file=BACKBONE_FILE,
                progress=ProgressReporter(advance, report),
            )
    best = max(history, key=lambda metrics: metrics["val_accuracy"])
    return TrainedModel(output / trainer.BEST, int(best["epoch"]), float(best["val_accuracy"]))

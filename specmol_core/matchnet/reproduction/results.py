"""Result files of ``specmol matchnet tables``: one for each training or untrained system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.figures import METRICS, SYSTEMS, TABLES, UNTRAINED_SYSTEMS
from specmol_core.storage.checked_json import CheckedJson, read_object

__all__ = [
    "FORMAT",
    "BackboneRecord",
    "CostRecord",
    "SystemResult",
    "TableFigures",
    "TrainingRecord",
    "read_result",
    "read_results",
]

FORMAT = "specmol-paper-1"
_REMEDY = "delete it and run `specmol matchnet tables` again"
_Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class TableFigures:
    """Figures of one run on one pair table."""

    pairs: int
    auc: float
    interval: tuple[float, float] | None
    """95 % interval of the AUC, from resampled pairs."""
    metrics: Mapping[str, float | None]
    """Other :data:`METRICS` and ``calibration_error``; None for a score without threshold."""
    skipped: Mapping[str, int]
    """Number of omitted pairs, by reason."""


@dataclass(frozen=True)
class BackboneRecord:
    """Frozen image network of a run."""

    name: str
    id: str
    """SHA-256 of its file."""
    trained_on: str
    images: int | None
    """Number of pretraining images; None if unknown."""
    rows: int
    """Image rows that it receives, of 256."""


@dataclass(frozen=True)
class TrainingRecord:
    """Data and settings of one training."""

    settings: Mapping[str, _Scalar]
    batch_size: int
    learning_rate: float
    schedule: str
    dataset: str
    train: int
    """Training molecules, out of ``train_all`` with spectra."""
    train_all: int
    validation: int
    validation_all: int
    backbone: BackboneRecord
    epochs: int
    best_epoch: int
    """Counted from 1."""
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class CostRecord:
    """Parameters, and time (ms) and peak memory (MB) of one batch."""

    trainable: int
    frozen: int
    total: int
    ms_per_batch: float | None
    peak_mb: float | None
    batch: int
    device: str


@dataclass(frozen=True)
class SystemResult:
    """Contents of one result file."""

    system: str
    seed: int | None
    """Seed of the training; None for a system without training."""
    tables: Mapping[str, TableFigures]
    note: str
    """Description of a system without training; empty for the others."""
    training: TrainingRecord | None
    cost: CostRecord | None


def read_results(folder: Path) -> list[SystemResult]:
    """Return the checked results of a folder, by system in the order of the paper, then by seed.

    Raises
    ------
    DatasetError
        If the folder is missing or has no result; if a file is damaged, has another format, or has
        a name that differs from its contents; or if trainings used different datasets. The message
        names the file and the remedy.
    """
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise DatasetError(folder, f"{reason}; create it with `specmol matchnet tables`") from None
    if not paths:
        raise DatasetError(folder, "holds no result; create results with `specmol matchnet tables`")
    results = {path: read_result(path) for path in paths}
    _check_dataset(results)
    order = [*SYSTEMS, *UNTRAINED_SYSTEMS]
    return sorted(results.values(), key=lambda r: (order.index(r.system), r.seed or 0))


def _check_dataset(results: Mapping[Path, SystemResult]) -> None:
    """Check that all trainings used one dataset, because figures on different spectra differ."""
    first: tuple[Path, str] | None = None
    for path, result in results.items():
        if result.training is None:
            continue
        first = first or (path, result.training.dataset)
        if result.training.dataset != first[1]:
            reason = (
                f"was trained on the dataset {result.training.dataset[:12]!r}, {first[0].name} on {first[1][:12]!r}"
            )
            raise DatasetError(path, f"{reason}; repeat one training on the dataset of the other")


def read_result(path: Path) -> SystemResult:
    """Return one checked result.

    Raises
    ------
    DatasetError
        If the file is damaged, has another format, or has a name that differs from its contents.
    """
    file = read_object(path, _REMEDY)
    if (found := file.text("format")) != FORMAT:
        raise DatasetError(path, f"has the format {found[:40]!r}, this version reads {FORMAT!r}; {_REMEDY}")
    system = file.text("system")
    if system not in (*SYSTEMS, *UNTRAINED_SYSTEMS):
        file.raise_invalid("system", f"one of {', '.join((*SYSTEMS, *UNTRAINED_SYSTEMS))}")
    trained = system in SYSTEMS
    seed = file.integer("seed") if trained else None
    if path.stem != (expected := f"{system}-seed{seed}" if trained else system):
        raise DatasetError(path, f"holds {expected}; rename it to {expected}.json, or {_REMEDY}")
    tables = file.child("tables")
    for name in tables.names() or [""]:
        if name not in TABLES:
            file.raise_invalid("tables", f"figures on some of {', '.join(TABLES)}")
    return SystemResult(
        system,
        seed,
        {name: _figures(tables.child(name)) for name in TABLES if tables.has_value(name)},
        "" if trained else file.text("note"),
        _training(file) if trained else None,
        _cost(file.child("cost")) if file.has_value("cost") else None,
    )


def _figures(table: CheckedJson) -> TableFigures:
    interval = None
    if table.has_value("auc_low") or table.has_value("auc_high"):
        low = table.number("auc_low", 0.0, 1.0)
        interval = low, table.number("auc_high", low, 1.0)
    others = [*(m for m in METRICS if m != "auc"), "calibration_error"]
    skipped = table.child("skipped") if table.has_value("skipped") else None
    return TableFigures(
        table.integer("pairs", 1),
        table.number("auc", 0.0, 1.0),
        interval,
        {name: table.number(name, 0.0, 1.0) if table.has_value(name) else None for name in others},
        {reason: skipped.integer(reason) for reason in skipped.names()} if skipped else {},
    )


def _training(file: CheckedJson) -> TrainingRecord:
    settings, data, backbone = file.child("settings"), file.child("data"), file.child("backbone")
    epochs = file.integer("epochs", 1)
    if (best := file.integer("best_epoch", 1)) > epochs:
        file.raise_invalid("best_epoch", f"at most {epochs}, the epochs that were run")
    return TrainingRecord(
        settings.scalars(),
        settings.integer("batch_size", 1),
        settings.number("learning_rate"),
        settings.text("schedule"),
        data.text("dataset"),
        data.integer("train", 1),
        data.integer("train_all", data.integer("train")),
        data.integer("validation"),
        data.integer("validation_all", data.integer("validation")),
        BackboneRecord(
            backbone.text("name"),
            backbone.text("id"),
            backbone.text("trained_on"),
            backbone.integer("pictures") if backbone.has_value("pictures") else None,
            backbone.integer("rows", 1),
        ),
        epochs,
        best,
        file.number("val_accuracy", 0.0, 1.0),
        file.number("seconds"),
    )


def _cost(cost: CheckedJson) -> CostRecord:
    return CostRecord(
        cost.integer("trainable"),
        cost.integer("frozen"),
        cost.integer("total"),
        cost.number("ms_per_batch") if cost.has_value("ms_per_batch") else None,
        cost.number("peak_mb") if cost.has_value("peak_mb") else None,
        cost.integer("batch", 1),
        cost.text("device"),
    )

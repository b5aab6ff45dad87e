"""Result files of ``specmol matchnet tables``: one for each training, one for each system that needs none."""

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
    """What one run reaches on one table of pairs."""

    pairs: int
    auc: float
    interval: tuple[float, float] | None
    """95 % of the AUC, from resampled pairs."""
    metrics: Mapping[str, float | None]
    """The other metrics of :data:`METRICS` and ``calibration_error``; None for a score that has no threshold."""
    skipped: Mapping[str, int]
    """Pairs that were left out, by reason."""


@dataclass(frozen=True)
class BackboneRecord:
    """The frozen network that reads the pictures."""

    name: str
    id: str
    """SHA-256 of its file."""
    trained_on: str
    images: int | None
    """Pictures it learnt from; None where nobody says."""
    rows: int
    """Rows of a picture that it sees, of 256."""


@dataclass(frozen=True)
class TrainingRecord:
    """What one run was trained on, and how."""

    settings: Mapping[str, _Scalar]
    batch_size: int
    learning_rate: float
    schedule: str
    dataset: str
    train: int
    """Molecules it was trained on, of ``train_all`` that have spectra."""
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
    """Parameters and what one batch takes."""

    trainable: int
    frozen: int
    total: int
    ms_per_batch: float | None
    peak_mb: float | None
    batch: int
    device: str


@dataclass(frozen=True)
class SystemResult:
    """One file."""

    system: str
    seed: int | None
    """None of a system that is not trained."""
    tables: Mapping[str, TableFigures]
    note: str
    """What a system that is not trained is; empty for others."""
    training: TrainingRecord | None
    cost: CostRecord | None


def read_results(folder: Path) -> list[SystemResult]:
    """Checked results of a folder, by system in the order of the paper, then by seed.

    Raises
    ------
    DatasetError
        If there is no such folder or no result in it, if a file is damaged, of another format, or of another name than
        what it holds, or if trainings saw different datasets; the message names the file and the remedy.
    """
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise DatasetError(folder, f"{reason}; run `specmol matchnet tables`, which writes it") from None
    if not paths:
        raise DatasetError(folder, "holds no result; run `specmol matchnet tables`, which writes them")
    results = {path: read_result(path) for path in paths}
    _check_dataset(results)
    order = [*SYSTEMS, *UNTRAINED_SYSTEMS]
    return sorted(results.values(), key=lambda r: (order.index(r.system), r.seed or 0))


def _check_dataset(results: Mapping[Path, SystemResult]) -> None:
    """Figures on different spectra do not belong in one table."""
    first: tuple[Path, str] | None = None
    for path, result in results.items():
        if result.training is None:
            continue
        first = first or (path, result.training.dataset)
        if result.training.dataset != first[1]:
            reason = (
                f"was trained on the dataset {result.training.dataset[:12]!r}, {first[0].name} on {first[1][:12]!r}"
            )
            raise DatasetError(path, f"{reason}; run one of them again on the other's dataset")


def read_result(path: Path) -> SystemResult:
    """One checked result.

    Raises
    ------
    DatasetError
        If the file is damaged, of another format, or of another name than what it holds.
    """
    file = read_object(path, _REMEDY)
    if (found := file.text("format")) != FORMAT:
        raise DatasetError(path, f"of the format {found[:40]!r}, and this version reads {FORMAT!r}; {_REMEDY}")
    system = file.text("system")
    if system not in (*SYSTEMS, *UNTRAINED_SYSTEMS):
        file.raise_invalid("system", f"one of {', '.join((*SYSTEMS, *UNTRAINED_SYSTEMS))}")
    trained = system in SYSTEMS
    seed = file.integer("seed") if trained else None
    if path.stem != (expected := f"{system}-seed{seed}" if trained else system):
        raise DatasetError(path, f"holds {expected}; name it {expected}.json, or {_REMEDY}")
    tables = file.child("tables")
    for name in tables.names() or [""]:
        if name not in TABLES:
            file.raise_invalid("tables", f"figures on {', '.join(TABLES)} or some of them")
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

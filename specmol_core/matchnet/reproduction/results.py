"""Result files of ``specmol evaluate paper``: one for each training, one for each system that needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.figures import FIXED, METRICS, SYSTEMS, TABLES
from specmol_core.storage.checked_json import CheckedJson, read_object

__all__ = ["FORMAT", "Backbone", "Cost", "Result", "TableFigures", "Training", "read_result", "read_results"]

FORMAT = "specmol-paper-1"
_REMEDY = "delete it and run `specmol evaluate paper` again"
_Plain = str | int | float | bool | None


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
class Backbone:
    """The frozen network that reads the pictures."""

    name: str
    id: str
    """SHA-256 of its file."""
    trained_on: str
    pictures: int | None
    """Pictures it learnt from; None where nobody says."""
    rows: int
    """Rows of a picture that it sees, of 256."""


@dataclass(frozen=True)
class Training:
    """What one run was trained on, and how."""

    settings: Mapping[str, _Plain]
    batch_size: int
    learning_rate: float
    schedule: str
    dataset: str
    train: int
    """Molecules it was trained on, of ``train_all`` that have spectra."""
    train_all: int
    validation: int
    validation_all: int
    backbone: Backbone
    epochs: int
    best_epoch: int
    """Counted from 1."""
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Cost:
    """Parameters and what one batch takes."""

    trainable: int
    frozen: int
    total: int
    ms_per_batch: float | None
    peak_mb: float | None
    batch: int
    device: str


@dataclass(frozen=True)
class Result:
    """One file."""

    system: str
    seed: int | None
    """None of a system that is not trained."""
    tables: Mapping[str, TableFigures]
    note: str
    """What a system that is not trained is; empty for others."""
    training: Training | None
    cost: Cost | None


def read_results(folder: Path) -> list[Result]:
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
        raise DatasetError(folder, f"{reason}; run `specmol evaluate paper`, which writes it") from None
    if not paths:
        raise DatasetError(folder, "holds no result; run `specmol evaluate paper`, which writes them")
    results = {path: read_result(path) for path in paths}
    _check_dataset(results)
    order = [*SYSTEMS, *FIXED]
    return sorted(results.values(), key=lambda r: (order.index(r.system), r.seed or 0))


def _check_dataset(results: Mapping[Path, Result]) -> None:
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


def read_result(path: Path) -> Result:
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
    if system not in (*SYSTEMS, *FIXED):
        file.refuse("system", f"one of {', '.join((*SYSTEMS, *FIXED))}")
    trained = system in SYSTEMS
    seed = file.whole("seed") if trained else None
    if path.stem != (expected := f"{system}-seed{seed}" if trained else system):
        raise DatasetError(path, f"holds {expected}; name it {expected}.json, or {_REMEDY}")
    tables = file.child("tables")
    for name in tables.names() or [""]:
        if name not in TABLES:
            file.refuse("tables", f"figures on {', '.join(TABLES)} or some of them")
    return Result(
        system,
        seed,
        {name: _figures(tables.child(name)) for name in TABLES if tables.has(name)},
        "" if trained else file.text("note"),
        _training(file) if trained else None,
        _cost(file.child("cost")) if file.has("cost") else None,
    )


def _figures(table: CheckedJson) -> TableFigures:
    interval = None
    if table.has("auc_low") or table.has("auc_high"):
        low = table.number("auc_low", 0.0, 1.0)
        interval = low, table.number("auc_high", low, 1.0)
    others = [*(m for m in METRICS if m != "auc"), "calibration_error"]
    skipped = table.child("skipped") if table.has("skipped") else None
    return TableFigures(
        table.whole("pairs", 1),
        table.number("auc", 0.0, 1.0),
        interval,
        {name: table.number(name, 0.0, 1.0) if table.has(name) else None for name in others},
        {reason: skipped.whole(reason) for reason in skipped.names()} if skipped else {},
    )


def _training(file: CheckedJson) -> Training:
    settings, data, backbone = file.child("settings"), file.child("data"), file.child("backbone")
    epochs = file.whole("epochs", 1)
    if (best := file.whole("best_epoch", 1)) > epochs:
        file.refuse("best_epoch", f"at most {epochs}, the epochs that were run")
    return Training(
        settings.plain(),
        settings.whole("batch_size", 1),
        settings.number("learning_rate"),
        settings.text("schedule"),
        data.text("dataset"),
        data.whole("train", 1),
        data.whole("train_all", data.whole("train")),
        data.whole("validation"),
        data.whole("validation_all", data.whole("validation")),
        Backbone(
            backbone.text("name"),
            backbone.text("id"),
            backbone.text("trained_on"),
            backbone.whole("pictures") if backbone.has("pictures") else None,
            backbone.whole("rows", 1),
        ),
        epochs,
        best,
        file.number("val_accuracy", 0.0, 1.0),
        file.number("seconds"),
    )


def _cost(cost: CheckedJson) -> Cost:
    return Cost(
        cost.whole("trainable"),
        cost.whole("frozen"),
        cost.whole("total"),
        cost.number("ms_per_batch") if cost.has("ms_per_batch") else None,
        cost.number("peak_mb") if cost.has("peak_mb") else None,
        cost.whole("batch", 1),
        cost.text("device"),
    )

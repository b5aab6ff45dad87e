"""Artificial result files of ``specmol matchnet tables``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from specmol_core.matchnet.reproduction.figures import TABLES
from specmol_core.matchnet.reproduction.results import FORMAT


def figures(auc: float, half: float = 0.01, **others: Any) -> dict[str, Any]:
    return {
        "pairs": 8634,
        "auc": auc,
        "auc_low": auc - half,
        "auc_high": min(auc + half, 1.0),
        "precision": 0.9,
        "recall": 0.8,
        "f1": 0.85,
        "accuracy": 0.86,
        "calibration_error": 0.03,
        "skipped": {"spectrum not in the dataset": 30},
        **others,
    }


def training_result(system: str, seed: int = 0, auc: float = 0.95, **others: Any) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "system": system,
        "seed": seed,
        "settings": {"epochs": 8, "batch_size": 32, "learning_rate": 1e-4, "schedule": "constant"},
        "data": {
            "dataset": "d1",
            "train": 8000,
            "train_all": 40_139,
            "validation": 1000,
            "validation_all": 5729,
        },
        "backbone": {
            "name": "resnet101",
            "id": "b1",
            "trained_on": "simulated spectra",
            "pictures": 19_200,
            "rows": 32,
        },
        "epochs": 8,
        "best_epoch": 7,
        "val_accuracy": 0.91,
        "seconds": 123.4,
        "tables": {table: figures(auc) for table in TABLES},
        "cost": {
            "trainable": 1_615_409,
            "frozen": 42_500_160,
            "total": 44_115_569,
            "ms_per_batch": 12.345,
            "peak_mb": 338.2,
            "batch": 32,
            "device": "cpu",
        },
        **others,
    }


def fixed_result(system: str, auc: float = 0.98, note: str = "Peak lists, aligned.") -> dict[str, Any]:
    tables = {table: figures(auc, precision=None) for table in TABLES}
    return {"format": FORMAT, "system": system, "seed": None, "note": note, "tables": tables}


def full_protocol_result(system: str, seed: int = 0) -> dict[str, Any]:
    """A run of the paper's protocol on every molecule that has spectra."""
    data = {"dataset": "d1", "train": 40_139, "train_all": 40_139, "validation": 5729, "validation_all": 5729}
    return training_result(system, seed, data=data, epochs=100, best_epoch=90)


def save(folder: Path, *results: dict[str, Any]) -> Path:
    """Write results with their usual file names, and return the folder of the last file."""
    results_folder = folder / "results"
    results_folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        name = result["system"] if result["seed"] is None else f"{result['system']}-seed{result['seed']}"
        (results_folder / f"{name}.json").write_text(json.dumps(result))
    return results_folder

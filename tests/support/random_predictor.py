"""A checkpoint of the shift predictor with random weights, written without torch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from specmol_core.shifts.config import ShiftNetworkConfig
from specmol_core.shifts.conventions import SOLVENTS
from specmol_core.shifts.inference import tensor_shapes
from specmol_core.shifts.predictor import FORMAT
from specmol_core.storage.weights import write_arrays

__all__ = ["write_random_predictor"]


def write_random_predictor(path: Path, config: ShiftNetworkConfig, seed: int = 0) -> None:
    """Write weights whose scale is about that of a new network."""
    random = np.random.default_rng(seed)
    tensors = {
        name: random.normal(scale=1 / np.sqrt(shape[-1]), size=shape).astype(np.float32)
        for name, shape in tensor_shapes(config).items()
    }
    tensors |= {name: np.ones_like(values) for name, values in tensors.items() if name.endswith("norm.weight")}
    tensors["dof"] = np.ones(2, np.float32)
    header = {
        "format": FORMAT,
        "network": asdict(config),
        "calibration": [[1.0, 3.0], [1.0, 3.0]],
        "solvents": list(SOLVENTS),
        "notes": {},
    }
    write_arrays(path, tensors, header)

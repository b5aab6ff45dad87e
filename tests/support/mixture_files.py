"""Folders of mixtures of known composition, as ``specmol evaluate mixtures`` reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from support.mixture_spectra import COMPOUNDS, mixture

__all__ = ["write_mixture"]


def write_mixture(folder: Path, amounts: Mapping[str, float], noise: float = 1e-4) -> None:
    """Write one mixture with the spectra of its components."""
    whole = mixture(amounts, noise=noise)
    arrays = {"ppm": whole.axis.grid(), "mix": whole.intensities.clip(0.0)}
    for k, name in enumerate(amounts):
        arrays[f"comp{k}"] = mixture({name: 1.0}, noise=noise).intensities.clip(0.0)
    np.savez(folder / "mixture.npz", **arrays)
    entry = {
        "tag": "mixture",
        "file": "mixture.npz",
        "components": list(amounts),
        "smiles": [COMPOUNDS[name][0] for name in amounts],
        "molar_fraction": list(amounts.values()),
    }
    (folder / "truth.json").write_text(json.dumps([entry]))

"""Shift prediction and simulation: molecules and pairs per second, with reading and featurising."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from libraries import DRUG_LIKE, SMALL, MoleculeKind, smiles_library
from measurement import Measurement
from rdkit import Chem
from setting import Setting

from specmol_core.runtime.ordered_pool import ordered_map
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.simulate import simulate

__all__ = ["measure"]

_BATCH = 256
_loaded: list[ShiftPredictor] = []


def measure(setting: Setting) -> list[Measurement]:
    """Measure with two processes of one thread each, so that network and reading overlap."""
    measurements = []
    for kind, words, target in ((SMALL, "9 heavy atoms", 3000), (DRUG_LIKE, "22 to 28 heavy atoms", 1500)):
        smiles = _smiles(setting, kind, setting.size(30_000, 4000))
        setting.say(f"predicting {len(smiles):,} molecules, {words}")
        runs = [_rate(_predict, smiles) for _ in range(setting.size(3, 1))]
        measurements.append(
            Measurement(f"Shifts predicted, {words}", "1/s", tuple(runs), at_least=target, note="both nuclei")
        )
    smiles = _smiles(setting, SMALL, setting.size(4000, 500))
    setting.say(f"simulating {len(smiles):,} pairs")
    runs = [_rate(_simulate, smiles) for _ in range(setting.size(3, 1))]
    note = "shifts predicted in the same process; without writing the file"
    return [*measurements, Measurement("Pairs simulated, 9 heavy atoms", "1/s", tuple(runs), at_least=200, note=note)]


def _smiles(setting: Setting, kind: MoleculeKind, count: int) -> list[str]:
    path: Path = smiles_library(setting.folder, kind, count)
    return [line.split()[0] for line in path.read_text().splitlines() if line]


def _rate(work: Callable[[list[str]], int], smiles: Sequence[str]) -> float:
    batches = [list(smiles[i : i + _BATCH]) for i in range(0, len(smiles), _BATCH)]
    done = ordered_map(work, itertools.chain([[], []], batches), 2)
    # Two empty batches come first, so that loading the network in both processes is not timed.
    next(done), next(done)
    started = time.perf_counter()
    return sum(done) / (time.perf_counter() - started)


def _predictor() -> ShiftPredictor:
    if not _loaded:
        _loaded.append(ShiftPredictor.load())
        _loaded[0].threads = 1
    return _loaded[0]


def _predict(smiles: list[str]) -> int:
    predictor = _predictor()
    graphs = [shift_graph(Chem.MolFromSmiles(s)) for s in smiles]
    return sum(len(part) for part, _, _ in predictor.batches(graphs))


def _simulate(smiles: list[str]) -> int:
    mols = [Chem.MolFromSmiles(s) for s in smiles]
    settings = SimulationConfig()
    for number, (mol, shifts) in enumerate(zip(mols, _predictor().predict(mols), strict=True)):
        simulate(mol, shifts, np.random.default_rng(number), settings)
    return len(smiles)

"""Batched scoring, compared with a loop over the candidates in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from libraries import DRUG_LIKE, smiles_library
from measurement import Measurement
from numpy.typing import NDArray
from rdkit import Chem
from setting import Setting
from spectra import read_spectrum_pair

from specmol_core.matchnet.network.matcher import load_matcher
from specmol_core.molecules.graph import featurise

__all__ = ["measure"]


def measure(setting: Setting) -> list[Measurement]:
    count, rounds = setting.size(1000, 100), setting.size(5, 2)
    matcher = load_matcher(setting.checkpoint, "cpu")
    lines = smiles_library(setting.folder, DRUG_LIKE, count).read_text().splitlines()
    graphs = [featurise(Chem.MolFromSmiles(line.split()[0])) for line in lines]
    spectrum, _ = matcher.spectrum_vectors(read_spectrum_pair(setting.folder, 0, matcher.geometry))
    vectors, _ = matcher.molecule_vectors(graphs)

    def scored() -> NDArray[np.float32]:
        return matcher.logits(spectrum, vectors)

    def scored_singly() -> NDArray[np.float32]:
        return np.concatenate([matcher.logits(spectrum, row[None]) for row in vectors])

    def embedded() -> NDArray[np.float32]:
        return matcher.logits(spectrum, matcher.molecule_vectors(graphs)[0])

    def embedded_singly() -> NDArray[np.float32]:
        return np.concatenate([matcher.logits(spectrum, matcher.molecule_vectors([g])[0]) for g in graphs])

    return [
        _ratio(f"Scoring {count:,} cached candidates in one batch", rounds, scored, scored_singly),
        _ratio(f"Embedding and scoring {count:,} candidates in one batch", rounds, embedded, embedded_singly),
    ]


def _ratio(
    what: str, rounds: int, batched: Callable[[], NDArray[np.float32]], single: Callable[[], NDArray[np.float32]]
) -> Measurement:
    seconds, plain = [], []
    difference = float(np.abs(batched() - single()).max())
    for _ in range(rounds):
        seconds.append(_seconds(batched))
        plain.append(_seconds(single))
    ratios = tuple(b / a for a, b in zip(seconds, plain, strict=True))
    times = f"{np.median(seconds):.3g} s against {np.median(plain):.3g} s one by one"
    return Measurement(what, "times as fast", ratios, note=f"{times}; the logits differ by {difference:.1g} at most")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began

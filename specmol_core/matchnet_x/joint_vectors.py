"""The joint space of matchnet-x: where signals lie, as smooth histograms that predicted and observed lists share."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import EXCHANGING, unpack_lines
from specmol_core.runtime.compiled import compiled

__all__ = ["JOINT_WIDTH", "candidate_vectors", "query_vector"]

_BINS = {"13C": 128, "1H": 96}
_RANGE = {"13C": (-5.0, 235.0), "1H": (-0.5, 12.5)}
"""What is outside joins the first or the last bin (ppm)."""
_BLUR = {"13C": (1.0, 2.2), "1H": (0.08, 0.18)}
"""Least width of a predicted line, and width of an observed one (standard deviations, ppm)."""
JOINT_WIDTH = sum(_BINS.values())


def candidate_vectors(contents: Sequence[bytes | memoryview]) -> NDArray[np.float16]:
    """Vectors (candidates, JOINT_WIDTH) of predicted lines; each nucleus has length 1, or 0 without a line.

    A line is a normal distribution as wide as its spread; 13C lines count once, 1H lines by their protons, those on N,
    O and S half. The square root tempers crowded regions: the cosine of two such vectors is the Bhattacharyya
    coefficient of the histograms.
    """
    parts = []
    for nucleus in _BINS:
        lines = unpack_lines(contents, nucleus)
        weight = np.ones(len(lines.ppm))
        if nucleus == "1H":
            weight *= lines.nuclei * np.where(lines.kind >= EXCHANGING, 0.5, 1.0)
        width = np.hypot(lines.spread, _BLUR[nucleus][0]).astype(np.float64)
        parts.append(_unit(_histogram(lines.ppm.astype(np.float64), width, weight, lines.first, _edges(nucleus))))
    return np.concatenate(parts, axis=1).astype(np.float16)


def query_vector(observed: Sequence[Observed]) -> NDArray[np.float32]:
    """Unit vector (JOINT_WIDTH,) of observed signals; a nucleus that is missing is 0 and has no say."""
    parts = []
    for nucleus in _BINS:
        shown = [o for o in observed if o.nucleus == nucleus]
        part = np.zeros(_BINS[nucleus], np.float32)
        if shown:
            one = shown[0]
            amount = np.ones(len(one)) if nucleus == "13C" else np.nan_to_num(one.amount, nan=1.0).clip(0.0)
            width, all_of_them = np.full(len(one), _BLUR[nucleus][1]), np.array([0, len(one)])
            part = _unit(_histogram(one.ppm, width, amount, all_of_them, _edges(nucleus)))[0]
        parts.append(part)
    vector = np.concatenate(parts).astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _edges(nucleus: str) -> NDArray[np.float64]:
    edges = np.linspace(*_RANGE[nucleus], _BINS[nucleus] + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


@compiled
def _histogram(
    ppm: NDArray[np.float64],
    width: NDArray[np.float64],
    weight: NDArray[np.float64],
    first: NDArray[np.int64],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Histograms (molecules, bins) of normal distributions of these means, standard deviations and areas."""
    bins = len(edges) - 1
    total = np.zeros((len(first) - 1, bins))
    for molecule in range(len(first) - 1):
        for line in range(first[molecule], first[molecule + 1]):
            below = 0.0
            for place in range(bins):
                upper = 0.5 * erfc((ppm[line] - edges[place + 1]) / (width[line] * np.sqrt(2.0)))
                total[molecule, place] += weight[line] * (upper - below)
                below = upper
                if upper == 1.0:
                    break
    return total


def _unit(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(np.maximum(histogram, 0.0))
    length = np.linalg.norm(root, axis=1, keepdims=True)
    result: NDArray[np.float64] = root / np.where(length > 0, length, 1.0)
    return result

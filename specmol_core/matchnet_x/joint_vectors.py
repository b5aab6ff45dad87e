"""Joint space of matchnet-x: smooth histograms of the shifts of predicted and observed signals."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND, unpack_salt_lines
from specmol_core.runtime.compiled import compiled

__all__ = ["JOINT_WIDTH", "candidate_vectors", "query_vector"]

_BIN_COUNTS = {"13C": 128, "1H": 96}
_RANGE_PPM = {"13C": (-5.0, 235.0), "1H": (-0.5, 12.5)}
"""Range of the bins (ppm); shifts outside belong to the first or last bin."""
_MIN_WIDTH_PPM = {"13C": (1.0, 2.2), "1H": (0.08, 0.18)}
"""Least width of a predicted line, and width of an observed line (standard deviations, ppm)."""
JOINT_WIDTH = sum(_BIN_COUNTS.values())
"""Width of the vectors."""


def candidate_vectors(payloads: Sequence[bytes | memoryview]) -> NDArray[np.float16]:
    """Vectors (candidates, JOINT_WIDTH) of predicted lines; each nucleus has length 1 or 0.

    A line is a normal distribution with its uncertainty as width. 13C lines have weight 1, 1H lines
    the number of their protons, or half of it on N, O and S. Lines of counter-ions have half their
    weight. The square roots of the histograms are
    stored, so that the cosine of two vectors is the Bhattacharyya coefficient.
    """
    parts = []
    for nucleus in _BIN_COUNTS:
        lines, of_counter_ion = unpack_salt_lines(payloads, nucleus)
        weight = np.where(of_counter_ion, 0.5, 1.0)
        if nucleus == "1H":
            weight *= lines.nuclei * np.where(lines.kind >= FIRST_EXCHANGING_KIND, 0.5, 1.0)
        width = np.hypot(lines.uncertainty_ppm, _MIN_WIDTH_PPM[nucleus][0]).astype(np.float64)
        parts.append(
            _unit_vectors(_histogram(lines.ppm.astype(np.float64), width, weight, lines.line_starts, _edges(nucleus)))
        )
    return np.concatenate(parts, axis=1).astype(np.float16)


def query_vector(observed: Sequence[Observed]) -> NDArray[np.float32]:
    """Unit vector (JOINT_WIDTH,) of observed signals; the part of a missing nucleus is 0."""
    parts = []
    for nucleus in _BIN_COUNTS:
        of_nucleus = [o for o in observed if o.nucleus == nucleus]
        part = np.zeros(_BIN_COUNTS[nucleus], np.float32)
        if of_nucleus:
            signals = of_nucleus[0]
            amount = np.ones(len(signals)) if nucleus == "13C" else np.nan_to_num(signals.amount, nan=1.0).clip(0.0)
            width, single_start = np.full(len(signals), _MIN_WIDTH_PPM[nucleus][1]), np.array([0, len(signals)])
            part = _unit_vectors(_histogram(signals.ppm, width, amount, single_start, _edges(nucleus)))[0]
        parts.append(part)
    vector = np.concatenate(parts).astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _edges(nucleus: str) -> NDArray[np.float64]:
    edges = np.linspace(*_RANGE_PPM[nucleus], _BIN_COUNTS[nucleus] + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


@compiled
def _histogram(
    ppm: NDArray[np.float64],
    width: NDArray[np.float64],
    weight: NDArray[np.float64],
    line_starts: NDArray[np.int64],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Histograms (molecules, bins) of normal distributions of these means, standard deviations and
    areas."""
    bins = len(edges) - 1
    total = np.zeros((len(line_starts) - 1, bins))
    for molecule in range(len(line_starts) - 1):
        for line in range(line_starts[molecule], line_starts[molecule + 1]):
            below = 0.0
            for bin_index in range(bins):
                upper = 0.5 * erfc((ppm[line] - edges[bin_index + 1]) / (width[line] * np.sqrt(2.0)))
                total[molecule, bin_index] += weight[line] * (upper - below)
                below = upper
                if upper == 1.0:
                    break
    return total


def _unit_vectors(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(np.maximum(histogram, 0.0))
    length = np.linalg.norm(root, axis=1, keepdims=True)
    result: NDArray[np.float64] = root / np.where(length > 0, length, 1.0)
    return result

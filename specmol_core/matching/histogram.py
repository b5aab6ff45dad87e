"""The joint space of matchnet-x: where signals lie, as smooth histograms that predicted and observed lists share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from specmol_core.matching.observed import Observed
from specmol_core.matching.predicted import EXCHANGING, PaddedLines, pad_lines

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
        lines = pad_lines(contents, nucleus)
        weight = lines.inside.astype(np.float32)
        if nucleus == "1H":
            weight = weight * lines.nuclei * np.where(lines.kind >= EXCHANGING, 0.5, 1.0)
        width = np.hypot(lines.spread, _BLUR[nucleus][0])
        parts.append(_unit(_histogram(nucleus, lines, width, weight)))
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
            edges = ndtr((_edges(nucleus) - one.ppm[:, None]) / _BLUR[nucleus][1])
            part = _unit((amount[:, None] * np.diff(edges, axis=1)).sum(0)[None])[0]
        parts.append(part)
    vector = np.concatenate(parts).astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _edges(nucleus: str) -> NDArray[np.float64]:
    edges = np.linspace(*_RANGE[nucleus], _BINS[nucleus] + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


def _histogram(
    nucleus: str, lines: PaddedLines, width: NDArray[np.float32], weight: NDArray[np.float32]
) -> NDArray[np.float64]:
    total = np.zeros((len(lines.sizes), _BINS[nucleus]))
    edges = _edges(nucleus)
    for place in range(lines.ppm.shape[1]):
        # Line by line: all at once would take the memory of candidates times lines times bins.
        below = ndtr((edges - lines.ppm[:, place, None]) / width[:, place, None])
        total += weight[:, place, None] * np.diff(below, axis=1)
    return total


def _unit(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(np.maximum(histogram, 0.0))
    length = np.linalg.norm(root, axis=1, keepdims=True)
    result: NDArray[np.float64] = root / np.where(length > 0, length, 1.0)
    return result

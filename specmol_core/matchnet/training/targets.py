"""Training targets of a spectrum: positions and strengths of its lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis

__all__ = ["POSITIVE_WEIGHT", "STRENGTH_CELLS", "signal_targets"]

STRENGTH_CELLS = 64
"""Cells of the shift axis in which strengths are given."""
POSITIVE_WEIGHT = 4.0
"""Weight of a column with a line; a column without one has weight 1. About 1 in 30 has a line."""
_LINE_SIGMA, _STRENGTH_SIGMA = 1.2, 4.0
"""Standard deviations of the Gaussians (columns)."""


def signal_targets(peaks: NDArray[np.float32], axis: PpmAxis) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return presence (axis.points,) and strength (64,) of signals (k, 2: ppm, number of nuclei).

    Presence is 1 at a signal and falls off as a Gaussian of 1.2 columns. Strength is the number of
    nuclei per cell, smoothed by a Gaussian of 4 columns.

    Examples
    --------
    >>> presence, strength = signal_targets(np.array([[0.5, 3.0]], np.float32), PpmAxis(1, 0, 64))
    >>> int(presence.argmax()), strength.shape
    (31, (64,))
    """
    distance = np.arange(axis.points)[None] + 0.5 - axis.position(peaks[:, 0].astype(np.float64))[:, None]
    line_shape = np.exp(-0.5 * (distance / _LINE_SIGMA) ** 2)
    smoothed = np.exp(-0.5 * (distance / _STRENGTH_SIGMA) ** 2) * peaks[:, 1:2]
    strength = smoothed.sum(0).reshape(STRENGTH_CELLS, -1).mean(1)
    return line_shape.max(0, initial=0.0).astype(np.float32), strength.astype(np.float32)

"""Similarity of a measured and a simulated trace: the cosine of their smoothed square roots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.spectra.axis import PpmAxis

__all__ = ["SMOOTHING_PPM", "trace_similarity", "without_noise"]

SMOOTHING_PPM = {"1H": 0.08, "13C": 1.2}
"""Standard deviation of the smoothing (ppm). It is about the error of a good shift prediction, so
that a slightly displaced line still overlaps with its counterpart."""
_MIN_SIGNAL_TO_NOISE = 4.0


def without_noise(trace: NDArray[np.floating], sigma: float) -> NDArray[np.float64]:
    """Return the trace with values below four times the noise set to 0.

    Examples
    --------
    >>> without_noise(np.array([0.2, 3.0, 5.0]), 1.0).tolist()
    [0.0, 0.0, 5.0]
    """
    values = np.asarray(trace, dtype=np.float64)
    return np.where(values > _MIN_SIGNAL_TO_NOISE * sigma, values, 0.0)


def trace_similarity(
    first: NDArray[np.float64], second: NDArray[np.float64], axis: PpmAxis, nucleus: str, use: NDArray[np.bool_]
) -> float:
    """Return the cosine similarity (0 to 1) of two traces on one axis; 0 if one of them is empty.

    The square root reduces the weight of the strongest lines. It is taken before smoothing, so that
    the weight of a line depends on its height and not on its neighbours.

    Parameters
    ----------
    first, second
        Intensities (axis.points,); negative values count as 0.
    use
        (axis.points,) mask of the points to compare, which excludes the solvent.
    """
    width = SMOOTHING_PPM[nucleus] / axis.step
    smooth = [gaussian_filter1d(np.sqrt(np.clip(t, 0, None)) * use, width, mode="constant") for t in (first, second)]
    product = float(np.linalg.norm(smooth[0]) * np.linalg.norm(smooth[1]))
    return float(smooth[0] @ smooth[1]) / product if product > 0 else 0.0

"""How alike a measured and a simulated trace are: the cosine of their smoothed square roots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.spectra.axis import PpmAxis

__all__ = ["SMOOTHING_PPM", "trace_similarity", "without_noise"]

SMOOTHING_PPM = {"1H": 0.08, "13C": 1.2}
"""Standard deviation of the smoothing (ppm): about the error of a good shift prediction, so that a line a little off
still meets its own."""
_MIN_SIGNAL_TO_NOISE = 4.0


def without_noise(trace: NDArray[np.floating], sigma: float) -> NDArray[np.float64]:
    """The trace with all below four times the noise at 0."""
    values = np.asarray(trace, dtype=np.float64)
    return np.where(values > _MIN_SIGNAL_TO_NOISE * sigma, values, 0.0)


def trace_similarity(
    first: NDArray[np.float64], second: NDArray[np.float64], axis: PpmAxis, nucleus: str, use: NDArray[np.bool_]
) -> float:
    """Cosine (0 to 1) of two traces on one axis; 0 where one of them is empty.

    The square root keeps the strongest lines from deciding alone; it is taken before smoothing, so that lines count
    by their heights and not by how they stand together.

    Parameters
    ----------
    first, second
        Intensities (axis.points,); negative values count as 0.
    use
        (axis.points,) where to compare: not where the solvent stands.
    """
    width = SMOOTHING_PPM[nucleus] / axis.step
    smooth = [gaussian_filter1d(np.sqrt(np.clip(t, 0, None)) * use, width, mode="constant") for t in (first, second)]
    product = float(np.linalg.norm(smooth[0]) * np.linalg.norm(smooth[1]))
    return float(smooth[0] @ smooth[1]) / product if product > 0 else 0.0

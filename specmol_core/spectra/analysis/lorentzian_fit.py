"""Position, height and width of one line, by a fit to the points about its top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_lorentzians", "full_width_at_half_height"]

_FIT_LEVEL = 0.55
"""The fit takes the points above this share of the top: further down other lines join in."""
_MAX_FIT_POINTS = 40
"""Points to either side of a top that the fit takes at most."""


def full_width_at_half_height(trace: NDArray[np.float64], top: int) -> float:
    """Full width at half height (points) of the line at ``top``, from its narrower side.

    The narrower side is the one that no other line has widened.
    """
    half = 0.5 * trace[top]
    sides = []
    for step in (-1, 1):
        at = top
        while 0 < at < len(trace) - 1 and trace[at] > half:
            at += step
        beyond = trace[at - step] - trace[at]
        sides.append(abs(at - top) - (half - trace[at]) / beyond if beyond > 0 else abs(at - top))
    return max(2.0 * min(sides), 1.0)


def fit_lorentzians(
    trace: NDArray[np.float64], tops: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit a Lorentzian to the top of each line.

    The reciprocal of a Lorentzian is a parabola, 1/y = (1 + 4 (x - x0)**2 / w**2) / h, so that position x0, height
    h and full width at half height w follow from one linear least-squares fit; its weights y**4 undo what the
    reciprocal does to the noise. Where the fit has no sense (a clipped or square line) a parabola through the three
    highest points gives the position, and the points at half height the width.

    Parameters
    ----------
    trace
        Heights above the baseline (n,), the lines positive.
    tops
        Indices of the highest points (k,), each strictly inside the trace.

    Returns
    -------
    Positions (k,), in points; heights (k,), in the unit of the trace; widths (k,), in points.
    """
    fitted = np.array([_fit_lorentzian(trace, int(top)) for top in tops]).reshape(-1, 3)
    return fitted[:, 0], fitted[:, 1], fitted[:, 2]


def _fit_lorentzian(trace: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    left = right = top
    min_height = _FIT_LEVEL * trace[top]
    while left > 0 and top - left < _MAX_FIT_POINTS and min_height < trace[left - 1] <= trace[left]:
        left -= 1
    while right < len(trace) - 1 and right - top < _MAX_FIT_POINTS and min_height < trace[right + 1] <= trace[right]:
        right += 1
    # A line as narrow as the sampling still has its two neighbours.
    left, right = max(min(left, top - 1), 0), min(max(right, top + 1), len(trace) - 1)
    height = trace[left : right + 1] / trace[top]
    x = np.arange(left, right + 1) - top
    good = height > 0.05
    if good.sum() >= 3:
        weight = height[good] ** 2
        terms = np.stack([np.ones(good.sum()), x[good], x[good] ** 2], axis=1) * weight[:, None]
        a, b, c = np.linalg.lstsq(terms, weight / height[good], rcond=None)[0]
        if c > 0:
            shift, lowest = -b / (2 * c), a - b * b / (4 * c)
            if abs(shift) <= 1.0 and 0.5 < lowest < 2.0:
                return top + shift, trace[top] / lowest, 2.0 * float(np.sqrt(lowest / c))
    before, after = trace[top - 1] / trace[top], trace[top + 1] / trace[top]
    curvature = before - 2.0 + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return top + float(np.clip(shift, -0.5, 0.5)), float(trace[top]), full_width_at_half_height(trace, top)

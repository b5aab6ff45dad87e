"""The Lorentzian fit agrees with its plain definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from specmol_core.spectra.analysis.lorentzian_fit import fit_lorentzians, half_widths


def slow_width(trace: NDArray[np.float64], top: int) -> float:
    half, sides = 0.5 * trace[top], []
    for step in (-1, 1):
        at = top
        while 0 < at < len(trace) - 1 and trace[at] > half:
            at += step
        beyond = trace[at - step] - trace[at]
        sides.append(abs(at - top) - (half - trace[at]) / beyond if beyond > 0 else abs(at - top))
    return max(2.0 * min(sides), 1.0)


def slow_fit(trace: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    left = right = top
    while left > 0 and top - left < 40 and 0.55 * trace[top] < trace[left - 1] <= trace[left]:
        left -= 1
    while right < len(trace) - 1 and right - top < 40 and 0.55 * trace[top] < trace[right + 1] <= trace[right]:
        right += 1
    left, right = min(left, top - 1), max(right, top + 1)
    x, height = np.arange(left, right + 1) - top, trace[left : right + 1] / trace[top]
    x, height = x[height > 0.05], height[height > 0.05]
    if len(x) >= 3:
        terms = np.stack([np.ones(len(x)), x, x**2], axis=1) * (height**2)[:, None]
        a, b, c = np.linalg.lstsq(terms, height**2 / height, rcond=None)[0]
        if c > 0 and abs(b / (2 * c)) <= 1.0 and 0.5 < a - b * b / (4 * c) < 2.0:
            lowest = a - b * b / (4 * c)
            return top - b / (2 * c), trace[top] / lowest, 2.0 * np.sqrt(lowest / c)
    before, after = trace[top - 1] / trace[top], trace[top + 1] / trace[top]
    bend = before - 2.0 + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return top + np.clip(shift, -0.5, 0.5), trace[top], slow_width(trace, top)


@pytest.mark.parametrize("width", [0.5, 2.0, 9.0, 200.0])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("clip", [0.6, np.inf])
def test_fits_agree_with_the_plain_definition(width: float, noise: float, clip: float) -> None:
    rng, x = np.random.default_rng(2), np.arange(2000)
    trace = noise * rng.normal(size=len(x))
    for at in rng.uniform(0, len(x), 12):
        trace += 1 / (1 + (2 * (x - at) / width) ** 2)
    trace = np.minimum(trace, clip * trace.max())
    tops = np.flatnonzero((trace[1:-1] >= trace[:-2]) & (trace[1:-1] >= trace[2:]) & (trace[1:-1] > 0.1)) + 1

    assert np.stack(fit_lorentzians(trace, tops), axis=1) == pytest.approx(
        np.array([slow_fit(trace, int(top)) for top in tops]).reshape(-1, 3), rel=1e-12
    )
    assert half_widths(trace, tops).tolist() == [slow_width(trace, int(top)) for top in tops]


def test_no_tops_give_no_lines() -> None:
    assert [part.shape for part in fit_lorentzians(np.ones(5), np.zeros(0, np.int64))] == [(0,), (0,), (0,)]

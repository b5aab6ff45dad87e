from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.instruments.baseline import estimate_baseline

X = np.linspace(-1.0, 1.0, 16384)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_rolling_baseline_is_found_below_lines(sign: float) -> None:
    rolling = 0.05 * X**2 - 0.03 * X + 0.02 * np.sin(4 * X)
    noise = 0.002 * np.random.default_rng(0).normal(size=X.size)
    lines = sum(sign / (1 + ((X - position) / 0.001) ** 2) for position in (-0.8, -0.31, -0.3, 0.2, 0.6))

    found = estimate_baseline(lines + rolling + noise)
    assert np.abs(found - rolling).max() < 0.003


def test_a_broad_hump_is_a_line() -> None:
    # As that of an OH proton: 0.5 ppm of 10.
    hump = 0.3 * np.exp(-(((X - 0.4) / 0.03) ** 2))
    noise = 0.002 * np.random.default_rng(0).normal(size=X.size)

    assert np.abs(estimate_baseline(hump + noise)).max() < 0.01


@pytest.mark.parametrize("trace", [np.zeros(4096), np.ones(5), np.arange(4096.0)])
def test_traces_without_line_free_blocks_are_accepted(trace: np.ndarray) -> None:
    assert np.isfinite(estimate_baseline(trace)).all()

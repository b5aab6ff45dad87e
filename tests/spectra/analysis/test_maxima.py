from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks

from specmol_core.spectra.analysis.maxima import find_maxima


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_maxima_agree_with_scipy(seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    # Rounded, a walk has flat tops, also at both ends.
    trace = np.round(rng.normal(size=rng.integers(0, 4000)).cumsum(), decimals)

    for height, prominence in ((-np.inf, 0.0), (0.5, 0.0), (0.0, 1.3)):
        expected, shape = find_peaks(trace, height=height, prominence=prominence)
        tops, prominences = find_maxima(trace, height, prominence)

        assert tops.tolist() == expected.tolist()
        assert prominences == pytest.approx(shape["prominences"])


def test_single_precision_and_strided_traces_are_accepted() -> None:
    trace = np.sin(np.linspace(0, 30, 300)).astype(np.float32)

    assert find_maxima(trace[::2], 0.0)[0].tolist() == find_peaks(trace[::2], height=0.0)[0].tolist()

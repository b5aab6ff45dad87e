from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

AXIS = PpmAxis(10.0, 0.0, 3)
TRACE = np.array([0.0, 1.0, 0.0], dtype=np.float32)


@pytest.mark.parametrize(
    ("trace", "complaint"), [(TRACE[:2], "axis of 3"), (TRACE * np.nan, "not finite"), (TRACE * 0, "flat")]
)
def test_impossible_trace_is_refused(trace: np.ndarray, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Spectrum("1H", AXIS, trace)


def test_unknown_nucleus_is_refused() -> None:
    with pytest.raises(ValueError, match="nucleus is one of"):
        Spectrum("31P", AXIS, TRACE)  # type: ignore[arg-type]


def test_pair_needs_one_spectrum() -> None:
    with pytest.raises(ValueError, match="needs a 1H or a 13C"):
        SpectrumPair()


def test_pair_with_exchanged_nuclei_is_refused() -> None:
    with pytest.raises(ValueError, match="1H spectrum, given as 13C"):
        SpectrumPair(c13=Spectrum("1H", AXIS, TRACE))


def test_a_signed_spectrum_has_upright_magnitudes() -> None:
    trace = np.array([-1.0, 0.5, 0.0], dtype=np.float32)

    assert Spectrum("13C", AXIS, trace, signed=True).magnitudes.tolist() == [1.0, 0.5, 0.0]
    assert Spectrum("13C", AXIS, trace).magnitudes.tolist() == [-1.0, 0.5, 0.0]

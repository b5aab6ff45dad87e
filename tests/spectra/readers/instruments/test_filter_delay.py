from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.spectra.readers.instruments.filter_delay import bruker_delay, jeol_delay, settle_delay


def fir_filtered(coefficients: int, decimation: int, points: int = 2048, seed: int = 1) -> tuple[np.ndarray, float]:
    """A FID after a linear-phase filter and decimation, and the delay that theory gives (points)."""
    rng = np.random.default_rng(seed)
    time = np.arange(points * decimation)
    rates = rng.uniform(-0.2, 0.2, 5) / decimation
    fid = sum(np.exp(2j * np.pi * rate * time - time / (300.0 * decimation)) for rate in rates)
    taps = np.sinc((np.arange(coefficients) - (coefficients - 1) / 2) / decimation) * np.hamming(coefficients)
    noise = rng.normal(size=(points, 2)) @ [1, 1j] * 0.01
    return np.convolve(fid, taps)[: len(time)][::decimation] / decimation + noise, (coefficients - 1) / 2 / decimation


@pytest.mark.parametrize(("coefficients", "decimation"), [(73, 2), (121, 4), (541, 4)])
def test_the_delay_of_a_real_filter_is_found(coefficients, decimation) -> None:
    fid, delay = fir_filtered(coefficients, decimation)

    found, notes = settle_delay(fid, None)

    assert found == pytest.approx(delay, abs=1.0)
    assert "states no delay" in notes[0]
    assert settle_delay(fid, delay) == (delay, ())
    assert settle_delay(fid, 0.0)[0] == pytest.approx(delay, abs=1.0)


def test_a_delay_that_is_not_there_is_not_used() -> None:
    fid = np.exp(2j * np.pi * 0.1 * np.arange(2048) - np.arange(2048) / 300)

    used, notes = settle_delay(fid, 67.98)

    assert used == 0.0
    assert "begins at once" in notes[0]
    assert settle_delay(fid, 0.0) == settle_delay(fid, None) == (0.0, ())


def test_a_slow_rise_is_no_filter() -> None:
    # An antiphase doublet of 2 Hz at a width of 100 Hz begins at 0 and is at its top after a quarter of a second.
    time = np.arange(2048) / 100
    fid = np.sin(2 * np.pi * time) * np.exp(2j * np.pi * 20 * time - time / 3)

    assert settle_delay(fid, None) == (0.0, ())


def test_noise_tells_nothing() -> None:
    noise = np.random.default_rng(2).normal(size=(4096, 2)) @ [1, 1j]

    assert settle_delay(noise, 67.98) == (67.98, ())
    assert settle_delay(noise, None) == (0.0, ())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.none() | st.floats(-1e9, 1e9))
def test_any_numbers_give_a_finite_delay(seed, points, stated) -> None:
    rng = np.random.default_rng(seed)
    fid = (rng.standard_cauchy(points) + 1j * rng.standard_cauchy(points)) * 10.0 ** rng.integers(-300, 300)

    assert np.isfinite(settle_delay(fid, stated)[0])


@pytest.mark.parametrize(
    ("parameters", "delay"),
    [
        ((67.9848, 1.0, 20.0, 16.0), 67.9848),
        ((0.0, 1.0, 12.0, 16.0), 71.625),
        ((-1.0, None, 10.0, 24.0), 61.020833),
        ((None, 0.0, 12.0, 16.0), 0.0),
        ((None, 1.0, None, 16.0), None),
        ((0.0, 1.0, 21.0, 16.0), None),
        ((0.0, 1.0, 12.0, 17.0), None),
    ],
)
def test_brukers_parameters_give_the_delay(parameters, delay) -> None:
    assert bruker_delay(*parameters) == (None if delay is None else pytest.approx(delay))


@pytest.mark.parametrize(
    ("stated", "delay"),
    [
        (("TRUE", "2 54 73", "8  2"), 53 / 2 / 16 + 36 / 2),
        (("TRUE", "2 41 73", "6  2"), 40 / 2 / 12 + 36 / 2),
        (("TRUE", "2 54125", "8  2"), 53 / 2 / 16 + 62 / 2),
        (("TRUE", "3 11 21 73", "4  4  2"), 5 / 32 + 10 / 8 + 36 / 2),
        (("TRUE", "1 73", "2"), 36 / 2),
        (("TRUE", "2 5 41", "2 4 2"), 2 / 8 + 20 / 2),
        (("", "2 54 73", "8  2"), 53 / 2 / 16 + 36 / 2),
        (("FALSE", "2 54 73", "8  2"), 0.0),
        (("", "", ""), None),
    ],
)
def test_jeols_lists_give_the_delay(stated, delay) -> None:
    assert jeol_delay(*stated) == (None if delay is None else pytest.approx(delay), ())


@pytest.mark.parametrize("factors", ["", "eight", "8", "8  0", "2  2  2  2"])
def test_a_list_that_is_not_understood_is_a_warning(factors) -> None:
    delay, notes = jeol_delay("TRUE", "2 54 73", factors)

    assert delay is None
    assert "not understood" in notes[0]

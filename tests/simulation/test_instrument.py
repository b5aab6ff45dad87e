from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.simulation.instrument import Instrument, draw_instrument, line_width, record
from specmol_core.simulation.lines import BroadLine, SharpLines
from specmol_core.simulation.ranges import IDEAL, MEASURED
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(12.0, -2.0, 2048)
FINE = PpmAxis(4.2, 3.8, 2048)
PLAIN = Instrument(400.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 5, -1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
ONE = SharpLines.without_broadening(np.array([4.0]), np.ones(1))


def measure(instrument: Instrument, lines: SharpLines = ONE, axis: PpmAxis = AXIS, **options: object) -> np.ndarray:
    options = {"broad": (), "height": 1.0, "rng": np.random.default_rng(0)} | options
    return record(axis, instrument, lines, **options)  # type: ignore[arg-type]


def at(trace: np.ndarray, axis: PpmAxis, ppm: float) -> float:
    return float(trace[int(axis.position(ppm))])


def test_perfect_instrument_shows_only_the_line() -> None:
    trace = measure(PLAIN)

    assert trace.max() == 1.0
    assert AXIS.grid()[trace.argmax()] == pytest.approx(4.0, abs=AXIS.step)
    assert np.abs(trace[np.abs(AXIS.grid() - 4.0) > 1]).max() < 1e-4


@pytest.mark.parametrize("sigma", [0.002, 0.02])
def test_noise_has_the_requested_level(sigma: float) -> None:
    """With one grid point per cell, the standard deviation of the trace is that of the noise."""
    axis = PpmAxis(12.0, -2.0, 32768)
    trace = measure(replace(PLAIN, noise=sigma), axis=axis)

    # The trace is scaled to the line's maximum, which also contains noise.
    assert trace[:8000].std() == pytest.approx(sigma, rel=0.1)


def test_zero_noise_is_accepted() -> None:
    assert measure(replace(PLAIN, noise=0.0))[:500].std() < 1e-5


def test_noise_is_relative_to_the_compound_not_to_the_solvent() -> None:
    both = SharpLines.without_broadening(np.array([4.0, 7.26]), np.array([1.0, 9.0]))
    axis = PpmAxis(12.0, -2.0, 32768)
    trace = measure(replace(PLAIN, noise=0.01), both, axis)

    assert trace[:6000].std() == pytest.approx(0.01 / 9, rel=0.1)


def test_phase_error_is_dispersion() -> None:
    """10 degrees raise one tail of the line and lower the other."""
    trace = measure(replace(PLAIN, phase_deg=10.0), axis=FINE)
    left, right = at(trace, FINE, 4.05), at(trace, FINE, 3.95)
    # Dispersion of a Lorentzian of 1 Hz at 20 Hz: sin(10 deg) / 40.
    assert abs(left - right) / 2 == pytest.approx(np.sin(np.radians(10)) / 40, rel=0.1)
    assert left * right < 0


def test_phase_slope_changes_sign_over_the_window() -> None:
    lines = SharpLines.without_broadening(np.array([11.0, -1.0]), np.ones(2))
    trace = measure(replace(PLAIN, phase_slope_deg=40.0), lines, PpmAxis(12.0, -2.0, 32768))
    axis = PpmAxis(12.0, -2.0, 32768)
    tilt = [at(trace, axis, p + 0.05) - at(trace, axis, p - 0.05) for p in (11.0, -1.0)]

    assert tilt[0] * tilt[1] < 0


def test_side_bands_are_at_the_spinning_rate() -> None:
    trace = measure(replace(PLAIN, spin_hz=20.0, side_band_height=0.01), axis=FINE)
    plain = measure(PLAIN, axis=FINE)

    for side in (-1, 1):
        ppm = 4.0 + side * 20 / 400
        near = np.abs(FINE.grid() - ppm) < 2 / 400
        assert (trace - plain)[near].max() == pytest.approx(0.01, rel=0.1)
        assert FINE.grid()[near][(trace - plain)[near].argmax()] == pytest.approx(ppm, abs=1e-3)


def test_a_hump_makes_lines_asymmetric() -> None:
    trace = measure(replace(PLAIN, hump_share=0.3, hump_hz=4.0, hump_offset_hz=3.0), axis=FINE)

    assert at(trace, FINE, 4.0 + 3 / 400) != pytest.approx(at(trace, FINE, 4.0 - 3 / 400), rel=0.3)


def test_broadened_line_keeps_its_area() -> None:
    lines = SharpLines(np.array([4.1, 3.9]), np.ones(2), np.array([0.0, 1.0]))
    trace = measure(PLAIN, lines, FINE)
    grid = FINE.grid()

    assert trace[grid > 4].max() == 1.0
    assert trace[grid < 4].max() == pytest.approx(0.5, rel=0.05)
    assert trace[grid > 4].sum() == pytest.approx(trace[grid < 4].sum(), rel=0.05)


def test_short_acquisition_causes_wiggles() -> None:
    trace = measure(replace(PLAIN, acquisition_s=0.3), axis=FINE)

    assert trace.min() < -0.05
    assert measure(PLAIN, axis=FINE).min() > -1e-3


def test_a_broad_line_has_its_area() -> None:
    trace = measure(PLAIN, broad=(BroadLine(8.0, 2.0, 19.0),), axis=PpmAxis(12.0, -2.0, 32768))
    grid = PpmAxis(12.0, -2.0, 32768).grid()

    # 20 Hz including the instrument's width: twice the area, a tenth of the height.
    assert trace[grid > 6].max() == pytest.approx(0.1, rel=0.03)
    assert trace[grid > 6].sum() == pytest.approx(2 * trace[grid < 6].sum(), rel=0.05)


def test_axis_error_moves_all_lines() -> None:
    trace = measure(replace(PLAIN, reference_ppm=0.1), broad=(BroadLine(8.0, 40.0, 1.0),))

    assert AXIS.grid()[trace.argmax()] == pytest.approx(8.1, abs=AXIS.step)
    assert at(trace, AXIS, 4.1) > 5 * at(trace, AXIS, 4.0)


def test_signed_traces_keep_negative_lines() -> None:
    lines = SharpLines.without_broadening(np.array([4.0, 2.0]), np.array([1.0, -2.0]))

    signed = measure(PLAIN, lines, signed=True)
    assert signed.min() == -1.0
    assert signed.max() == pytest.approx(0.5, rel=0.02)


def test_baseline_roll_has_the_requested_level_and_is_slow() -> None:
    levels = []
    for seed in range(20):
        trace = measure(
            replace(PLAIN, baseline_roll=0.01), axis=PpmAxis(12.0, -2.0, 32768), rng=np.random.default_rng(seed)
        )
        levels.append(trace[:15000])
        assert np.abs(np.diff(trace[:15000])).max() < 1e-3
    assert np.sqrt(np.mean(np.square(levels))) == pytest.approx(0.01, rel=0.4)


def test_noise_maxima_depend_on_the_number_of_recorded_points() -> None:
    """The maximum of few samples is lower than that of many; lines do not change."""
    traces = {hz: measure(replace(PLAIN, noise=0.001, resolution_hz=hz)) for hz in (0.0, 1.0)}
    medians = {hz: float(np.median(trace)) for hz, trace in traces.items()}

    assert 0 < medians[1.0] < 0.75 * medians[0.0]
    assert traces[0.0].argmax() == traces[1.0].argmax()


def test_a_corrected_baseline_is_level() -> None:
    rolling = replace(PLAIN, baseline_roll=0.02, baseline_roll_waves=2)
    levels = {}
    for degree in (-1, 5):
        traces = [measure(replace(rolling, baseline_degree=degree), rng=np.random.default_rng(s)) for s in range(12)]
        levels[degree] = float(np.mean([np.abs(t[:900]).mean() for t in traces]))

    assert levels[5] < 0.3 * levels[-1]
    level = measure(replace(rolling, baseline_degree=0))
    assert abs(float(np.median(level))) < 1e-3


def test_baseline_offset_is_below_zero() -> None:
    trace = measure(replace(PLAIN, baseline_degree=0, baseline_offset=0.01))

    assert np.median(trace) == pytest.approx(-0.01, rel=0.05)


def test_the_edges_of_the_window_are_excited_less() -> None:
    lines = SharpLines.without_broadening(np.array([5.0, 11.9]), np.ones(2))
    trace = measure(replace(PLAIN, edge_loss=0.3), lines)

    assert trace.max() == 1.0
    assert trace[:100].max() == pytest.approx(0.7, abs=0.02)


def test_no_lines_give_an_empty_trace() -> None:
    assert not measure(PLAIN, SharpLines.without_broadening(np.zeros(0), np.zeros(0)), height=0.0).any()


def test_draws_follow_the_ranges() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_instrument(rng, MEASURED.h1, 500.0) for _ in range(500)]

    widths = np.array([line_width(i) for i in drawn])
    assert 0.8 < np.median(widths) < 1.5
    noise = np.array([i.noise for i in drawn])
    assert np.median(noise) == pytest.approx(MEASURED.h1.noise.median, rel=0.3)
    assert noise.max() <= MEASURED.h1.noise.median * MEASURED.h1.noise.factor**2 * 1.0001
    assert np.mean([i.spin_hz > 0 for i in drawn]) == pytest.approx(MEASURED.h1.spinning_probability, abs=0.08)
    assert draw_instrument(rng, IDEAL.h1, 400.0) == replace(
        PLAIN, lorentz_hz=1.0, spin_hz=0.0, acquisition_s=8.0, baseline_roll_waves=1
    )

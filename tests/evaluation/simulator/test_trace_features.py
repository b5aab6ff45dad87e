from __future__ import annotations

import numpy as np
import pytest
from support import measured_fixtures

from specmol_core.evaluation.simulator.trace_features import trace_features
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.resample import column_extremes

AXIS = PpmAxis(12.0, -2.0, 2048)


def features(width_hz: float = 3.0, noise: float = 0.0, factor: float = 1.0) -> dict[str, float]:
    spectrum = measured_fixtures.measured("1H", width_hz)
    values = column_extremes(spectrum.intensities[None, :].astype(float), spectrum.axis, AXIS)[0]
    values = values + np.random.default_rng(1).normal(0.0, 1.0, AXIS.points) * noise
    return trace_features(factor * values, AXIS, 400.0)


def test_features_do_not_depend_on_the_unit_of_the_trace() -> None:
    assert features(factor=1e6) == pytest.approx(features(), rel=1e-6)


def test_noise_feature_rises_with_noise() -> None:
    assert features(noise=0.01)["noise (log)"] == pytest.approx(-2.0, abs=0.2)
    assert features(noise=0.001)["noise (log)"] == pytest.approx(-3.0, abs=0.2)


def test_width_feature_rises_with_line_width() -> None:
    name = "line width, quantile 0.5 (log samples)"

    assert features(12.0)[name] > features(3.0)[name] + 0.2


def test_a_trace_without_lines_still_has_all_features() -> None:
    empty = trace_features(np.random.default_rng(0).normal(size=AXIS.points), AXIS, 400.0)

    assert empty.keys() == features().keys()
    assert np.isfinite(list(empty.values())).all()

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.drawn_spectra import Draw, draw  # noqa: F401

from specmol_core.matcher.components import ResidualSignals
from specmol_core.matchnet_x.components.residual import read_rest
from specmol_core.matchnet_x.observed_signals import observed_of
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.peaks import Peak

FITTED = ResidualSignals((1.1, 3.7), (0.03, 0.02), ((2.0, 2.1),), 0.002)


def test_signals_of_a_fit_replace_those_of_a_1h_trace(draw: Draw) -> None:  # noqa: F811
    analysis = Analysis(draw("1H", [(2.05, 1.0), (4.1, 0.5), (1.2, 0.1)]))

    left = read_rest(analysis, observed_of(analysis), FITTED)

    assert left.ppm.tolist() == [1.1, 3.7]
    assert left.amount.tolist() == [0.03, 0.02]
    assert left.masked_ranges == ((2.0, 2.1),)
    assert left.least_amount == 0.002
    assert not left.from_peak_list
    assert {len(values) for values in (left.error, left.height, left.multiplicity, left.multiplicity_labels)} == {2}


def test_a_1h_trace_without_a_fit_stays(draw: Draw) -> None:  # noqa: F811
    analysis = Analysis(draw("1H", [(2.05, 1.0), (4.1, 0.5)]))
    before = observed_of(analysis)

    assert read_rest(analysis, before, None) is before


def test_carbons_keep_their_signals_and_have_the_least_height_that_is_seen(draw: Draw) -> None:  # noqa: F811
    analysis = Analysis(draw("13C", [(20.0, 1.0), (60.0, 0.5), (170.0, 0.1)], noise=0.005))
    before = observed_of(analysis)

    left = read_rest(analysis, before, FITTED)

    assert np.array_equal(left.ppm, before.ppm)
    assert 0.005 < left.least_amount < 0.06


def test_a_peak_list_stays(draw: Draw) -> None:  # noqa: F811
    spectrum = draw("1H", [(2.05, 1.0)])
    analysis = Analysis(replace(spectrum, peaks=(Peak(2.05, 1.0, None, "s", protons=3.0),)))
    before = observed_of(analysis)

    assert read_rest(analysis, before, FITTED) is before
    assert before.least_amount != pytest.approx(0.002)

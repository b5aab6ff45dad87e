"""Figures of mixtures whose composition is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.mixture_files import write_mixture

from specmol_core.evaluation.mixtures.amounts import (
    MeasuredAmounts,
    estimate_field,
    least_squares,
    measure,
    summary,
)
from specmol_core.evaluation.mixtures.known_mixtures import measured_mixtures
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.shifts.predictor import ShiftPredictor

_ROW = MeasuredAmounts(
    "m", "structures", ("a", "b", "c"), (0.5, 0.3, 0.2), (0.5, 0.2, 0.3),
    ((0.45, 0.55), (0.1, 0.25), (0.1, 0.4)), ((1, 2),), 400.0,
)  # fmt: skip


def test_errors_are_means_over_the_species_and_sums_count_once() -> None:
    assert _ROW.absolute_error == pytest.approx(0.2 / 3)
    assert _ROW.relative_error == pytest.approx((0 + 1 / 3 + 1 / 2) / 3)
    assert _ROW.grouped == (pytest.approx((0.5, 0.5)), pytest.approx((0.5, 0.5)))
    assert _ROW.covered == 2


def test_the_summary_has_the_figures_of_each_method() -> None:
    figures = summary([_ROW])["structures"]

    assert figures["coverage"] == pytest.approx(2 / 3)
    assert figures["absolute_error_with_sums"] == pytest.approx(0.0)
    assert figures["distinguished"] == 0


@pytest.mark.slow
def test_all_methods_find_an_easy_mixture(tmp_path: Path) -> None:
    write_mixture(tmp_path, {"acetone": 0.3, "tert-butyl methyl ether": 0.7})

    rows = list(measure(measured_mixtures(tmp_path), ShiftPredictor.load(), QuantifyConfig(chains=6)))

    assert [row.method for row in rows] == ["least squares", "pure spectra", "structures"]
    for row in rows:
        assert row.found == pytest.approx((0.3, 0.7), abs=0.02)
        assert row.absolute_error < 0.02


def test_least_squares_is_exact_where_nothing_moves(tmp_path: Path) -> None:
    write_mixture(tmp_path, {"acetone": 0.25, "isopropanol": 0.75}, noise=0.0)
    (mixture,) = measured_mixtures(tmp_path)

    found = least_squares(mixture.spectrum, mixture.pure, [6.0, 7.0])

    assert np.abs(found - [0.25, 0.75]).max() < 0.01


@pytest.mark.slow
def test_the_field_follows_from_line_widths_and_couplings(tmp_path: Path) -> None:
    write_mixture(tmp_path, {"ethyl propionate": 0.5, "isopropanol": 0.5})
    (mixture,) = measured_mixtures(tmp_path)

    assert estimate_field(mixture, ShiftPredictor.load(), QuantifyConfig()) == 400.0

"""Conversions of simulated reactions."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from specmol_core.evaluation.mixtures import reactions
from specmol_core.evaluation.mixtures.reactions import MeasuredConversion, conversion_figures, measure_reactions
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.shifts.predictor import ShiftPredictor


@pytest.mark.slow
def test_conversions_of_a_simple_reaction_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reaction that does not balance is left out."""
    monkeypatch.setattr(reactions, "FIELDS_MHZ", (300.0,))
    table = tmp_path / "reactions.csv"
    table.write_text("reactants,products\nCC(=O)OCC,CC(=O)OCCC\nCOc1ccccc1C=O.CC(C)=O,COc1ccccc1C=CC(C)=O\n")

    rows = list(measure_reactions(table, 2, ShiftPredictor.load(), QuantifyConfig(), 0))

    assert {row.reaction for row in rows} == {"COc1ccccc1C=O.CC(C)=O>>COc1ccccc1C=CC(C)=O"}
    assert [(row.method, row.spectrum) for row in rows] == [*product(("together", "in turn"), range(4))]
    assert max(abs(row.found - row.truth) for row in rows) < 0.1


def test_figures_are_those_of_each_field() -> None:
    rows = [
        MeasuredConversion("A>>B", mhz, "together", k, 0.5, 0.5 + error, 0.4, 0.6, 1.0)
        for mhz, errors in ((60.0, (0.2, 0.0)), (500.0, (0.01, -0.01)))
        for k, error in enumerate(errors)
    ]

    figures = conversion_figures(rows)

    assert list(figures) == ["60 MHz, together", "500 MHz, together"]
    assert figures["60 MHz, together"]["absolute_error"] == pytest.approx(0.1)
    assert figures["500 MHz, together"]["absolute_error"] == pytest.approx(0.01)
    assert figures["500 MHz, together"]["coverage"] == 1.0


def test_the_interval_is_over_reactions() -> None:
    rows = [
        MeasuredConversion(f"{name}>>B", 60.0, "together", k, 0.5, 0.5 + error, 0.4, 0.6, 1.0)
        for name, error in (("A", 0.0), ("C", 0.2))
        for k in range(50)
    ]

    figures = conversion_figures(rows)["60 MHz, together"]

    assert (figures["absolute_error_low"], figures["absolute_error_high"]) == pytest.approx((0.0, 0.2))

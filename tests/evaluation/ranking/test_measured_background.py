"""Backgrounds of measured spectra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import measured_fixtures
from support.measured_fixtures import at, make_background

from specmol_core.evaluation.ranking.measured_background import measured_backgrounds, remove_compound
from specmol_core.evaluation.simulator.counterpart import prepare_pairs
from specmol_core.spectra.spectrum import NUCLEI, Nucleus


@pytest.mark.parametrize(
    ("nucleus", "compound_ppm", "foreign_ppm", "reach"),
    [("1H", (1.26, 4.12, 2.05), (7.26,), 0.02), ("13C", (14.2, 60.5, 171.4, 21.0), (76.84, 77.16, 77.48), 0.1)],
)
def test_compound_is_removed_and_solvent_is_kept(
    nucleus: Nucleus, compound_ppm: tuple[float, ...], foreign_ppm: tuple[float, ...], reach: float
) -> None:
    background, noise = make_background(nucleus), measured_fixtures.NOISE[nucleus]
    before = background.spectrum.intensities / background.spectrum.intensities[background.is_compound].max()

    for ppm in compound_ppm:
        gap = at(background.spectrum, background.values, ppm, reach)
        assert np.abs(gap).max() < 6 * noise
        assert gap.std() == pytest.approx(noise, rel=0.5)
    for ppm in foreign_ppm:
        assert at(background.spectrum, background.values, ppm, reach) == pytest.approx(
            at(background.spectrum, before, ppm, reach), rel=0.02
        )


def test_removed_samples_continue_a_sloping_baseline() -> None:
    spectrum = measured_fixtures.measured("1H")
    slope = np.linspace(0.0, 0.05, spectrum.axis.points, dtype=np.float32)
    tilted = replace(spectrum, intensities=spectrum.intensities + slope)
    (prepared,) = prepare_pairs(
        [replace(measured_fixtures.pair(), spectra=dict.fromkeys(NUCLEI, tilted))], measured_fixtures.predict
    )

    background = remove_compound(prepared, "1H")

    top = float(np.max(spectrum.intensities + slope))
    gap = np.flatnonzero(background.is_compound)
    assert background.values[gap] == pytest.approx(slope[gap] / top, abs=6 * measured_fixtures.NOISE["1H"] + 0.001)


def test_pairs_with_negative_lines_are_left_out() -> None:
    spectrum = measured_fixtures.measured("13C")
    edited = replace(
        spectrum, intensities=np.where(spectrum.axis.grid() < 30, -1, 1).astype(np.float32) * spectrum.intensities
    )
    pair = measured_fixtures.pair()
    other = replace(pair, spectra={**pair.spectra, "13C": edited})

    assert len(measured_backgrounds(prepare_pairs([pair, other, pair], measured_fixtures.predict))) == 2

"""Signals of benchmark queries in measured backgrounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from support import measured_fixtures
from support.measured_fixtures import at, make_background

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.measured_background import MeasuredBackground, measured_backgrounds
from specmol_core.evaluation.ranking.spiked_spectra import (
    StickSignal,
    carbon_stick_signals,
    insert_queries,
    insert_signals,
    proton_stick_signals,
)
from specmol_core.evaluation.simulator.counterpart import prepare_pairs
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

QUERY = BenchmarkQuery(
    "butanone", "CCC(C)=O", ("C=CCCO", "CCC(C)=O", "CC(C)C=O"),
    ((7.9, 1.0), (29.4, 1.0), (36.8, 1.0), (209.2, 1.0)),
    ((1.05, 3.0, "t", (7.3,)), (2.13, 3.0, "s", ()), (2.44, 2.0, "q", (7.3,))),
    False,
)  # fmt: skip


def signal(ppm: float, nuclei: float = 1.0, multiplicity: str = "") -> Peak:
    return Peak(ppm, nuclei, None, multiplicity, protons=nuclei)


def sticks(background: MeasuredBackground, peaks: list[Peak]) -> list[StickSignal]:
    """Lines of listed signals without a matching structure."""
    if background.spectrum.nucleus == "13C":
        return carbon_stick_signals(background, peaks, np.random.default_rng(0))
    methane = Chem.MolFromSmiles("C")
    mhz = float(background.spectrum.frequency_mhz or 0.0)
    return proton_stick_signals(peaks, methane, AtomShifts({}, {0: [-9.0] * 4}), mhz, np.random.default_rng(0))


@pytest.mark.parametrize(("nucleus", "width_hz"), [("1H", 1.5), ("1H", 3.0), ("13C", 3.2)])
def test_inserted_lines_have_shape_and_height_of_the_removed_lines(nucleus: Nucleus, width_hz: float) -> None:
    background = make_background(nucleus, width_hz)

    kind = "CH3" if nucleus == "13C" else ""
    result = insert_signals(background, sticks(background, [signal(5.0, multiplicity=kind), signal(1.0, 2.0, kind)]))

    assert result is not None
    assert background.width_hz == pytest.approx(width_hz, rel=0.05)
    line = at(result, result.intensities, 1.0, 0.5)
    mhz = float(result.frequency_mhz or 0.0)
    assert line.max() == pytest.approx(1.0, abs=0.03)
    assert (line > 0.5).sum() * result.axis.step * mhz == pytest.approx(width_hz, abs=result.axis.step * mhz)
    grid = result.axis.grid()
    assert abs(grid[int(np.argmax(np.where(np.abs(grid - 1) < 0.5, result.intensities, 0)))] - 1.0) <= result.axis.step
    if nucleus == "1H":
        assert at(result, result.intensities, 5.0, 0.1).max() == pytest.approx(0.5, abs=0.02)
    assert (result.solvent, result.frequency_mhz) == ("CDCl3", mhz)
    assert result.peaks == ()


def test_carbon_heights_are_drawn_from_the_measured_compound() -> None:
    background = make_background("13C", 6.0)
    peaks = [signal(float(ppm), multiplicity=("C", "CH2", "CH3")[ppm // 2 % 3]) for ppm in range(100, 200, 2)]

    result = insert_signals(background, sticks(background, peaks))

    assert result is not None
    tops = np.array([at(result, result.intensities, peak.ppm, 0.2).max() for peak in peaks])
    highest = max(h for values in background.heights.values() for h in values)
    for kind, number in (("C", 1), ("CH2", 1), ("CH3", 2)):
        heights = np.array(background.heights[kind]) / highest
        drawn = np.abs(tops[[peak.multiplicity == kind for peak in peaks]][:, None] - heights)
        assert len(heights) == number
        assert drawn.min(1).max() < 0.03
        assert set(drawn.argmin(1)) == set(range(number))
    assert background.heights["CH"] == (1.0,)


def test_listed_carbons_have_the_height_of_their_kind() -> None:
    shifts = AtomShifts({0: 14.2, 1: 60.5, 3: 171.4, 4: 21.0}, {})
    ether = AtomShifts({0: 15.0, 1: 66.0, 3: 66.0, 4: 15.0}, {})
    backgrounds = [
        {
            n: replace(make_background(n, 6.0), heights={"C": (0.3,), "CH": (1.0,), "CH2": (1.0,), "CH3": (0.8,)})
            for n in NUCLEI
        }
    ]
    ester = replace(
        QUERY, truth="CCOC(C)=O", pool=("CCOC(C)=O",), c13=((14.0, 1.0), (171.0, 1.0), (60.0, 1.0), (21.0, 1.0))
    )
    whole = replace(QUERY, truth="CCOCC", pool=("CCOCC",), c13=((15.0, 1.0), (66.0, 1.0)))

    for query, predicted, heights in (
        (ester, shifts, {14.0: 0.8, 171.0: 0.3, 60.0: 1.0, 21.0: 0.8}), (whole, ether, {15.0: 0.8, 66.0: 1.0}),
    ):  # fmt: skip
        (result,) = insert_queries(backgrounds, [query], lambda mols, solvent, predicted=predicted: [predicted])  # type: ignore[misc]
        assert result.spectra.c13 is not None
        for ppm, height in heights.items():
            assert at(result.spectra.c13, result.spectra.c13.intensities, ppm, 0.2).max() == pytest.approx(
                height, abs=0.03
            )


def test_inorganic_parts_of_a_salt_are_not_drawn() -> None:
    backgrounds: list[dict[Nucleus, MeasuredBackground]] = [{n: make_background(n) for n in NUCLEI}]
    salt = replace(QUERY, truth="CC(=O)[O-].[Na+]", pool=("CC(=O)[O-].[Na+]",), c13=((24.0, 1.0), (182.0, 1.0)), h1=())

    (result,) = insert_queries(backgrounds, [salt], ShiftPredictor.load().predict_in)

    assert result.pool == ("CC(=O)[O-].[Na+]",)
    assert result.spectra.c13 is not None
    assert at(result.spectra.c13, result.spectra.c13.intensities, 24.0, 0.2).max() > 0.5


def test_broad_signal_is_low_and_broad() -> None:
    background = make_background("1H")

    result = insert_signals(
        background, sticks(background, [signal(5.0, multiplicity="br s"), signal(1.0, multiplicity="s")])
    )

    assert result is not None
    assert at(result, result.intensities, 5.0, 0.1).max() == pytest.approx(0.1, abs=0.01)


def test_signals_outside_the_window_are_not_inserted() -> None:
    assert insert_signals(make_background("1H"), sticks(make_background("1H"), [signal(16.0)])) is None


ETHYL_ACETATE = Chem.MolFromSmiles("CCOC(C)=O")
PREDICTED = AtomShifts({}, {0: [1.2] * 3, 1: [4.1] * 2, 4: [2.0] * 3})


def drawn(*peaks: Peak) -> list[StickSignal]:
    return proton_stick_signals(peaks, ETHYL_ACETATE, PREDICTED, 400.0, np.random.default_rng(0))


def test_unlisted_multiplets_are_simulated() -> None:
    methylene, methyl, acetyl = drawn(signal(4.12, 2.0), signal(1.26, 3.0, "m"), signal(2.04, 3.0))

    for result, ppm, shares, protons in (
        (methylene, 4.12, (1, 3, 3, 1), 2.0), (methyl, 1.26, (1, 2, 1), 3.0), (acetyl, 2.04, (1,), 3.0),
    ):  # fmt: skip
        assert np.average(result.ppm, weights=result.area) == pytest.approx(ppm, abs=0.002)
        assert result.area == pytest.approx(protons * np.array(shares) / sum(shares), abs=0.05)
        assert not result.broad
    assert np.diff(np.sort(methylene.ppm)) * 400 == pytest.approx(np.diff(np.sort(methyl.ppm))[0] * 400, abs=0.2)
    assert 6 < np.diff(np.sort(methyl.ppm))[0] * 400 < 8


def test_signals_in_a_listed_multiplet_keep_predicted_distances() -> None:
    propyl = Chem.MolFromSmiles("CCCCCl")
    shifts = AtomShifts({}, {0: [0.94] * 3, 1: [1.46] * 2, 2: [1.76] * 2, 3: [3.54] * 2})

    chain, methyl = proton_stick_signals(
        [signal(1.60, 4.0, "m"), signal(0.95, 3.0)], propyl, shifts, 400.0, np.random.default_rng(0)
    )

    assert float(chain.area.sum()) == pytest.approx(4.0)
    assert np.average(chain.ppm, weights=chain.area) == pytest.approx(1.60, abs=0.01)
    high = chain.ppm > 1.60
    for part, middle in ((high, 1.72), (~high, 1.48)):
        assert np.average(chain.ppm[part], weights=chain.area[part]) == pytest.approx(middle, abs=0.01)
    assert len(methyl.ppm) >= 3


def test_listed_multiplets_are_kept() -> None:
    result = drawn(signal(4.12, 2.0, "d"), signal(1.26, 3.0), signal(9.5, 1.0), signal(2.2, 1.0, "br s"))

    assert [len(s.ppm) for s in result] == [2, 3, 1, 1]
    assert [s.broad for s in result] == [False, False, False, True]
    assert [float(s.area.sum()) for s in result] == pytest.approx([2.0, 3.0, 1.0, 1.0])


def test_queries_use_backgrounds_in_turn_and_list_the_truth_first() -> None:
    backgrounds = measured_backgrounds(
        prepare_pairs([measured_fixtures.pair(), measured_fixtures.pair("other", 1)], measured_fixtures.predict)
    )
    outside = replace(QUERY, c13=((230.0, 1.0),), h1=())

    spiked, repeated = (
        insert_queries(backgrounds, [QUERY, QUERY, outside, replace(QUERY, h1=())], ShiftPredictor.load().predict_in)
        for _ in range(2)
    )

    assert [q.pool[0] for q in spiked] == ["CCC(C)=O"] * 3
    assert sorted(spiked[0].pool) == sorted(QUERY.pool)
    assert [q.spectra.h1 is None for q in spiked] == [False, False, True]
    first, second, third = (q.spectra.c13 for q in spiked)
    assert first is not None
    assert second is not None
    assert third is not None
    noise = [at(s, s.intensities, 120.0, 5.0) for s in (first, second, third)]
    assert np.abs(noise[0] - noise[1]).max() > 1e-3
    assert noise[1] == pytest.approx(noise[2], abs=1e-4)
    assert all(
        np.array_equal(a.intensities, b.intensities)
        for one, two in zip(spiked, repeated, strict=True)
        for a, b in zip(one.spectra.spectra, two.spectra.spectra, strict=True)
    )

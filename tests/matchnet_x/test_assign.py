from __future__ import annotations

from dataclasses import replace

import pytest
from support.by_hand import ETHANOL, ETHYL_ACETATE, SPREAD, TETRACHLOROMETHANE, Molecule, molecule, observed, one_part

from specmol_core.matcher.assignment import AssignedSignal, Assignment
from specmol_core.matchnet_x.assign import aligned_pairs, assign
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import unpack_lines

C13 = observed("13C", [14.1, 20.9, 60.3, 171.0])
H1 = observed("1H", [1.25, 2.04, 4.11], [3, 3, 2])


def assignment_of(one: Molecule, *shown: Observed) -> Assignment:
    return assign(LikelihoodModel(), shown, one_part(one))


def summary(signals: tuple[AssignedSignal, ...]) -> list[tuple[float | None, tuple[int, ...], float | None]]:
    return [(signal.ppm, signal.atoms, signal.nuclei) for signal in signals]


def test_signals_of_ethyl_acetate_are_assigned_to_its_atoms() -> None:
    result = assignment_of(ETHYL_ACETATE, H1, C13)

    assert summary(result.signals) == [
        (171.0, (3,), 1), (60.3, (1,), 1), (20.9, (4,), 1), (14.1, (0,), 1),
        (4.11, (1,), 2), (2.04, (4,), 3), (1.25, (0,), 3),
    ]  # fmt: skip
    assert [s.nucleus for s in result.signals] == ["13C"] * 4 + ["1H"] * 3
    assert (result.unassigned_signals, result.missing_lines) == ((), ())


def test_deviations_are_relative_to_the_prediction() -> None:
    signal = assignment_of(ETHYL_ACETATE, observed("13C", [14.2, 22.0, 60.5, 171.4])).signals[2]

    assert signal.predicted_ppm == pytest.approx(21.0)
    assert signal.uncertainty_ppm == pytest.approx(SPREAD[0])
    assert signal.deviation == pytest.approx(1.0, abs=0.01)
    assert signal.deviation_in_uncertainties == pytest.approx(2.0, abs=0.02)


def test_a_missing_line_is_reported() -> None:
    result = assignment_of(ETHYL_ACETATE, observed("13C", [14.1, 20.9, 60.3]))

    (missing,) = result.missing_lines
    assert (missing.ppm, missing.atoms, missing.deviation) == (None, (3,), None)
    assert missing.predicted_ppm == pytest.approx(171.4)


def test_an_unassigned_signal_is_reported() -> None:
    result = assignment_of(ETHYL_ACETATE, observed("13C", [14.1, 20.9, 60.3, 110.0, 171.0]))

    assert summary(result.unassigned_signals) == [(110.0, (), None)]
    assert result.unassigned_signals[0].predicted_ppm is None


def test_an_unassigned_signal_has_integral_and_multiplicity() -> None:
    shown = replace(observed("1H", [1.26, 2.05, 4.12, 9.5], [3, 3, 2, 1]), multiplicity_labels=("t", "s", "q", "br s"))

    (signal,) = assignment_of(ETHYL_ACETATE, shown).unassigned_signals

    assert (signal.ppm, signal.nuclei, signal.multiplicity) == (9.5, 1.0, "br s")


def test_a_missing_exchanging_proton_does_not_affect_other_protons() -> None:
    result = assignment_of(ETHANOL, observed("1H", [1.22, 3.71], [3, 2]))

    assert summary(result.signals) == [(3.71, (1,), 2), (None, (2,), 1), (1.22, (0,), 3)]


@pytest.mark.parametrize("ppm", [0.4, 9.5])
def test_an_exchanging_proton_may_have_any_shift(ppm: float) -> None:
    ppms, amounts = zip(*sorted([(1.22, 3), (3.71, 2), (ppm, 1)]), strict=True)

    result = assignment_of(ETHANOL, observed("1H", ppms, amounts))

    assert sorted(summary(result.signals)) == sorted([(3.71, (1,), 2), (ppm, (2,), 1), (1.22, (0,), 3)])


def test_both_methyl_groups_of_an_amide_have_a_line() -> None:
    amide = molecule("CN(C)C=O", {0: 34.0, 2: 34.0, 3: 162.6}, {})

    result = assignment_of(amide, observed("13C", [33.6, 34.5, 162.5]))

    assert summary(result.signals) == [(162.5, (3,), 1), (34.5, (0, 2), 1), (33.6, (0, 2), 1)]


@pytest.mark.slow
def test_protons_of_one_signal_are_shared_by_two_lines() -> None:
    together = molecule("FC(F)CF", {}, {1: 4.32, 3: 4.28})

    result = assignment_of(together, observed("1H", [4.30], [3]))

    assert summary(result.signals) == [(4.30, (1,), 1), (4.30, (3,), 2)]


def test_protons_of_one_line_are_shared_by_two_signals() -> None:
    result = assignment_of(molecule("CF", {}, {0: 4.3}), observed("1H", [4.29, 4.31], [1, 2]))

    assert summary(result.signals) == [(4.31, (0,), 2), (4.29, (0,), 1)]


def test_equivalent_atoms_share_a_signal() -> None:
    result = assignment_of(molecule("CC(C)O", {0: 25.3, 1: 64.0, 2: 25.3}, {}), observed("13C", [25.2, 64.1]))

    assert summary(result.signals) == [(64.1, (1,), 1), (25.2, (0, 2), 2)]


def test_two_protons_of_a_carbon_may_have_different_signals() -> None:
    chiral = molecule("CC(F)CF", {}, {0: 1.4, 1: 4.9, 3: (4.5, 4.3)})

    result = assignment_of(chiral, observed("1H", [1.4, 4.31, 4.52, 4.9], [3, 1, 1, 1]))

    assert summary(result.signals) == [(4.9, (1,), 1), (4.52, (3,), 1), (4.31, (3,), 1), (1.4, (0,), 3)]


@pytest.mark.parametrize("shown", [observed("1H", [], []), H1])
def test_a_candidate_without_protons(shown: Observed) -> None:
    result = assignment_of(TETRACHLOROMETHANE, shown)

    assert [s.ppm for s in result.unassigned_signals] == sorted(shown.ppm.tolist(), reverse=True)
    assert result.missing_lines == ()


def test_pairs_count_nuclei() -> None:
    lines = unpack_lines([ETHYL_ACETATE.stored], "1H")

    assert aligned_pairs(LikelihoodModel(), H1, lines) == {(0, 0): 3, (1, 1): 3, (2, 2): 2}


def trace(ppm: list[float], integrals: list[float]) -> Observed:
    return replace(observed("1H", ppm, integrals), integrals_are_counts=False, from_peak_list=False)


def test_a_methyl_group_beside_impurities_is_a_methyl_group() -> None:
    """Impurities of 2.2 protons take a part of each proton, so that integrals of 3 count as two protons."""
    model = LikelihoodModel()
    model = replace(model, h1_trace=replace(model.h1_trace, log_p_extra_proton=-30.0))
    shown = trace([1.25, 2.04, 4.11, 6.8], [3.0, 3.0, 2.0, 2.2])
    one = ETHYL_ACETATE

    result = assign(model, [shown], one_part(one))

    assert [s for s in summary(result.signals) if s[1]] == [(4.11, (1,), 2), (2.04, (4,), 3), (1.25, (0,), 3)]
    assert [signal.integral for signal in result.signals] == [2.2, 2.0, 3.0, 3.0]


def test_satellites_and_traces_of_impurities_do_not_count() -> None:
    result = assignment_of(ETHYL_ACETATE, trace([1.25, 2.04, 2.17, 4.11, 6.8], [3.0, 3.0, 0.02, 2.0, 1.0]))

    uncounted = [signal for signal in result.signals if not signal.is_counted]
    assert [(signal.ppm, signal.integral) for signal in uncounted] == [(2.17, 0.0)]
    assert [signal.ppm for signal in result.unassigned_signals] == [6.8]


def test_a_signal_as_plain_values_counts_atoms_from_one() -> None:
    signal = AssignedSignal("1H", 1.2345, 1.2, 0.05, (0, 4), 6.0, "d")

    assert signal.as_dict() == {
        "nucleus": "1H",
        "ppm": 1.234,
        "predicted_ppm": 1.2,
        "deviation_ppm": 0.034,
        "uncertainty_ppm": 0.05,
        "deviation_in_uncertainties": 0.69,
        "atoms": [1, 5],
        "nuclei": 6.0,
        "multiplicity": "d",
        "may_be_masked": False,
        "integral": None,
        "is_counted": True,
    }


def test_a_maybe_masked_line_is_distinguished_from_a_missing_line() -> None:
    shown = replace(observed("13C", [14.2, 21.0]), masked_ranges=((60.0, 61.0),))

    result = assign(LikelihoodModel(), [shown], one_part(ETHYL_ACETATE))

    assert [(round(s.predicted_ppm or 0, 1), s.may_be_masked) for s in result.missing_lines] == [
        (171.4, False),
        (60.5, True),
    ]
    assert not any(s.may_be_masked for s in result.signals if s.ppm is not None)


@pytest.mark.parametrize(
    "signal", [AssignedSignal("13C", None, 60.0, 0.5, (1,)), AssignedSignal("13C", 60.0, None, None, ())]
)
def test_a_signal_or_line_without_partner_has_no_deviation(signal: AssignedSignal) -> None:
    values = signal.as_dict()

    assert (signal.deviation, signal.deviation_in_uncertainties) == (None, None)
    assert (values["deviation_ppm"], values["deviation_in_uncertainties"]) == (None, None)


def test_a_small_integral_does_not_cause_a_distant_assignment() -> None:
    short = observed("1H", [1.26, 2.05, 4.12], [3, 4, 1], integrals_are_counts=False)
    pairs = aligned_pairs(LikelihoodModel(), short, unpack_lines([ETHYL_ACETATE.stored], "1H"))

    result = assign(LikelihoodModel(), [short], one_part(ETHYL_ACETATE))

    assert pairs[2, 1] == 1  # a proton of the CH2 goes to the CH3 beside it
    assert [(s.ppm, s.predicted_ppm, s.nuclei) for s in result.signals if s.nucleus == "1H"] == [
        (4.12, pytest.approx(4.12), 2.0), (2.05, pytest.approx(2.05), 3.0), (1.26, pytest.approx(1.26), 3.0),
    ]  # fmt: skip

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from scipy import stats
from support.by_hand import (
    BUTANOIC_ACID,
    BUTANONE,
    ETHANOL,
    ETHYL_ACETATE,
    METHYL_PROPANOATE,
    SPREAD,
    TETRACHLOROMETHANE,
    Molecule,
    molecule,
    observed,
)

from specmol_core.matchnet_x.likelihood import (
    LikelihoodModel,
    NucleusModel,
    carbon_terms,
    log_likelihood_ratios,
    proton_terms,
    signals_of_protons,
)
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, Observed
from specmol_core.matchnet_x.predicted_lines import KIND_COUNTS, LINE_DTYPE, PROTON_KINDS, VICINAL_COUNTS, unpack_lines
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftPredictor

MODEL = LikelihoodModel(
    NucleusModel(220.0, 4.0, 1.2, (-2.5, -3.0, -3.5, -4.0), -3.5, -1.0, -3.0),
    NucleusModel(12.0, 3.0, 1.0, (-2.5, -0.3), -2.0, -0.7, -0.4),
)
C13 = observed("13C", [14.1, 20.9, 60.3, 171.0])
H1 = observed("1H", [1.25, 2.04, 4.11], [3, 3, 2])
ISOMERS = [m.stored for m in (ETHYL_ACETATE, METHYL_PROPANOATE, BUTANOIC_ACID)]


def one(shown: Observed, candidate: bytes, model: LikelihoodModel = MODEL) -> float:
    return float(log_likelihood_ratios(model, [shown], [candidate])[0, 0])


def ratio(model: NucleusModel, ppm: float, spread: float, at: float, error: float = 0.0) -> float:
    """The definition: density ratio of Student's and uniform distribution, at least exp(-12)."""
    scale = float(np.hypot(model.spread_factor * spread, error))
    return max(float(stats.t.logpdf(at, model.dof, ppm, scale)) + np.log(model.window), -12.0)


def without(stored: bytes, kind: str) -> bytes:
    """Payload without the lines of one kind of proton."""
    rows = np.frombuffer(stored, LINE_DTYPE)
    first = 128 + PROTON_KINDS.index(kind) * VICINAL_COUNTS
    return rows[(rows["kind"] < first) | (rows["kind"] >= first + VICINAL_COUNTS)].tobytes()


@pytest.mark.parametrize("error", [0.0, 0.3])
@pytest.mark.parametrize("at", [14.2, 15.0, 100.0])
def test_a_pair_has_the_ratio_of_the_distributions(at: float, error: float) -> None:
    terms = carbon_terms(MODEL, observed("13C", [at], error=error), unpack_lines([ETHYL_ACETATE.stored], "13C"))

    assert terms.match[0, 0] == pytest.approx(ratio(MODEL.c13, 14.2, SPREAD[0], at, error), abs=1e-4)


@pytest.mark.parametrize("shown", [(C13,), (H1,), (H1, C13)])
def test_the_true_compound_scores_above_its_isomers(shown: tuple[Observed, ...]) -> None:
    total = log_likelihood_ratios(MODEL, shown, ISOMERS).sum(0)

    assert total[0] > total[1:].max() + 5


def test_predicted_shifts_distinguish_the_true_compound_from_isomers(shipped_predictor: ShiftPredictor) -> None:
    stored = []
    for smiles in ("CCCC(=O)O", "CCOC(C)=O", "CCC(=O)OC", "COCC(C)=O", "C1COCCO1"):
        (_, means, uncertainties_ppm), *_ = shipped_predictor.batches(
            [graph := shift_graph(Chem.MolFromSmiles(smiles))]
        )
        stored.append(Molecule(graph, means, uncertainties_ppm).stored)

    assert (log_likelihood_ratios(MODEL, [H1, C13], stored).argmax(1) == 1).all()


def test_many_candidates_equal_one_at_a_time() -> None:
    stored = [*ISOMERS, TETRACHLOROMETHANE.stored, ETHANOL.stored, BUTANONE.stored, b""]
    integrals = replace(H1, amount=np.array([0.61, 0.58, 0.4]), integrals_are_counts=False)

    together = log_likelihood_ratios(MODEL, [H1, C13, integrals], stored)

    alone = [[one(shown, candidate) for candidate in stored] for shown in (H1, C13, integrals)]
    assert together == pytest.approx(np.array(alone), abs=1e-3)


def test_threads_do_not_change_the_ratios() -> None:
    integrals = replace(H1, amount=np.array([0.61, 0.58, 0.4]), integrals_are_counts=False)
    stored = [*ISOMERS, b"", ETHANOL.stored] * 300

    result = log_likelihood_ratios(MODEL, [H1, C13, integrals], stored)

    assert np.array_equal(result, np.tile(log_likelihood_ratios(MODEL, [H1, C13, integrals], stored[:5]), 300))


def test_missing_lines_and_unassigned_signals_are_penalised() -> None:
    shown = observed("13C", [18.4, 110.0])
    expected = ratio(MODEL.c13, 18.4, SPREAD[0], 18.4) + MODEL.c13.missing[2] + MODEL.c13.log_p_unassigned

    assert one(shown, ETHANOL.stored) == pytest.approx(expected, abs=1e-4)


def test_a_maybe_masked_line_has_a_small_penalty() -> None:
    rest = observed("13C", [14.2, 21.0, 171.4])
    stored = ETHYL_ACETATE.stored
    # The chance that a line predicted at 60.5 stands between 60.0 and 61.0.
    hidden = ratio(MODEL.c13, 60.5, SPREAD[0], 60.5) + np.log(1.0 / MODEL.c13.window)

    lost = one(replace(rest, masked_ranges=((60.0, 61.0),)), stored) - one(rest, stored)

    assert lost == pytest.approx(hidden - MODEL.c13.missing[2], abs=1e-4)
    assert one(replace(rest, masked_ranges=((90.0, 91.0),)), stored) == pytest.approx(one(rest, stored))


def test_integrals_exclude_masked_protons() -> None:
    shown = observed("1H", [1.26, 2.05], [3, 3], integrals_are_counts=False)
    hidden = replace(shown, masked_ranges=((4.0, 4.2),))

    result = proton_terms(MODEL, hidden, unpack_lines([ETHYL_ACETATE.stored], "1H"))

    assert np.bincount(result.signal_of_proton).tolist() == [3, 3]
    assert one(hidden, ETHYL_ACETATE.stored) > one(shown, ETHYL_ACETATE.stored) + 5
    assert one(hidden, ETHYL_ACETATE.stored) == pytest.approx(
        float(log_likelihood_ratios(MODEL, [hidden], [BUTANONE.stored, ETHYL_ACETATE.stored])[0, 1])
    )


def test_a_signal_that_may_be_water_can_be_excluded() -> None:
    shown = observed("1H", [1.26, 2.05, 3.33, 4.12], [3, 3, 9, 2], integrals_are_counts=False)
    water = replace(shown, maybe_solvent=np.array([False, False, True, False]))

    result = proton_terms(MODEL, water, unpack_lines([ETHYL_ACETATE.stored], "1H"))

    assert np.bincount(result.signal_of_proton).tolist() == [3, 3, 0, 2]
    assert one(water, ETHYL_ACETATE.stored) == pytest.approx(one(H1, ETHYL_ACETATE.stored), abs=0.5)
    assert one(shown, ETHYL_ACETATE.stored) < one(water, ETHYL_ACETATE.stored) - 5


def test_two_carbons_within_the_resolution_merge() -> None:
    close = molecule("CCO", {0: 58.0, 1: 58.2}, {})
    model = replace(MODEL.c13, missing=(-9.0,) * 4)
    expected = sum(ratio(model, ppm, SPREAD[0], 58.1) for ppm in (58.0, 58.2)) + model.merged + np.log(0.1 / 220)

    result = one(observed("13C", [58.1]), close.stored, replace(MODEL, c13=model))

    assert result == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("smiles", "c13", "split"), [("CC(C)O", {0: 25.0, 1: 64.0, 2: 25.0}, True),
                                                     ("CCO", {0: 25.0, 1: 64.0}, False)])  # fmt: skip
def test_a_line_of_two_carbons_may_be_split(smiles: str, c13: dict[int, float], split: bool) -> None:
    model = MODEL.c13
    as_two = ratio(model, 25.0, SPREAD[0], 25.0) + ratio(model, 25.0, SPREAD[0], 25.1) + model.split
    as_one = ratio(model, 25.0, SPREAD[0], 25.0) + model.log_p_unassigned
    best = max(as_two, as_one) if split else as_one

    result = one(observed("13C", [25.0, 25.1, 64.0]), molecule(smiles, c13, {}).stored)

    assert result == pytest.approx(best + ratio(model, 64.0, SPREAD[0], 64.0), abs=1e-3)


def test_an_empty_spectrum_costs_every_line() -> None:
    expected = [sum(MODEL.c13.missing[kind] for kind in (0, 2, 3, 3)), 8 * MODEL.h1.missing[0]]

    result = log_likelihood_ratios(MODEL, [observed("13C", []), observed("1H", [], [])], [ETHYL_ACETATE.stored])

    assert result[:, 0] == pytest.approx(expected, abs=1e-4)


def test_a_candidate_without_protons_leaves_every_proton_unexplained() -> None:
    assert one(H1, TETRACHLOROMETHANE.stored) == pytest.approx(8 * MODEL.h1.log_p_unassigned, abs=1e-4)


@pytest.mark.parametrize(
    ("shown", "lost", "cost"),
    [
        (observed("1H", [1.22, 3.71], [3, 2]), "OH or SH", MODEL.h1.missing[1]),
        (observed("1H", [2.6, 3.71], [1, 2]), "CH3", 3 * MODEL.h1.missing[0]),
    ],
)
def test_a_missing_proton_costs_little_if_it_exchanges(shown: Observed, lost: str, cost: float) -> None:
    assert one(shown, ETHANOL.stored) == pytest.approx(one(shown, without(ETHANOL.stored, lost)) + cost, abs=1e-3)


@pytest.mark.parametrize("ppm", [0.3, 6.0, 9.5])
def test_an_exchanging_proton_out_of_order_has_a_constant_penalty(ppm: float) -> None:
    model = replace(MODEL, h1=replace(MODEL.h1, log_p_out_of_order=-1.5, missing=(-9.0, -9.0)))
    shown = [(1.22, 3), (3.71, 2)]
    ppms, amounts = zip(*sorted([*shown, (ppm, 1)]), strict=True)
    rest = one(observed("1H", *zip(*shown, strict=True)), without(ETHANOL.stored, "OH or SH"), model)

    assert one(observed("1H", ppms, amounts), ETHANOL.stored, model) == pytest.approx(rest - 1.5, abs=1e-4)
    # A proton on carbon may not.
    far = one(observed("1H", ppms, amounts), without(ETHANOL.stored, "OH or SH"), model)
    assert far == pytest.approx(rest + model.h1.log_p_unassigned, abs=1e-4)


@pytest.mark.parametrize("factor", [1.0, 0.07, 240.0])
@pytest.mark.parametrize("amount", [[3, 2], [3, 1, 2]])
def test_scale_of_integrals_does_not_matter(amount: list[int], factor: float) -> None:
    ppm = [1.22, 3.71] if len(amount) == 2 else [1.22, 2.6, 3.71]
    counted = observed("1H", ppm, amount)
    integrals = observed("1H", ppm, [factor * a for a in amount], integrals_are_counts=False)

    assert one(integrals, ETHANOL.stored) == pytest.approx(one(counted, ETHANOL.stored), abs=1e-4)


@pytest.mark.parametrize(
    ("amount", "counted", "total", "numbers"),
    [
        ([3, 2, 3], True, 0, [3, 2, 3]),
        ([2.9, 0.2, np.nan], True, 0, [3, 1, 1]),
        ([30, 20, 30], False, 8, [3, 2, 3]),
        ([1.5, 0.01], False, 3, [3, 0]),
        ([3, 0.45, 2, 0.01, 0.02], False, 6, [3, 1, 2, 0, 0]),
        ([0, 0], False, 6, [3, 3]),
        ([1, np.nan], False, 4, [2, 2]),
        ([1, 1, 1], False, 2, [1, 1, 1]),
        ([1, 1, 1, 1, 1, 0.02], False, 1, [1, 1, 1, 1, 1, 0]),
        ([], False, 4, []),
    ],
)
def test_protons_of_each_signal(amount: list[float], counted: bool, total: int, numbers: list[int]) -> None:
    shown = observed("1H", list(range(len(amount))), amount, integrals_are_counts=counted)

    assert np.bincount(signals_of_protons(shown, total), minlength=len(amount)).tolist() == numbers


@pytest.mark.parametrize(("shared", "ratio_of_evidence"), [(0.0, 2.0), (1.0, 1.0)])
def test_the_weight_of_integrals_depends_on_the_number_of_protons(shared: float, ratio_of_evidence: float) -> None:
    single = molecule("C1CCC1", {}, dict.fromkeys(range(4), 1.96))
    double = molecule("C1CCCCCCC1", {}, dict.fromkeys(range(8), 1.96))
    model = replace(MODEL, h1=replace(MODEL.h1, integral_exponent=shared, weight_exponent=0.0))
    shown = observed("1H", [1.96], [1.0], integrals_are_counts=False)

    one_of_few, one_of_many = (one(shown, m.stored, model) for m in (single, double))

    assert one_of_many == pytest.approx(ratio_of_evidence * one_of_few, rel=1e-5)
    # Counts are not scaled.
    counted = observed("1H", [1.96], [8])
    assert one(counted, single.stored, model) == one(
        counted, single.stored, replace(MODEL, h1=replace(model.h1, integral_exponent=0.3))
    )


def test_the_weight_of_a_line_does_not_depend_on_its_protons() -> None:
    methyl, methine = molecule("CF", {}, {0: 4.3}), molecule("FC(F)F", {}, {1: 4.3})
    expected = ratio(MODEL.h1, 4.3, SPREAD[1], 4.35)

    assert one(observed("1H", [4.35], [3]), methyl.stored) == pytest.approx(expected, abs=1e-4)
    assert one(observed("1H", [4.35], [1]), methine.stored) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("candidate", "shown", "changed"),
    [
        (molecule("CF", {}, {0: 4.3}), observed("1H", [4.29, 4.31], [1, 2]), "split"),
        (molecule("FC(F)CF", {}, {1: 4.32, 3: 4.3}), observed("1H", [4.31], [3]), "merged"),
    ],
)
def test_protons_of_one_line_in_two_signals_and_of_two_lines_in_one(
    candidate: Molecule, shown: Observed, changed: str
) -> None:
    plain = replace(MODEL, h1=replace(MODEL.h1, split=0.0, merged=0.0))
    dear = replace(plain, h1=replace(plain.h1, **{changed: -0.8}))

    assert one(shown, candidate.stored, dear) - one(shown, candidate.stored, plain) == pytest.approx(-0.8, abs=1e-4)


def test_a_signal_may_hold_one_proton_more_than_its_integral() -> None:
    shown, methyl = observed("1H", [4.3], [2]), molecule("CF", {}, {0: 4.3}).stored
    model = replace(MODEL, h1=replace(MODEL.h1, log_p_extra_proton=-0.5))
    expected = ratio(MODEL.h1, 4.3, SPREAD[1], 4.3)

    assert one(shown, methyl, model) == pytest.approx(expected - 0.5, abs=1e-3)


def test_signals_from_traces_have_their_own_parameters() -> None:
    other = LikelihoodModel(h1=MODEL.c13, c13=MODEL.h1, c13_trace=MODEL.c13, h1_trace=MODEL.h1)

    for shown in (C13, H1):
        assert one(replace(shown, from_peak_list=False), ETHYL_ACETATE.stored, other) == one(
            shown, ETHYL_ACETATE.stored
        )


def test_multiplicities_favour_their_kinds() -> None:
    table = np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    table[PROTON_KINDS.index("CH2") * VICINAL_COUNTS + 3, MULTIPLICITIES.index("q")] = 1.4
    model = replace(MODEL, multiplicity=table, multiplicity_weight=0.5)
    with_multiplicities = replace(H1, multiplicity=np.array([MULTIPLICITIES.index(name) for name in ("t", "s", "q")]))

    gain = [
        one(with_multiplicities, m.stored, model) - one(H1, m.stored, model) for m in (ETHYL_ACETATE, METHYL_PROPANOATE)
    ]

    assert gain == pytest.approx([0.7, 0.0], abs=1e-4)


def test_multiplicities_from_traces_have_their_own_table() -> None:
    table = np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    table[PROTON_KINDS.index("CH2") * VICINAL_COUNTS + 3, MULTIPLICITIES.index("q")] = 1.4
    without_tables = replace(MODEL, h1_trace=MODEL.h1)
    models = (
        replace(without_tables, multiplicity=table),
        replace(without_tables, multiplicity_trace=table, multiplicity_trace_weight=0.5),
    )
    with_multiplicities = replace(H1, multiplicity=np.array([MULTIPLICITIES.index(name) for name in ("t", "s", "q")]))

    gain = [
        [
            one(o, ETHYL_ACETATE.stored, model) - one(o, ETHYL_ACETATE.stored, without_tables)
            for o in (with_multiplicities, replace(with_multiplicities, from_peak_list=False))
        ]
        for model in models
    ]

    assert gain[0] == pytest.approx([MODEL.multiplicity_weight * 1.4, 0.0], abs=1e-4)
    assert gain[1] == pytest.approx([0.0, 0.7], abs=1e-4)


def test_the_more_likely_interpretation_of_integrals_is_used() -> None:
    integrals = observed("1H", [1.22, 3.71], [30, 20], integrals_are_counts=False)

    reading = proton_terms(MODEL, integrals, unpack_lines([ETHANOL.stored], "1H"))

    assert np.bincount(reading.signal_of_proton).tolist() == [3, 2]

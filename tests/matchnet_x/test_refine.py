from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from rdkit import Chem
from scipy.special import logsumexp
from support.by_hand import WEIGHTS, observed

from specmol_core.matchnet_x.joint_vectors import query_vector
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.matcher import MatchNetXMatcher, ObservedQuery
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.matchnet_x.predicted_lines import pack_lines, predicted_lines
from specmol_core.matchnet_x.refine import refine_best, shift_means
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.records import parse_shifts

ACETATE, PROPANOATE, ACID = "CCOC(C)=O", "CCC(=O)OC", "CCCC(=O)O"
RIGHT = {
    ACETATE: AtomShifts({0: 14.2, 1: 60.5, 3: 171.4, 4: 21.0}, {0: [1.26] * 3, 1: [4.12] * 2, 4: [2.05] * 3}),
    PROPANOATE: AtomShifts({0: 9.2, 1: 27.5, 2: 174.9, 5: 51.5}, {0: [1.14] * 3, 1: [2.33] * 2, 5: [3.67] * 3}),
}


class FixedShifts:
    """A second predictor for a few molecules; it fails for all others."""

    def __init__(self, known: Mapping[str, AtomShifts]) -> None:
        self.known = known
        self.asked: list[str] = []

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        self.asked += [Chem.MolToSmiles(mol) for mol in mols]
        return [self.known.get(Chem.MolToSmiles(mol), AtomShifts()) for mol in mols]


@pytest.fixture(scope="module")
def matcher(shipped_predictor: ShiftPredictor) -> MatchNetXMatcher:
    return MatchNetXMatcher(shipped_predictor, LikelihoodModel(), WEIGHTS, PosteriorModel(), "0" * 64)


@pytest.fixture(scope="module")
def query() -> ObservedQuery:
    """Measured signals of ethyl acetate."""
    signals = (observed("1H", [1.26, 2.05, 4.12], [3, 3, 2]), observed("13C", [14.2, 21.0, 60.5, 171.4]))
    return ObservedQuery(signals, query_vector(signals))


def test_correct_shifts_lift_the_true_compound_to_the_top(matcher: MatchNetXMatcher, query: ObservedQuery) -> None:
    wrong = AtomShifts({0: 40.0, 1: 80.0, 2: 120.0, 5: 90.0}, {0: [7.0] * 3, 1: [8.0] * 2, 5: [9.0] * 3})
    refiner = matcher.rescorer(FixedShifts({ACETATE: RIGHT[ACETATE], PROPANOATE: wrong}))
    scores = np.array([9.0, 8.0, 7.5])

    result = refine_best(scores, lambda best: refiner.scores(query, [(PROPANOATE, ACETATE)[i] for i in best]), 2)

    assert np.argsort(-result.scores)[0] == 1
    assert result.rescored.tolist() == [0, 1]
    assert not len(result.failed)


def test_the_score_is_that_of_the_mean_of_both_predictions(matcher: MatchNetXMatcher, query: ObservedQuery) -> None:
    graph = shift_graph(Chem.MolFromSmiles(ACETATE))
    ((_, means, uncertainties_ppm),) = matcher.predictor.batches([graph])
    for atom, ppm in RIGHT[ACETATE].c13.items():
        means[atom, 0] = (means[atom, 0] + ppm) / 2
    for atom, values in RIGHT[ACETATE].h1.items():
        means[atom, 1:] = (means[atom, 1:] + values[0]) / 2
    (shifts,) = matcher.scores(query, [pack_lines(predicted_lines([graph], means, uncertainties_ppm)[0])])

    (result,) = matcher.rescorer(FixedShifts(RIGHT)).scores(query, [ACETATE])

    assert result == pytest.approx(shifts)


def test_a_failed_prediction_gives_no_score(matcher: MatchNetXMatcher, query: ObservedQuery) -> None:
    backend = FixedShifts(RIGHT)

    result = matcher.rescorer(backend).scores(query, [ACID, ACETATE])

    assert np.isnan(result).tolist() == [True, False]
    assert backend.asked == [ACID, ACETATE]
    assert np.isnan(matcher.rescorer(FixedShifts({})).scores(query, [ACID])).all()


def test_missing_shifts_are_those_of_the_model(matcher: MatchNetXMatcher, query: ObservedQuery) -> None:
    carbons = AtomShifts(RIGHT[ACETATE].c13, {})
    both, half = (
        matcher.rescorer(FixedShifts({ACETATE: shifts})).scores(query, [ACETATE])
        for shifts in (RIGHT[ACETATE], carbons)
    )

    assert np.isfinite(half).all()
    assert half[0] != both[0]


def test_of_a_salt_the_main_part_is_predicted_again(matcher: MatchNetXMatcher, query: ObservedQuery) -> None:
    salt = "CCCCCC[NH3+].CCC(=O)[O-].O=S(=O)([O-])C(F)(F)F"
    parsed = parse_shifts(salt, "smiles", 60)
    assert not isinstance(parsed, str)
    payloads, joint = matcher.embed([parsed.graph])
    second = FixedShifts({"CCCCCC[NH3+]": matcher.predictor.predict([Chem.MolFromSmiles("CCCCCC[NH3+]")])[0]})

    result = matcher.rescorer(second).scores(query, [parsed.smiles])

    assert second.asked == ["CCCCCC[NH3+]"]
    assert result == pytest.approx(matcher.scores(query, payloads, joint), abs=0.01)


def test_equivalent_atoms_get_their_mean_shift() -> None:
    mol = Chem.MolFromSmiles("CCC1CC1")
    shifts = AtomShifts(
        {0: 13.0, 1: 28.0, 2: 12.0, 3: 4.0, 4: 5.0},
        {0: [0.9, 1.0, 1.1], 1: [1.3, 1.2], 2: [0.7], 3: [0.0, 0.4], 4: [0.6, 0.2]},
    )

    result = shift_means(mol, shifts, np.zeros((5, 4), np.float32))

    assert result[:, 0] == pytest.approx([13.0, 28.0, 12.0, 4.5, 4.5])
    assert result[0, 1] == pytest.approx(1.0)
    assert result[1] == pytest.approx([28.0, 1.25, 1.3, 1.2])
    assert result[3] == pytest.approx([4.5, 0.3, 0.5, 0.1])
    assert (result[3] == result[4]).all()


def test_symmetric_atoms_have_one_line() -> None:
    shifts = AtomShifts({0: 4.0, 1: 5.0, 2: 6.0}, {0: [0.1, 0.2], 1: [0.3, 0.4], 2: [0.2, 0.3]})
    mol = Chem.MolFromSmiles("C1CC1")
    means = shift_means(mol, shifts, np.zeros((3, 4), np.float32))

    (rows,) = predicted_lines([shift_graph(mol)], means, np.ones((3, 2), np.float32))

    assert rows["shift"].tolist() == [500, 200, 300]
    assert rows["count"].tolist() == [3, 3, 3]


SCORES = np.array([3.0, 10.0, 8.5, 9.0, -np.inf, 8.0, 2.9, 8.2])


def test_rescoring_keeps_the_total_probability_of_the_best() -> None:
    result = refine_best(SCORES, lambda best: np.array([0.0, 1.0, 2.0]), 3)

    assert result.rescored.tolist() == [1, 3, 2]
    assert logsumexp(result.scores[result.rescored]) == pytest.approx(logsumexp(SCORES[result.rescored]), abs=1e-3)
    assert np.diff(result.scores[result.rescored]) == pytest.approx([1.0, 1.0], abs=1e-3)
    rest = [0, 4, 5, 6, 7]
    assert result.scores[rest].tolist() == SCORES[rest].tolist()


def test_a_failed_candidate_keeps_its_score() -> None:
    result = refine_best(SCORES, lambda best: np.array([np.nan, 1.0, 3.0]), 3)

    assert result.failed.tolist() == [1]
    assert result.scores[1] == SCORES[1]
    assert logsumexp(result.scores[[2, 3]]) == pytest.approx(logsumexp(SCORES[[2, 3]]), abs=1e-3)
    assert result.scores[2] > result.scores[3]
    assert refine_best(SCORES, lambda best: np.full(3, np.nan), 3).scores.tolist() == SCORES.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_the_best_candidate_is_always_a_rescored_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0.0, 2.0, 40)

    result = refine_best(scores, lambda best: rng.normal(-50.0, 20.0, len(best)), 10)

    assert result.scores.argmax() in result.rescored
    rest = np.setdiff1d(np.arange(40), result.rescored)
    assert (result.scores[rest] == scores[rest]).all()


@pytest.mark.parametrize(
    "scores",
    [[], [4.0], [-np.inf, -np.inf], [30.0, 10.0, 9.0]],
    ids=["none", "one", "nothing scored", "a clear leader"],
)
def test_a_single_contender_is_not_rescored(scores: list[float]) -> None:
    def never(best: np.ndarray) -> np.ndarray:
        raise AssertionError(best)

    result = refine_best(np.array(scores), never, 10)

    assert result.scores.tolist() == scores
    assert not len(result.rescored)

"""The best candidates scored anew, by the shifts of a second, slower predictor together with the model's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matchnet_x.predicted_lines import pack_lines, predicted_lines
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftBackend, ShiftPredictor
from specmol_core.shifts.records import without_stereo_hydrogens

__all__ = ["Refiner", "RescoredCandidates", "refine_best", "shift_means"]

_MAX_SCORE_GAP_NATS = 12.0
"""A candidate this far below the best is not predicted again (nats): its probability is too small to be worth it, and
the groups are not judged farther down either."""
_DECIMALS = 4


class RescoredCandidates(NamedTuple):
    """Scores of which some are new."""

    scores: NDArray[np.float64]
    """(n,) in the order of those that were given."""
    rescored: NDArray[np.int64]
    """Places that were predicted again, best first."""
    failed: NDArray[np.int64]
    """Those of them of which the second predictor says nothing."""


class Refiner:
    """Scores candidates by the mean of two predictions of each shift: their errors differ, and in part cancel.

    Parameters
    ----------
    predictor
        The model's own predictor; the spreads are those that it gives.
    score
        Score (n,) of stored lines (n,) under a query of the model.
    backend
        The second predictor.
    """

    def __init__(
        self,
        predictor: ShiftPredictor,
        score: Callable[[Any, Sequence[bytes]], NDArray[np.float64]],
        backend: ShiftBackend,
    ) -> None:
        self._predictor, self._score, self._backend = predictor, score, backend

    def scores(self, query: Any, smiles: Sequence[str]) -> NDArray[np.float64]:
        """Score (n,) of each candidate; NaN where the second predictor predicts nothing.

        Parameters
        ----------
        query
            What ``query`` of the matcher made.
        smiles
            Candidates that the matcher has embedded.
        """
        result = np.full(len(smiles), np.nan)
        lines = {index: stored for index, text in enumerate(smiles) if (stored := self._lines(text)) is not None}
        if lines:
            result[list(lines)] = self._score(query, list(lines.values()))
        return result

    def _lines(self, smiles: str) -> bytes | None:
        """What would be stored of a candidate for the mean of both predictions; None without the second."""
        mol = without_stereo_hydrogens(Chem.MolFromSmiles(smiles))
        # One by one, so that a molecule that fails cannot disturb another; together they would take no less time.
        (shifts,) = self._backend.predict([mol])
        if not shifts.c13 and not shifts.h1:
            return None
        graph = shift_graph(mol)
        ((_, means, uncertainties),) = self._predictor.batches([graph])
        mean_shifts = ((means + shift_means(mol, shifts, means)) / 2).astype(np.float32)
        return pack_lines(predicted_lines([graph], mean_shifts, uncertainties)[0])


def shift_means(mol: Chem.Mol, shifts: AtomShifts, default_means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shifts (atoms, 4) in the columns of ``ShiftPredictor.batches``: 13C; mean, higher and lower of the protons.

    Atoms that the graph cannot tell apart have their mean: a conformer does tell them apart, a spectrum does not.

    Parameters
    ----------
    default_means
        Shifts (atoms, 4) that stand where ``shifts`` has none.
    """
    result = np.full(default_means.shape, np.nan)
    for atom, ppm in shifts.c13.items():
        result[atom, 0] = ppm
    for atom, values in shifts.h1.items():
        result[atom, 1:] = np.mean(values), max(values), min(values)
    ranks = np.array(Chem.CanonicalRankAtoms(mol, breakTies=False))
    for rank in np.unique(ranks):
        result[ranks == rank] = result[ranks == rank].mean(axis=0)
    return np.where(np.isnan(result), default_means, result).astype(np.float32)


def refine_best(
    scores: NDArray[np.float64], again: Callable[[NDArray[np.int64]], NDArray[np.float64]], max_candidates: int
) -> RescoredCandidates:
    """Scores (n,) with new ones for the best candidates among which the choice is open; none if that is only one.

    The second predictor says nothing of the rest, and most scores sink when they are tested a second time. So the new
    scores are moved together by as much as keeps what these candidates weigh in all, the sum of the exponentials: they
    share out anew what they had, and the rest weighs what it did (Jeffrey's rule of conditioning). Hence one of them
    always leads. One of them comes after a candidate of the rest only if its own share has become the smaller one, and
    the rest keeps its order. A candidate that the second predictor fails on counts as the rest.

    Parameters
    ----------
    scores
        (n,) in any order; minus infinity of what cannot be scored.
    rescored
        New scores (k,) of the candidates at these places (k,), best first; NaN where there is none.
    max_candidates
        Candidates that are predicted again at most.
    """
    best = np.argsort(-scores, kind="stable")[:max_candidates]
    best = best[np.isfinite(scores[best])]
    best = best[scores[best] >= scores[best[:1]] - _MAX_SCORE_GAP_NATS]
    if len(best) < 2:
        return RescoredCandidates(scores, best[:0], best[:0])
    new_scores = again(best)
    failed = np.isnan(new_scores)
    known, new_scores = best[~failed], new_scores[~failed]
    result = scores.copy()
    if len(known):
        result[known] = np.round(
            new_scores + (np.logaddexp.reduce(scores[known]) - np.logaddexp.reduce(new_scores)), _DECIMALS
        )
    return RescoredCandidates(result, best, best[failed])

"""Rescore the best candidates with the shifts of a second, slower predictor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matcher.scores import rounded_scores
from specmol_core.matchnet_x.predicted_lines import pack_lines, predicted_lines
from specmol_core.matchnet_x.salt_lines import joined_lines
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.predictor import ShiftBackend, ShiftPredictor
from specmol_core.shifts.records import without_stereo_hydrogens
from specmol_core.shifts.salts import parts_of_smiles

__all__ = ["Refiner", "RescoredCandidates", "refine_best", "shift_means"]

_MAX_SCORE_GAP_NATS = 12.0
"""Score difference to the best candidate up to which candidates are rescored (nats); others are
improbable. It equals that of the comparison of candidates in ``groups``."""


class RescoredCandidates(NamedTuple):
    """Scores after rescoring."""

    scores: NDArray[np.float64]
    """(n,) scores, in the order of the given scores."""
    rescored: NDArray[np.int64]
    """Indices of the candidates that were rescored, best first."""
    failed: NDArray[np.int64]
    """Indices of those without a prediction of the second predictor."""


class Refiner:
    """Scores candidates by the mean of two predictions of each shift, whose errors cancel in part.

    Parameters
    ----------
    predictor
        Predictor of the model; it also gives the uncertainties.
    score
        Function that scores (n,) payloads (n,) under a query of the model.
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
        """Score (n,) of each candidate; NaN if the second predictor fails.

        Parameters
        ----------
        query
            Result of ``query`` of the matcher.
        smiles
            SMILES of candidates that the matcher has embedded.
        """
        result = np.full(len(smiles), np.nan)
        lines = {
            index: stored
            for index, text in enumerate(smiles)
            if (stored := self._lines(text, *query.solvents)) is not None
        }
        if lines:
            result[list(lines)] = self._score(query, list(lines.values()))
        return result

    def _lines(self, smiles: str, carbon: str, proton: str) -> bytes | None:
        """Payload of a candidate for the mean of both predictions, with the solvents of 13C and 1H;
        None if the second predictor fails. Counter-ions have the prediction of the model."""
        main, *counter_ions = parts_of_smiles(smiles)
        mol = without_stereo_hydrogens(Chem.MolFromSmiles(smiles.partition(".")[0]))
        # Molecules are predicted one by one, so that a failure does not affect others; batches are
        # not faster.
        (shifts,) = self._backend.predict([mol], carbon)
        if proton != carbon:
            shifts = replace(shifts, h1=self._backend.predict([mol], proton)[0].h1)
        if not shifts.c13 and not shifts.h1:
            return None
        ((_, means, uncertainties),) = self._predictor.batches_in([main.graph], carbon, proton)
        mean_shifts = ((means + shift_means(mol, shifts, means)) / 2).astype(np.float32)
        lines = predicted_lines([main.graph], mean_shifts, uncertainties)
        if not counter_ions:
            return pack_lines(lines[0])
        for graphs, *predicted in self._predictor.batches_in([part.graph for part in counter_ions], carbon, proton):
            lines += predicted_lines(graphs, *predicted)
        return pack_lines(joined_lines([main, *counter_ions], lines).lines)


def shift_means(mol: Chem.Mol, shifts: AtomShifts, default_means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shifts (atoms, 4) in the columns of ``ShiftPredictor.batches``.

    The columns are 13C, and mean, higher and lower shift of the protons (ppm). Atoms that are
    equivalent in the graph get their mean shift. They differ in a conformer, but not in a spectrum.

    Parameters
    ----------
    default_means
        Shifts (atoms, 4) in place of missing ones (ppm).
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
    scores: NDArray[np.float64], rescore: Callable[[NDArray[np.int64]], NDArray[np.float64]], max_candidates: int
) -> RescoredCandidates:
    """Rescore the best candidates if more than one is within reach of the best score.

    The other candidates are not rescored, and most new scores are lower. Therefore a common offset
    is added to the new scores that keeps the sum of the exponentials of these candidates (Jeffrey's
    rule of conditioning): their total probability does not change, only its distribution among
    them. Hence one of them stays in the lead, and the others keep their scores and order. A
    candidate for which the second predictor fails counts as one of the others.

    Parameters
    ----------
    scores
        Scores (n,) in any order; minus infinity if a candidate cannot be scored.
    rescore
        Function that computes the new scores (k,) of the candidates at these indices (k,), best
        first; NaN for failures.
    max_candidates
        Most candidates that are rescored.

    Examples
    --------
    >>> refine_best(np.array([3.0, 2.0]), lambda indices: np.array([1.0, 2.0]), max_candidates=10).scores.tolist()
    [2.0, 3.0]
    """
    best = np.argsort(-scores, kind="stable")[:max_candidates]
    best = best[np.isfinite(scores[best])]
    best = best[scores[best] >= scores[best[:1]] - _MAX_SCORE_GAP_NATS]
    if len(best) < 2:
        return RescoredCandidates(scores, best[:0], best[:0])
    new_scores = rescore(best)
    failed = np.isnan(new_scores)
    known, new_scores = best[~failed], new_scores[~failed]
    result = scores.copy()
    if len(known):
        result[known] = rounded_scores(
            new_scores + (np.logaddexp.reduce(scores[known]) - np.logaddexp.reduce(new_scores))
        )
    return RescoredCandidates(result, best, best[failed])

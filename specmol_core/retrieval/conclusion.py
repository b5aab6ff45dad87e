"""What follows from a ranking: the set of a stated confidence, identification at an error rate, and what next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.advice import Advice
from specmol_core.matcher.calibration import ConfidenceSet, Identification, ModelCalibration
from specmol_core.matcher.calibration_file import load_calibration
from specmol_core.matcher.input_kind import kind_of
from specmol_core.matcher.protocol import Matcher
from specmol_core.options import RankOptions
from specmol_core.retrieval.ranker import Ranking
from specmol_core.spectra.analysis.analysis import AnalysedPair

__all__ = ["Concluder", "Conclusion"]

_SETTLED_SHARE = 0.9
"""Share of the best group from which no further experiment is proposed."""
_MIN_SHARE, _MAX_COMPARED = 0.05, 3
"""Least share, of the probability of all candidates, of a group that is compared, and most such groups."""


@dataclass(frozen=True)
class Conclusion:
    """Conclusions from one ranking; None where not asked for, or not possible."""

    confidence_set: ConfidenceSet | None = None
    identification: Identification | None = None
    advice: Advice | None = None


class Concluder:
    """Draws conclusions from rankings of one model.

    Parameters
    ----------
    options
        Options of the ranking.
    matcher, checkpoint
        The model and its file.

    Raises
    ------
    UsageError, DatasetError, CheckpointError
        If a confidence or an error rate is asked for, and there is no usable calibration for it.
    """

    def __init__(self, options: RankOptions, matcher: Matcher, checkpoint: Path) -> None:
        self._options, self._matcher = options, matcher
        self._calibration: ModelCalibration | None = None
        if options.confidence is not None or options.max_error is not None:
            self._calibration = load_calibration(checkpoint, matcher.id)

    @property
    def is_calibrated(self) -> bool:
        """Whether a confidence or an error rate is asked for."""
        return self._calibration is not None

    def conclude(self, ranking: Ranking, pair: AnalysedPair, smiles: Callable[[int], str]) -> Conclusion:
        """Return the conclusions from a ranking.

        Parameters
        ----------
        smiles
            Function that returns the SMILES of a row of the candidate set.

        Raises
        ------
        UsageError
            If the calibration has too few queries for the confidence or the error rate.
        """
        verdict = ranking.verdict
        if verdict is None:
            return Conclusion()
        first = np.flatnonzero(np.diff(ranking.groups, prepend=-1))
        calibration, options = self._calibration, self._options
        chosen = identified = None
        if calibration is not None:
            kind = kind_of(pair)
            if options.confidence is not None:
                gaps, sizes = ranking.scores[0] - ranking.scores[first], np.bincount(ranking.groups)
                chosen = calibration.confidence_set(
                    options.confidence, kind, gaps, sizes, verdict.none_fits_probability
                )
            if options.max_error is not None:
                identified = calibration.identification(options.max_error, kind, verdict)
        return Conclusion(chosen, identified, self._advice(ranking, first, smiles))

    def _advice(self, ranking: Ranking, first: NDArray[np.int64], smiles: Callable[[int], str]) -> Advice | None:
        """Return what would decide, if two or three groups share the probability."""
        adviser, verdict = self._matcher.adviser, ranking.verdict
        settled = verdict is None or verdict.name in ("none fits", "mixture?")
        if adviser is None or settled or self._options.components > 1:
            return None
        share = ranking.probabilities[first] / ranking.probabilities[first].sum()
        compared = first[:_MAX_COMPARED][share[:_MAX_COMPARED] >= _MIN_SHARE]
        if share[0] >= _SETTLED_SHARE or len(compared) < 2:
            return None
        return adviser.advise(ranking.query, [(int(i) + 1, smiles(int(ranking.rows[i]))) for i in compared])

"""Calibrate a model on measured queries of structures that neither its training nor its fit has seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery, as_read_from_plot, measured_ranks
from specmol_core.evaluation.ranking.pools import PosteriorOutcome, rank_benchmark
from specmol_core.matcher.calibration import (
    LOG_ODDS,
    NONE_IS_LIKELY,
    KindCalibration,
    confidence_of,
    nonconformity,
)
from specmol_core.matcher.protocol import Matcher

__all__ = ["calibrate", "kind_calibration", "right_group_nonconformity"]

_PLOT_STEP = 2
"""Step through the queries that are also read from plots, which takes longest."""


def calibrate(
    listed: Sequence[BenchmarkQuery],
    inserted: Sequence[MeasuredQuery],
    matcher: Matcher,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, KindCalibration]:
    """Return the calibration of each kind of input.

    Parameters
    ----------
    listed
        Queries as peak lists.
    inserted
        The same queries as measured spectra, which are read as traces, and every second one from plots of them.
    advance
        Called with the number of finished queries and that of all.
    """
    plotted = inserted[::_PLOT_STEP]
    total = len(listed) + len(inserted) + len(plotted)

    def part(start: int) -> Callable[[int], None]:
        return lambda done: advance(start + done, total)

    results = (
        rank_benchmark(listed, matcher, advance=part(0)),
        measured_ranks(inserted, matcher, advance=part(len(listed))),
        measured_ranks(plotted, matcher, transform=as_read_from_plot, advance=part(len(listed) + len(inserted))),
    )
    by_kind: dict[str, list[PosteriorOutcome]] = defaultdict(list)
    for result in results:
        for outcomes in result.outcomes.values():
            for outcome in outcomes:
                by_kind[outcome.kind].append(outcome)
    return {kind: kind_calibration(outcomes) for kind, outcomes in sorted(by_kind.items())}


def kind_calibration(outcomes: Sequence[PosteriorOutcome]) -> KindCalibration:
    """Return the calibration of one kind of input.

    The halves of the structures differ in their scaffolds.
    """
    values = np.array([right_group_nonconformity(outcome) for outcome in outcomes])
    likely = np.array([outcome.verdict.none_fits_probability >= NONE_IS_LIKELY for outcome in outcomes])
    half = np.array([_half(outcome.truth) for outcome in outcomes])
    confidence = np.array([confidence_of(outcome.verdict) for outcome in outcomes])
    is_wrong = np.array([not outcome.truth_in_best_group for outcome in outcomes])
    without = np.array([confidence_of(outcome.verdict_without_truth) for outcome in outcomes])
    folds = {flag: _halves(values[likely == flag], half[likely == flag]) for flag in (False, True)}
    return KindCalibration(folds, len(outcomes), _counts(confidence[is_wrong]), _counts(without))


def right_group_nonconformity(outcome: PosteriorOutcome) -> float:
    """Return the nonconformity of the group of the true compound; infinite if it was not scored."""
    if outcome.truth_group is None:
        return float("inf")
    return float(nonconformity(outcome.gaps, outcome.verdict.none_fits_probability)[outcome.truth_group])


def _halves(values: NDArray[np.float64], half: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.sort(values[half == 0]), np.sort(values[half == 1])


def _half(smiles: str) -> int:
    scaffold = MurckoScaffoldSmiles(smiles=smiles) or smiles  # type: ignore[no-untyped-call]
    return crc32(scaffold.encode()) & 1


def _counts(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of answers from each threshold of LOG_ODDS on."""
    thresholds = 1.0 / (1.0 + np.exp(-LOG_ODDS))
    counts: NDArray[np.int64] = (confidence[:, None] >= thresholds).sum(0)
    return counts

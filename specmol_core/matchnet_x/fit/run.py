"""Complete fit of matchnet-x: held-out queries, likelihood, temperatures, posterior, checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.matchnet_x.checkpoint import save_matchnet_x
from specmol_core.matchnet_x.fit.coordinate_descent import (
    FitQuery,
    fit_model,
    fit_none_weights,
    fit_temperatures,
    height_table,
    multiplicity_table,
)
from specmol_core.matchnet_x.fit.counts import (
    count_heights,
    count_multiplicities,
    count_trace_multiplicities,
    listed_queries,
    predicted_payloads,
    simulated_queries,
)
from specmol_core.matchnet_x.fit.held_out_queries import select_held_out_queries
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.matcher import ScoreFactors
from specmol_core.matchnet_x.posterior import PosteriorModel, none_features
from specmol_core.metrics import mean_reciprocal_rank, rank_of_truth, roc_auc, top_k
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.storage.atomic import atomic_write, output_error

__all__ = ["fit_matchnet_x", "none_metrics"]

_MAX_SIMULATED = 300
"""Maximum number of simulated structures of each split; most lists have only one nucleus."""
_MAX_FALSE_ALARM_RATE = 0.05
"""Maximum share of rankings with the truth that get the verdict "none fits"."""


def fit_matchnet_x(
    measured: Sequence[Path],
    library: Path,
    output: Path,
    excluded: frozenset[str],
    weights: Path,
    seed: int,
    report: Callable[[str], None],
    query_folder: Path | None = None,
) -> dict[str, Any]:
    """Fit matchnet-x, write its checkpoint, and return the figures on the test scaffolds.

    Parameters
    ----------
    measured
        JSON lines of measured shifts, see ``shift_records.experimental_records``.
    library
        Lines of SMILES from which decoys are taken.
    output
        Checkpoint that is written.
    excluded
        SMILES without stereochemistry of structures that are neither truth nor decoy.
    weights
        File of the shift predictor.
    seed
        Seed of the simulated spectra.
    report
        Called with lines of progress.
    query_folder
        Folder into which the queries are written; None does not write them.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError
        If a file is unusable, or no structure is held out.
    OutputError
        If a result cannot be written.
    """
    predictor = ShiftPredictor.load(weights)
    queries_by_split = {
        split: select_held_out_queries(measured, library, excluded, split) for split in ("validation", "test")
    }
    report(", ".join(f"{len(queries)} {split} queries" for split, queries in queries_by_split.items()))
    if query_folder is not None:
        _write_queries(queries_by_split, query_folder)
    if not queries_by_split["validation"]:
        raise DatasetError(measured[0], "no structure of the measured files is held out; give more of them")
    lines = predicted_payloads(
        predictor, sorted({s for qs in queries_by_split.values() for q in qs for s in q["pool"]})
    )
    held_out = excluded | {q["truth"] for qs in queries_by_split.values() for q in qs}
    counts = count_multiplicities(measured, predictor, held_out, LikelihoodModel())
    model = replace(LikelihoodModel(), multiplicity=multiplicity_table(counts))
    listed = {split: listed_queries(queries, lines) for split, queries in queries_by_split.items()}
    simulated = {s: simulated_queries(_subsample(q), lines, predictor, seed) for s, q in queries_by_split.items()}
    report(", ".join(f"{len(queries)} simulated {split} queries" for split, queries in simulated.items()))
    first = _fit_all(model, listed["validation"], simulated["validation"], report)
    figures = _figures(first, listed["test"])
    if listed["test"]:
        figures["none fits"] = none_metrics(first.posterior, first.model, first.factors, listed["test"])
    report(f"test scaffolds: {figures}")
    # The final fit includes the test scaffolds after their evaluation, because 1H lists are few.
    final = _fit_all(
        first.model, listed["validation"] + listed["test"], simulated["validation"] + simulated["test"], report
    )
    notes = {
        "sources": [path.name for path in (*measured, library)],
        "queries": {"listed": sum(map(len, listed.values())), "simulated": sum(map(len, simulated.values()))},
        "test scaffolds, held out": figures,
        "seed": seed,
    }
    save_matchnet_x(output, final.model, final.factors, final.posterior, weights, notes, final.posterior_trace)
    return figures


def _subsample(queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return at most ``_MAX_SIMULATED`` queries, evenly spaced over all files."""
    step = max(len(queries) / _MAX_SIMULATED, 1.0)
    return [queries[int(i * step)] for i in range(min(len(queries), _MAX_SIMULATED))]


class _FitResult(NamedTuple):
    model: LikelihoodModel
    factors: ScoreFactors
    posterior: PosteriorModel
    posterior_trace: PosteriorModel


def _fit_all(
    model: LikelihoodModel,
    listed: Sequence[FitQuery],
    simulated: Sequence[FitQuery],
    report: Callable[[str], None],
) -> _FitResult:
    """Fit all parameters on measured lists and on simulated spectra."""
    model = fit_model(model, listed, report)
    defaults = LikelihoodModel()
    trace_models = {
        name: replace(getattr(defaults, f"{name}_trace"), dof=fitted.dof, spread_factor=fitted.spread_factor)
        for name, fitted in (("c13", model.c13), ("h1", model.h1))
    }
    model = replace(model, c13_trace=trace_models["c13"], h1_trace=trace_models["h1"])
    model = replace(
        model,
        heights=height_table(count_heights(model, simulated)),
        multiplicity_trace=multiplicity_table(
            count_trace_multiplicities(replace(model, multiplicity_trace_weight=0.0), simulated)
        ),
    )
    model = fit_model(model, simulated, report)
    factors = ScoreFactors(*fit_temperatures(model, listed), *fit_temperatures(model, simulated))
    posterior, posterior_trace = (_fit_posterior(model, factors, queries) for queries in (listed, simulated))
    report(f"{factors}, {posterior}, {posterior_trace}")
    return _FitResult(model, factors, posterior, posterior_trace)


def _write_queries(queries_by_split: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> None:
    """Write the queries of each split as a benchmark set."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from None
    for split, queries in queries_by_split.items():
        with atomic_write(folder / f"{split}.jsonl") as file:
            file.writelines(f"{json.dumps(query)}\n" for query in queries)


def _scores(model: LikelihoodModel, factors: ScoreFactors, query: FitQuery) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.array(factors.factors_for(query.observed)) @ log_likelihood_ratios(
        model, query.observed, query.candidates
    )
    return result


def _fit_posterior(model: LikelihoodModel, factors: ScoreFactors, queries: Sequence[FitQuery]) -> PosteriorModel:
    """Fit the posterior on the queries, and on each nucleus of queries with both."""
    single = [
        query._replace(observed=(signals,))
        for query in queries
        if len(query.observed) > 1
        for signals in query.observed
    ]
    none, limit = fit_none_weights(*_none_examples(model, factors, (*queries, *single)), _MAX_FALSE_ALARM_RATE)
    return PosteriorModel(tuple(none.tolist()), limit)


def none_metrics(
    posterior: PosteriorModel, model: LikelihoodModel, factors: ScoreFactors, queries: Sequence[FitQuery]
) -> dict[str, float]:
    """Return the AUC of the probability of "none fits", and how often it is the verdict.

    The AUC is that of libraries without the truth against libraries with it.
    """
    features, truth_is_absent = _none_examples(model, factors, queries)
    odds = features @ np.array(posterior.none_weights)
    calls_none = odds >= np.log(posterior.none_threshold / (1.0 - posterior.none_threshold))
    return {
        "AUC": roc_auc(truth_is_absent.astype(np.int64), odds),
        "truth missing": float(calls_none[truth_is_absent].mean()),
        "truth there": float(calls_none[~truth_is_absent].mean()),
    }


def _none_examples(
    model: LikelihoodModel, factors: ScoreFactors, queries: Sequence[FitQuery]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return NONE_FEATURES of each query with and without the truth, and whether it is missing."""
    rows, truth_is_absent = [], []
    for query in queries:
        scores = _scores(model, factors, query)
        for missing in (False, True):
            subset = np.delete(np.arange(len(scores)), query.truth) if missing else np.arange(len(scores))
            if not len(subset):
                continue
            first, *others = subset[np.argsort(-scores[subset], kind="stable")]
            gap = float(scores[first] - scores[others[0]]) if others else None
            rows.append(none_features(model, query.observed, query.candidates[first], gap))
            truth_is_absent.append(missing)
    return np.array(rows), np.array(truth_is_absent)


def _figures(fit: _FitResult, queries: Sequence[FitQuery]) -> dict[str, Any]:
    ranks: dict[str, list[int]] = {"13C": [], "1H": [], "both": []}
    for query in queries:
        for subset in ranks:
            observed = tuple(o for o in query.observed if subset in ("both", o.nucleus))
            if len(observed) == (2 if subset == "both" else 1):
                scores = np.round(_scores(fit.model, fit.factors, query._replace(observed=observed)), 4)
                ranks[subset].append(rank_of_truth(scores, query.truth))
    return {
        subset: {"queries": len(values), "top-1": top_k(values, 1), "MRR": mean_reciprocal_rank(values)}
        for subset, values in ranks.items()
        if values
    }

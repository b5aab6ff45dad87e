"""The whole fit of matchnet-x: practice queries, evidence, temperatures, posterior, checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import DatasetError
from specmol_core.matchnet_x.checkpoint import save_evidence
from specmol_core.matchnet_x.fit.coordinate_descent import (
    EvidenceQuery,
    fit_model,
    fit_none,
    fit_temperatures,
    height_table,
    multiplicity_table,
)
from specmol_core.matchnet_x.fit.counts import (
    count_heights,
    count_multiplicities,
    count_read_multiplicities,
    listed_queries,
    simulated_queries,
    stored_lines,
)
from specmol_core.matchnet_x.fit.practice import practice_queries
from specmol_core.matchnet_x.likelihood import EvidenceModel, evidence
from specmol_core.matchnet_x.matcher import Weights
from specmol_core.matchnet_x.posterior import PosteriorModel, features_of
from specmol_core.metrics import mean_reciprocal_rank, rank_of_truth, roc_auc, top_k
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.storage.atomic import atomic_write, output_error

__all__ = ["fit_into", "none_figures"]

_SIMULATED = 300
"""Structures of each split whose spectra are simulated: they have both nuclei, lists seldom do."""
_FALSE_ALARMS = 0.05
"""Share of rankings with the truth that may be said to fit none."""


def fit_into(
    measured: Sequence[Path],
    library: Path,
    output: Path,
    excluded: frozenset[str],
    weights: Path,
    seed: int,
    report: Callable[[str], None],
    kept: Path | None = None,
) -> dict[str, Any]:
    """See ``ranking_tasks.fit``; ``weights`` is the file of the shift predictor, ``excluded`` flat SMILES, ``kept`` the
    folder for the queries."""
    predictor = ShiftPredictor.load(weights)
    practice = {split: practice_queries(measured, library, excluded, split) for split in ("validation", "test")}
    report(", ".join(f"{len(queries)} {split} queries" for split, queries in practice.items()))
    if kept is not None:
        _keep(practice, kept)
    if not practice["validation"]:
        raise DatasetError(measured[0], "no structure of the measured files is held out; give more of them")
    lines = stored_lines(predictor, sorted({s for qs in practice.values() for q in qs for s in q["pool"]}))
    held_out = excluded | {q["truth"] for qs in practice.values() for q in qs}
    counts = count_multiplicities(measured, predictor, held_out, EvidenceModel())
    model = replace(EvidenceModel(), multiplicity=multiplicity_table(counts))
    listed = {split: listed_queries(queries, lines) for split, queries in practice.items()}
    drawn = {s: simulated_queries(_some(q), lines, predictor, seed) for s, q in practice.items()}
    report(", ".join(f"{len(queries)} simulated {split} queries" for split, queries in drawn.items()))
    first = _fitted(model, listed["validation"], drawn["validation"], report)
    figures = _figures(first, listed["test"])
    if listed["test"]:
        figures["none fits"] = none_figures(first.posterior, first.model, first.factors, listed["test"])
    report(f"test scaffolds: {figures}")
    # What has been reported on may now be learnt from: lists of 1H are few.
    final = _fitted(first.model, listed["validation"] + listed["test"], drawn["validation"] + drawn["test"], report)
    notes = {
        "sources": [path.name for path in (*measured, library)],
        "queries": {"listed": sum(map(len, listed.values())), "simulated": sum(map(len, drawn.values()))},
        "test scaffolds, before they were learnt from": figures,
        "seed": seed,
    }
    save_evidence(output, final.model, final.factors, final.posterior, weights, notes, final.posterior_read)
    return figures


def _some(queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most ``_SIMULATED`` of the queries, from all of the files."""
    step = max(len(queries) / _SIMULATED, 1.0)
    return [queries[int(i * step)] for i in range(min(len(queries), _SIMULATED))]


class _Fit(NamedTuple):
    model: EvidenceModel
    factors: Weights
    posterior: PosteriorModel
    posterior_read: PosteriorModel


def _fitted(
    model: EvidenceModel,
    listed: Sequence[EvidenceQuery],
    drawn: Sequence[EvidenceQuery],
    report: Callable[[str], None],
) -> _Fit:
    """Everything, from measured lists and from simulated spectra."""
    model = fit_model(model, listed, report)
    began = EvidenceModel()
    read = {
        name: replace(getattr(began, f"{name}_read"), dof=own.dof, widen=own.widen)
        for name, own in (("c13", model.c13), ("h1", model.h1))
    }
    model = replace(model, c13_read=read["c13"], h1_read=read["h1"])
    model = replace(
        model,
        heights=height_table(count_heights(model, drawn)),
        multiplicity_read=multiplicity_table(
            count_read_multiplicities(replace(model, multiplicity_read_weight=0.0), drawn)
        ),
    )
    model = fit_model(model, drawn, report)
    factors = Weights(*fit_temperatures(model, listed), *fit_temperatures(model, drawn))
    posterior, posterior_read = (_fitted_posterior(model, factors, queries) for queries in (listed, drawn))
    report(f"{factors}, {posterior}, {posterior_read}")
    return _Fit(model, factors, posterior, posterior_read)


def _keep(practice: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> None:
    """Write the queries of each split as a bench."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from None
    for split, queries in practice.items():
        with atomic_write(folder / f"{split}.jsonl") as file:
            file.writelines(f"{json.dumps(query)}\n" for query in queries)


def _scores(model: EvidenceModel, factors: Weights, query: EvidenceQuery) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.array(factors.of(query.observed)) @ evidence(
        model, query.observed, query.candidates
    )
    return found


def _fitted_posterior(model: EvidenceModel, factors: Weights, queries: Sequence[EvidenceQuery]) -> PosteriorModel:
    """On whole queries and on each nucleus of two alone."""
    alone = [query._replace(observed=(one,)) for query in queries if len(query.observed) > 1 for one in query.observed]
    none, limit = fit_none(*_none_rows(model, factors, (*queries, *alone)), _FALSE_ALARMS)
    return PosteriorModel(tuple(none.tolist()), limit)


def none_figures(
    posterior: PosteriorModel, model: EvidenceModel, factors: Weights, queries: Sequence[EvidenceQuery]
) -> dict[str, float]:
    """How well the probability of "none" tells libraries that lack the truth, and how often the verdict is so."""
    features, absent = _none_rows(model, factors, queries)
    odds = features @ np.array(posterior.none)
    said = odds >= np.log(posterior.none_from / (1.0 - posterior.none_from))
    return {
        "AUC": roc_auc(absent.astype(np.int64), odds),
        "truth missing": float(said[absent].mean()),
        "truth there": float(said[~absent].mean()),
    }


def _none_rows(
    model: EvidenceModel, factors: Weights, queries: Sequence[EvidenceQuery]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """NONE_FEATURES of each query with the truth among the candidates and without it, and whether it is missing."""
    rows, absent = [], []
    for query in queries:
        scores = _scores(model, factors, query)
        for missing in (False, True):
            shown = np.delete(np.arange(len(scores)), query.truth) if missing else np.arange(len(scores))
            if not len(shown):
                continue
            first, *others = shown[np.argsort(-scores[shown], kind="stable")]
            gap = float(scores[first] - scores[others[0]]) if others else None
            rows.append(features_of(model, query.observed, query.candidates[first], gap))
            absent.append(missing)
    return np.array(rows), np.array(absent)


def _figures(fit: _Fit, queries: Sequence[EvidenceQuery]) -> dict[str, Any]:
    ranks: dict[str, list[int]] = {"13C": [], "1H": [], "both": []}
    for query in queries:
        for shown in ranks:
            observed = tuple(o for o in query.observed if shown in ("both", o.nucleus))
            if len(observed) == (2 if shown == "both" else 1):
                scores = np.round(_scores(fit.model, fit.factors, query._replace(observed=observed)), 4)
                ranks[shown].append(rank_of_truth(scores, query.truth))
    return {
        shown: {"queries": len(own), "top-1": top_k(own, 1), "MRR": mean_reciprocal_rank(own)}
        for shown, own in ranks.items()
        if own
    }

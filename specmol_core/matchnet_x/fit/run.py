"""Complete fit of matchnet-x: held-out queries, likelihood, temperatures, posterior, checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from specmol_core.errors import DatasetError
from specmol_core.matcher.scores import rounded_scores
from specmol_core.matchnet_x.checkpoint import load_matchnet_x, save_matchnet_x
from specmol_core.matchnet_x.fit.coordinate_descent import (
    FitQuery,
    fit_model,
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
from specmol_core.matchnet_x.fit.laboratory import laboratory_queries, payloads_by_solvent, written_queries
from specmol_core.matchnet_x.fit.none_fit import fit_posterior, none_metrics, query_scores
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.matcher import ScoreFactors
from specmol_core.matchnet_x.posterior import PosteriorModel
from specmol_core.metrics import mean_reciprocal_rank, rank_of_truth, top_k
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.storage.atomic import atomic_write, output_error

__all__ = ["fit_matchnet_x"]

_MAX_SIMULATED = 300
"""Maximum number of simulated structures of each split; most lists have only one nucleus."""


def fit_matchnet_x(
    measured: Sequence[Path],
    library: Path,
    output: Path,
    excluded: frozenset[str],
    weights: Path,
    seed: int,
    report: Callable[[str], None],
    query_folder: Path | None = None,
    start: Path | None = None,
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
    start
        Checkpoint whose likelihood and factors are kept, so that only the posterior is fitted; None
        fits all.

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
    fit_queries = {s: _FitQueries.of(queries, lines, predictor, seed) for s, queries in queries_by_split.items()}
    report(", ".join(f"{len(queries.simulated)} simulated {split} queries" for split, queries in fit_queries.items()))
    validation, both = fit_queries["validation"], fit_queries["validation"].joined(fit_queries["test"])
    if start is None:
        held_out = excluded | {q["truth"] for qs in queries_by_split.values() for q in qs}
        counts = count_multiplicities(measured, predictor, held_out, LikelihoodModel())
        model = replace(LikelihoodModel(), multiplicity=multiplicity_table(counts))
        first = _fit_posteriors(*_fit_likelihood(model, validation, report), validation, report)
    else:
        matcher = load_matchnet_x(start, weights.parent)
        first = _fit_posteriors(matcher.likelihood_model, matcher.weights, validation, report)
    # The likelihood of a checkpoint was fitted on these queries, too.
    ranked = fit_queries["test"].listed if start is None else []
    figures = _figures(first, ranked) | _none_figures(first, fit_queries["test"])
    report(f"test scaffolds: {figures}")
    # The final fit includes the test scaffolds after their evaluation, because 1H lists are few.
    likelihood = (first.model, first.factors) if start else _fit_likelihood(first.model, both, report)
    final = _fit_posteriors(*likelihood, both, report)
    notes = {
        "sources": [path.name for path in (*measured, library)],
        "queries": {name: len(queries) for name, queries in both._asdict().items()},
        "test scaffolds, held out": figures,
        "seed": seed,
    }
    save_matchnet_x(output, final.model, final.factors, final.posterior, weights, notes, final.posterior_trace)
    return figures


def _subsample(queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return at most ``_MAX_SIMULATED`` queries, evenly spaced over all files."""
    step = max(len(queries) / _MAX_SIMULATED, 1.0)
    return [queries[int(i * step)] for i in range(min(len(queries), _MAX_SIMULATED))]


class _FitQueries(NamedTuple):
    """Queries of held-out structures."""

    listed: list[FitQuery]
    """Measured lists, for the likelihood."""
    simulated: list[FitQuery]
    """Simulated spectra, for the likelihood."""
    written: list[FitQuery]
    """Lists with the defects of the literature's, for the posterior."""
    laboratory: list[FitQuery]
    """Simulated spectra of impure samples, plots and the like, for the posterior."""

    @classmethod
    def of(
        cls, held_out: Sequence[dict[str, Any]], lines: Mapping[str, bytes], predictor: ShiftPredictor, seed: int
    ) -> _FitQueries:
        in_solvents = payloads_by_solvent(predictor, held_out)
        return cls(
            listed_queries(held_out, lines),
            simulated_queries(_subsample(held_out), lines, predictor, seed),
            written_queries(held_out, in_solvents, seed),
            laboratory_queries(held_out, in_solvents, predictor, seed),
        )

    def joined(self, other: _FitQueries) -> _FitQueries:
        """Queries of both."""
        return _FitQueries(*(a + b for a, b in zip(self, other, strict=True)))


class _FitResult(NamedTuple):
    model: LikelihoodModel
    factors: ScoreFactors
    posterior: PosteriorModel
    posterior_trace: PosteriorModel


def _fit_likelihood(
    model: LikelihoodModel, queries: _FitQueries, report: Callable[[str], None]
) -> tuple[LikelihoodModel, ScoreFactors]:
    """Fit the likelihood and the factors on measured lists and on simulated spectra."""
    listed, simulated = queries.listed, queries.simulated
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
    return model, ScoreFactors(*fit_temperatures(model, listed), *fit_temperatures(model, simulated))


def _fit_posteriors(
    model: LikelihoodModel, factors: ScoreFactors, queries: _FitQueries, report: Callable[[str], None]
) -> _FitResult:
    """Fit the posteriors of lists and of traces; those of traces on lists, too, whose shifts are all measured."""
    posterior = fit_posterior(model, factors, queries.written)
    posterior_trace = fit_posterior(model, factors, queries.laboratory, queries.written)
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


def _none_figures(fit: _FitResult, queries: _FitQueries) -> dict[str, Any]:
    """Return how often none fits for other queries."""
    figures = {}
    for name, posterior, examples in (
        ("none fits, lists", fit.posterior, queries.written),
        ("none fits, spectra", fit.posterior_trace, queries.laboratory),
    ):
        if examples:
            figures[name] = none_metrics(posterior, fit.model, fit.factors, examples)
    return figures


def _figures(fit: _FitResult, queries: Sequence[FitQuery]) -> dict[str, Any]:
    ranks: dict[str, list[int]] = {"13C": [], "1H": [], "both": []}
    for query in queries:
        for subset in ranks:
            observed = tuple(o for o in query.observed if subset in ("both", o.nucleus))
            if len(observed) == (2 if subset == "both" else 1):
                scores = rounded_scores(query_scores(fit.model, fit.factors, query._replace(observed=observed)))
                ranks[subset].append(rank_of_truth(scores, query.truth))
    return {
        subset: {"queries": len(values), "top-1": top_k(values, 1), "MRR": mean_reciprocal_rank(values)}
        for subset, values in ranks.items()
        if values
    }

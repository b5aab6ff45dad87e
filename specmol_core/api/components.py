"""Measure how often the components of mixtures and the by-products of reactions are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from specmol_core.errors import UsageError
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.evaluation.benchmark_set import BenchmarkQuery
    from specmol_core.evaluation.mixtures.component_cases import ComponentCase

__all__ = ["evaluate_byproducts", "evaluate_components", "evaluate_reactions"]

_Row = TypeVar("_Row")

LIBRARY_SIZE = 1_000
"""Candidates of each library."""


def evaluate_components(
    *,
    components: int = 2,
    folder: Path | None = None,
    pairs: Path | None = None,
    lists: Path | None = None,
    library: Path | None = None,
    most: int = 50,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Measure how often the best set of candidates is the mixture, for up to four sets of mixtures.

    Parameters
    ----------
    components
        Number of components of joined lists and of simulated spectra; at most as many are asked for.
    folder
        Folder with ``truth.json`` and measured mixtures.
    pairs
        Folder of measured spectra of pure compounds with ``manifest.json``; sums of two are made.
    lists
        Benchmark set; lists of its compounds are joined, and mixtures of them are simulated.
    library
        SMILES file from which libraries are filled; needed with ``folder`` and ``pairs``.
    most
        Number of mixtures of each set; 0 for all sums of pairs.
    seed
        Seed of everything that is drawn.
    checkpoint
        Trained model; None for the shipped one.
    progress
        Called with the progress.

    Returns
    -------
    dict
        ``mixtures``: one ``MeasuredSet`` for each mixture and choice of nuclei; ``figures`` by set and nuclei.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError
        If a file is unusable.
    UsageError
        If no mixtures are given, or the library is missing.
    """
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.mixtures.component_measures import (
        CandidateSource,
        component_figures,
        isomers_of,
        measure_components,
    )
    from specmol_core.molecules.decoys import smiles_lines
    from specmol_core.retrieval.models import load_model

    if (folder is not None or pairs is not None) and library is None:
        raise UsageError("--components: measured mixtures need candidates; give --library")
    matcher = load_model(checkpoint, None, "cpu")
    queries = [] if lists is None else read_benchmark(lists)
    sets = _sets(components, folder, pairs, queries, most, seed)
    if not sets:
        raise UsageError("--components: no mixtures given; give a folder, --pairs or --lists")
    others = sorted({s for query in queries for s in query.pool})
    rows: list[Any] = []
    figures = {}
    with progress("searching sets") as advance:
        for name, cases in sets.items():
            drawn = library is not None and not cases[0].pools
            names = list(smiles_lines(library)) if drawn and library is not None else others
            isomers = isomers_of(library, cases) if library is not None else {}
            source = CandidateSource(matcher, names, isomers, LIBRARY_SIZE, seed)
            found = []
            for row in measure_components(cases, source, matcher, components):
                found.append(row)
                advance(len(rows) + len(found), None)
            rows += found
            figures[name] = component_figures(found, seed)
    return {"mixtures": rows, "figures": figures}


def _sets(
    components: int,
    folder: Path | None,
    pairs: Path | None,
    queries: Sequence[BenchmarkQuery],
    most: int,
    seed: int,
) -> dict[str, list[ComponentCase]]:
    """Return the mixtures of each set that is asked for."""
    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
    from specmol_core.evaluation.mixtures.component_cases import (
        list_cases,
        measured_cases,
        pair_cases,
        simulated_cases,
    )
    from specmol_core.evaluation.mixtures.known_mixtures import measured_mixtures
    from specmol_core.shifts.predictor import ShiftPredictor

    sets: dict[str, list[ComponentCase]] = {}
    if folder is not None:
        sets["measured"] = list(measured_cases(list(measured_mixtures(folder))))
    if pairs is not None:
        sets["sums of pairs"] = list(pair_cases(read_raw_pairs(pairs)[0], most, seed))
    if queries:
        sets["joined lists"] = list(list_cases(queries, components, most, seed))
        sets["simulated"] = list(simulated_cases(queries, components, most, seed, ShiftPredictor.load()))
    return sets


def evaluate_byproducts(
    reactions: Path,
    *,
    series: bool = False,
    most: int = 100,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Measure how often a by-product of 5 % is first among 1,000 candidates, with all other species known.

    Parameters
    ----------
    reactions
        Table with the columns ``reactants`` and ``products``.
    series
        Whether to follow each reaction through five 1H spectra, and to rank for the unknown signals of
        the series.
    most
        Number of reactions.

    Returns
    -------
    dict
        ``byproducts``: one ``NamedByProduct`` for each reaction and choice of nuclei; ``figures`` by nuclei.

    Raises
    ------
    DatasetError, CheckpointError
        If a file is unusable.
    """
    from specmol_core.evaluation.mixtures.byproduct_series import measure_series
    from specmol_core.evaluation.mixtures.byproducts import byproduct_figures, measure_byproducts, simulated_reactions
    from specmol_core.retrieval.models import load_model
    from specmol_core.shifts.predictor import ShiftPredictor

    matcher = load_model(checkpoint, None, "cpu")
    drawn = simulated_reactions(reactions, most, LIBRARY_SIZE, seed)
    measure = measure_series if series else measure_byproducts
    measured = measure(drawn, matcher, ShiftPredictor.load(), seed)
    rows = _collect(measured, "naming by-products", progress)
    return {"byproducts": rows, "figures": byproduct_figures(rows, seed)}


def evaluate_reactions(
    reactions: Path, *, most: int = 100, seed: int = 0, progress: ProgressFactory = no_progress
) -> dict[str, Any]:
    """Measure the conversions of simulated reactions, each followed through four spectra at 60, 80, 300 and 500 MHz.

    Parameters
    ----------
    reactions
        Table with the columns ``reactants`` and ``products``.
    most
        Number of reactions.

    Returns
    -------
    dict
        ``conversions``: one ``MeasuredConversion`` for each spectrum; ``figures`` by field.

    Raises
    ------
    DatasetError, CheckpointError
        If a file is unusable.
    """
    from specmol_core.evaluation.mixtures.reactions import conversion_figures, measure_reactions
    from specmol_core.mixtures.config import QuantifyConfig
    from specmol_core.shifts.predictor import ShiftPredictor

    measured = measure_reactions(reactions, most, ShiftPredictor.load(), QuantifyConfig(), seed)
    rows = _collect(measured, "following reactions", progress)
    return {"conversions": rows, "figures": conversion_figures(rows, seed)}


def _collect(measured: Iterator[_Row], title: str, progress: ProgressFactory) -> list[_Row]:
    rows = []
    with progress(title) as advance:
        for row in measured:
            rows.append(row)
            advance(len(rows), None)
    return rows

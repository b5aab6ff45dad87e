"""Match quality of matchnet-x on pair tables, calibrated on the dataset's validation pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet.config import DatasetConfig
from specmol_core.matchnet.pairs.pair_sets import (
    BOOTSTRAP_ROUNDS,
    NOT_EXPRESSIBLE,
    PairSet,
    calibrated_figures,
    shown_nuclei,
    usable_pairs,
    validation_pair_set,
)
from specmol_core.matchnet.pairs.pair_spectra import RowSignals, check_image_columns, read_spectra
from specmol_core.matchnet.pairs.tabulated_lines import stored_lines, table_pairs
from specmol_core.matchnet_x.likelihood import LikelihoodModel, log_likelihood_ratios
from specmol_core.matchnet_x.matcher import MatchNetXMatcher
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.shifts.records import parse_shifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["evaluate_likelihood"]

_NORMAL_DOF = 100.0
"""Degrees of freedom at which Student's t distribution is practically normal."""


def evaluate_likelihood(
    dataset: Dataset,
    matcher: MatchNetXMatcher,
    tables: Sequence[Path],
    *,
    shifts: Sequence[Path] = (),
    nuclei: str = "both",
    image_columns: int = 0,
    workers: int = 1,
    rounds: int = BOOTSTRAP_ROUNDS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """Return the figures of matchnet-x on each table, see ``pair_sets.calibrated_figures``.

    matchnet-x computes log-likelihood ratios against chance, which grow with the number of signals
    in a spectrum whatever their origin. The number of observed signals of each nucleus is therefore
    a feature of the logit too.

    Parameters
    ----------
    shifts
        Tables of shifts for the lines of the candidates; their errors are those of the simulation.
        Candidates in no table are omitted and counted. Without tables, the matcher predicts the
        lines.
    nuclei
        Spectra that are used: both, 1H or 13C.
    image_columns
        Columns of the canonical images from which signals are extracted; 0 uses the stored traces.
    workers
        Processes that extract signals; 0 uses one per core.
    rounds
        Rounds of the bootstrap.
    progress
        Called with the number of rows that are done, and their total.

    Raises
    ------
    UsageError
        If ``nuclei`` or ``image_columns`` is not one of these values.
    DatasetError
        If a table is unusable, or none of its pairs can be used.
    """
    names = shown_nuclei(nuclei)
    check_image_columns(dataset, image_columns)
    if shifts:
        test_sets, validation, molecules = table_pairs(dataset, tables, shifts)
        lines = stored_lines(molecules, (SimulationConfig.h1_error_ppm, SimulationConfig.c13_error_ppm))
        model = _with_known_errors(matcher.likelihood_model)
    else:
        graphs = _Graphs()
        test_sets = {path: usable_pairs(dataset, path, graphs.rejection_reason) for path in tables}
        validation = validation_pair_set(dataset, graphs.rejection_reason)
        lines = dict(zip(graphs, matcher.embed(list(graphs.values()))[0], strict=True))
        model = matcher.likelihood_model
    rows = np.unique(np.concatenate([validation.row, *(pairs.row for pairs in test_sets.values())]))
    signals = read_spectra(dataset, rows, names, image_columns, workers, progress)

    pair_features = _pair_features(model, lines, signals, [validation, *test_sets.values()])

    def features(pairs: PairSet) -> NDArray[np.float64]:
        keys = zip(pairs.row.tolist(), (pairs.candidates[i] for i in pairs.candidate.tolist()), strict=True)
        return np.array([pair_features[key] for key in keys]).reshape(-1, 2 * len(NUCLEI))

    return calibrated_figures(test_sets, validation, features, _ranking_weights(matcher, names), rounds)


class _Graphs(dict[str, MoleculeGraph]):
    """Graphs of candidates, keyed by SMILES without stereochemistry."""

    def rejection_reason(self, smiles: str | None) -> str:
        """Return why the model cannot embed a molecule; if it can, keep the graph and return ""."""
        if smiles is not None and smiles not in self:
            parsed = parse_shifts(smiles, "smiles", DatasetConfig.max_atoms)
            if not isinstance(parsed, str):
                self[smiles] = parsed.graph
        return "" if smiles in self else NOT_EXPRESSIBLE


def _with_known_errors(model: LikelihoodModel) -> LikelihoodModel:
    """Return the model for lines with known, normally distributed errors."""
    c13, h1 = (
        replace(nucleus_model, dof=_NORMAL_DOF, spread_factor=1.0)
        for nucleus_model in (model.c13_trace, model.h1_trace)
    )
    return replace(model, c13_trace=c13, h1_trace=h1)


def _ranking_weights(matcher: MatchNetXMatcher, nuclei: Sequence[str]) -> list[float]:
    """Return the weights of the features in the ranking score."""
    weights = matcher.weights.paired_trace if len(nuclei) > 1 else matcher.weights.single_trace
    factors = dict(zip(("13C", "1H"), weights, strict=True))
    return [factors[nucleus] for nucleus in NUCLEI] + [0.0] * len(NUCLEI)


def _pair_features(
    model: LikelihoodModel, lines: Mapping[str, bytes], signals: RowSignals, sets: Sequence[PairSet]
) -> dict[tuple[int, str], NDArray[np.float64]]:
    """Return the features (4,) of each row and candidate.

    They are the log-likelihood ratios of both nuclei, then their numbers of observed signals. All
    candidates of a spectrum are aligned at once, whatever their table.
    """
    candidates_of_row: dict[int, dict[str, None]] = {}
    for pairs in sets:
        for row, candidate in zip(pairs.row.tolist(), pairs.candidate.tolist(), strict=True):
            candidates_of_row.setdefault(row, {})[pairs.candidates[candidate]] = None
    pair_features: dict[tuple[int, str], NDArray[np.float64]] = {}
    for row, names in candidates_of_row.items():
        columns = np.zeros((len(names), 2 * len(NUCLEI)))
        ratios = log_likelihood_ratios(model, signals[row], [lines[name] for name in names])
        for observed, ratio in zip(signals[row], ratios, strict=True):
            nucleus_index = NUCLEI.index(observed.nucleus)
            columns[:, nucleus_index], columns[:, len(NUCLEI) + nucleus_index] = ratio, len(observed)
        pair_features |= {(row, name): column for name, column in zip(names, columns, strict=True)}
    return pair_features

"""Match quality of matchnet-x on tables of pairs: its evidence, calibrated on the validation pairs of the dataset."""

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
"""Degrees of freedom at which Student's distribution is a normal one."""


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
    """Figures of matchnet-x on each table, as ``pair_sets.calibrated_figures``.

    What matchnet-x weighs is a log-likelihood ratio against chance, which grows with the signals that a spectrum shows,
    whosever they are. So the logit of a pair rests on the number of observed signals of each nucleus as well.

    Parameters
    ----------
    shifts
        Tables of shifts that the lines of the candidates come from, with the errors that a dataset is drawn with;
        without any they are the matcher's own predictions. Candidates that no table has are left out and counted.
    nuclei
        Spectra that are shown: both, 1H or 13C.
    image_columns
        Columns of the canonical pictures that the spectra are read from; 0 for the stored traces.
    workers
        Processes that read spectra; 0 takes one per core.
    progress
        Hears how many rows of how many are read.

    Raises
    ------
    UsageError, DatasetError
        If ``nuclei`` or ``image_columns`` is none of these, a table is unusable, or none of its pairs can be used.
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
    """Graphs of candidates by flat SMILES."""

    def rejection_reason(self, smiles: str | None) -> str:
        """Why the model cannot embed a molecule; if it can, the text is empty and the molecule is kept."""
        if smiles is not None and smiles not in self:
            parsed = parse_shifts(smiles, "smiles", DatasetConfig.max_atoms)
            if not isinstance(parsed, str):
                self[smiles] = parsed.graph
        return "" if smiles in self else NOT_EXPRESSIBLE


def _with_known_errors(model: LikelihoodModel) -> LikelihoodModel:
    """The model for lines whose errors are known, and normal, instead of predicted."""
    c13, h1 = (
        replace(nucleus_model, dof=_NORMAL_DOF, spread_factor=1.0)
        for nucleus_model in (model.c13_trace, model.h1_trace)
    )
    return replace(model, c13_trace=c13, h1_trace=h1)


def _ranking_weights(matcher: MatchNetXMatcher, nuclei: Sequence[str]) -> list[float]:
    """Weights of the features in the score that ranks."""
    weights = matcher.weights.paired_trace if len(nuclei) > 1 else matcher.weights.single_trace
    factors = dict(zip(("13C", "1H"), weights, strict=True))
    return [factors[nucleus] for nucleus in NUCLEI] + [0.0] * len(NUCLEI)


def _pair_features(
    model: LikelihoodModel, lines: Mapping[str, bytes], signals: RowSignals, sets: Sequence[PairSet]
) -> dict[tuple[int, str], NDArray[np.float64]]:
    """Features of each row and candidate: log-likelihood ratio of each nucleus, then its observed signals (4,).

    The tables share spectra, and all candidates of one are aligned at once.
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

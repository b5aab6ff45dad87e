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
    OUTSIDE,
    ROUNDS,
    PairSet,
    calibrated_figures,
    held_pairs,
    shown,
    usable_pairs,
)
from specmol_core.matchnet.pairs.pair_spectra import Signals, check_pictures, read_spectra
from specmol_core.matchnet.pairs.tabulated_lines import stored_lines, table_pairs
from specmol_core.matchnet_x.likelihood import EvidenceModel, evidence
from specmol_core.matchnet_x.matcher import EvidenceMatcher
from specmol_core.molecules.graph import MoleculeGraph
from specmol_core.shifts.records import parse_shifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["evaluate_evidence"]

_NORMAL = 100.0
"""Degrees of freedom at which Student's distribution is a normal one."""


def evaluate_evidence(
    dataset: Dataset,
    matcher: EvidenceMatcher,
    tables: Sequence[Path],
    *,
    shifts: Sequence[Path] = (),
    nuclei: str = "both",
    pictures: int = 0,
    workers: int = 1,
    rounds: int = ROUNDS,
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
    pictures
        Columns of the canonical pictures that the spectra are read from; 0 for the stored traces.
    workers
        Processes that read spectra; 0 takes one per core.
    progress
        Hears how many rows of how many are read.

    Raises
    ------
    UsageError, DatasetError
        If ``nuclei`` or ``pictures`` is none of these, a table is unusable, or none of its pairs can be used.
    """
    names = shown(nuclei)
    check_pictures(dataset, pictures)
    if shifts:
        tested, held, molecules = table_pairs(dataset, tables, shifts)
        lines = stored_lines(molecules, (SimulationConfig.h1_error_ppm, SimulationConfig.c13_error_ppm))
        model = _with_known_errors(matcher.evidence_model)
    else:
        graphs = _Graphs()
        tested = {path: usable_pairs(dataset, path, graphs.unfit) for path in tables}
        held = held_pairs(dataset, graphs.unfit)
        lines = dict(zip(graphs, matcher.embed(list(graphs.values()))[0], strict=True))
        model = matcher.evidence_model
    rows = np.unique(np.concatenate([held.row, *(pairs.row for pairs in tested.values())]))
    signals = read_spectra(dataset, rows, names, pictures, workers, progress)

    weighed = _weigh(model, lines, signals, [held, *tested.values()])

    def features(pairs: PairSet) -> NDArray[np.float64]:
        keys = zip(pairs.row.tolist(), (pairs.candidates[i] for i in pairs.candidate.tolist()), strict=True)
        return np.array([weighed[key] for key in keys]).reshape(-1, 2 * len(NUCLEI))

    return calibrated_figures(tested, held, features, _plain(matcher, names), rounds)


class _Graphs(dict[str, MoleculeGraph]):
    """Graphs of candidates by flat SMILES."""

    def unfit(self, smiles: str | None) -> str:
        """Why the model cannot embed a molecule; if it can, the text is empty and the molecule is kept."""
        if smiles is not None and smiles not in self:
            parsed = parse_shifts(smiles, "smiles", DatasetConfig.max_atoms)
            if not isinstance(parsed, str):
                self[smiles] = parsed.graph
        return "" if smiles in self else OUTSIDE


def _with_known_errors(model: EvidenceModel) -> EvidenceModel:
    """The model for lines whose errors are known, and normal, instead of predicted."""
    c13, h1 = (replace(own, dof=_NORMAL, widen=1.0) for own in (model.c13_read, model.h1_read))
    return replace(model, c13_read=c13, h1_read=h1)


def _plain(matcher: EvidenceMatcher, nuclei: Sequence[str]) -> list[float]:
    """Weights of the features in the score that ranks."""
    weights = matcher.weights.together_read if len(nuclei) > 1 else matcher.weights.alone_read
    factors = dict(zip(("13C", "1H"), weights, strict=True))
    return [factors[nucleus] for nucleus in NUCLEI] + [0.0] * len(NUCLEI)


def _weigh(
    model: EvidenceModel, lines: Mapping[str, bytes], signals: Signals, sets: Sequence[PairSet]
) -> dict[tuple[int, str], NDArray[np.float64]]:
    """Features of each row and candidate: log-likelihood ratio of each nucleus, then its observed signals (4,).

    The tables share spectra, and all candidates of one are aligned at once.
    """
    offered: dict[int, dict[str, None]] = {}
    for pairs in sets:
        for row, candidate in zip(pairs.row.tolist(), pairs.candidate.tolist(), strict=True):
            offered.setdefault(row, {})[pairs.candidates[candidate]] = None
    weighed: dict[tuple[int, str], NDArray[np.float64]] = {}
    for row, names in offered.items():
        columns = np.zeros((len(names), 2 * len(NUCLEI)))
        ratios = evidence(model, signals[row], [lines[name] for name in names])
        for one, ratio in zip(signals[row], ratios, strict=True):
            place = NUCLEI.index(one.nucleus)
            columns[:, place], columns[:, len(NUCLEI) + place] = ratio, len(one)
        weighed |= {(row, name): column for name, column in zip(names, columns, strict=True)}
    return weighed

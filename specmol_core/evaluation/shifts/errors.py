"""Errors, calibration and ranking of predicted shifts on measured structures that no training has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.rank_statistics import ranking_report
from specmol_core.matchnet_x.plain_alignment import GAP_COSTS_PPM, alignment_costs, matched_pairs
from specmol_core.metrics import rank_of_truth
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.likelihood import INTERVAL_LEVELS, central_probability
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["PredictedPeakList", "evaluate_benchmark", "predicted_peak_list"]

_PROTON_WEIGHT = 10.0
"""Cost of 1 ppm in 1H against 1 ppm in 13C."""
_EXCHANGEABLE_ELEMENTS = (7, 8, 16)


@dataclass(frozen=True)
class PredictedPeakList:
    """What a predictor says that a peak list will hold, per nucleus; shifts rise."""

    ppm: dict[str, NDArray[np.float64]]
    scale: dict[str, NDArray[np.float64]]
    """Scale of each line's Student-t (ppm); empty where the predictor gives none."""
    dof: dict[str, float] = field(default_factory=dict)


def predicted_peak_list(mol: Chem.Mol, shifts: AtomShifts, *, exchangeable: bool) -> PredictedPeakList:
    """One line per class of equivalent carbons, and one entry per proton.

    Protons of equivalent atoms stand at the same shifts. Protons on N, O and S are left out unless ``exchangeable``.
    """
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    carbons: dict[int, list[int]] = {}
    for atom in shifts.c13:
        carbons.setdefault(ranks[atom], []).append(atom)
    c13 = [
        (float(np.mean([shifts.c13[a] for a in atoms])), shifts.c13_uncertainty.get(atoms[0], np.nan))
        for atoms in carbons.values()
    ]
    h1 = []
    for atom, values in shifts.h1.items():
        if exchangeable or mol.GetAtomWithIdx(atom).GetAtomicNum() not in _EXCHANGEABLE_ELEMENTS:
            h1 += [(value, shifts.h1_uncertainty.get(atom, np.nan)) for value in values]
    ppm: dict[str, NDArray[np.float64]] = {}
    scale: dict[str, NDArray[np.float64]] = {}
    for nucleus, rows in zip(NUCLEI, (h1, c13), strict=True):
        table = np.array(sorted(rows)).reshape(-1, 2)
        ppm[nucleus] = table[:, 0]
        scale[nucleus] = table[:, 1] if np.isfinite(table[:, 1]).all() else np.zeros(0)
    return PredictedPeakList(ppm, scale, {"1H": shifts.dof_h1, "13C": shifts.dof_c13})


def evaluate_benchmark(
    queries: Sequence[BenchmarkQuery], lines: Mapping[tuple[str, bool], PredictedPeakList | None], *, seed: int = 0
) -> dict[str, Any]:
    """Errors on the truths and the ranking of the pools by plain alignment.

    The error of a query is the mean absolute difference of its matched lines (rank by rank where the lists have
    one length, else by the best alignment); the report is the mean over queries. Ties rank the truth last, and a
    structure without prediction last of all. The intervals of a coverage are those of the matched lines, which a
    match makes a little too small: the held-out split has assigned ones.

    1H errors are those of protons on carbon.

    Parameters
    ----------
    lines
        Prediction of each (flat SMILES, whether exchangeable protons are listed); None where there is none. The
        truths stand without exchangeable protons too.
    """
    errors: dict[str, list[float]] = {n: [] for n in NUCLEI}
    inside: dict[str, list[NDArray[np.float64]]] = {n: [] for n in NUCLEI}
    ranks: dict[str, list[int]] = {"both": [], "13C": [], "1H": []}
    for query in queries:
        truth = lines[query.truth, False]
        for nucleus in NUCLEI:
            if truth is not None:
                _compare(truth, query, nucleus, errors[nucleus], inside[nucleus])
        for name, rank in _ranks(query, lines).items():
            ranks[name].append(rank)
    report: dict[str, Any] = {"queries": len(queries)}
    for nucleus in ("13C", "1H"):
        values = np.array(errors[nucleus])
        report[f"{nucleus} error"] = float(values.mean()) if values.size else float("nan")
        ratios = np.concatenate(inside[nucleus]) if inside[nucleus] else np.zeros(0)
        for level in INTERVAL_LEVELS:
            report[f"{nucleus} within {level:.0%}"] = float((ratios <= level).mean()) if ratios.size else None
    report["ranking"] = ranking_report({name: np.array(found) for name, found in ranks.items()}, seed=seed)
    return report


def _compare(
    truth: PredictedPeakList,
    query: BenchmarkQuery,
    nucleus: str,
    errors: list[float],
    inside: list[NDArray[np.float64]],
) -> None:
    observed, predicted = query.lines(nucleus), truth.ppm[nucleus]
    pairs = matched_pairs(predicted, observed, GAP_COSTS_PPM[nucleus])
    if not len(pairs):
        return
    difference = np.abs(predicted[pairs[:, 0]] - observed[pairs[:, 1]])
    errors.append(float(difference.mean()))
    if len(truth.scale[nucleus]):
        ratio = difference / truth.scale[nucleus][pairs[:, 0]]
        inside.append(central_probability(ratio, truth.dof[nucleus]))


def _ranks(query: BenchmarkQuery, lines: Mapping[tuple[str, bool], PredictedPeakList | None]) -> dict[str, int]:
    found = [lines[smiles, query.exchangeable] for smiles in query.pool]
    costs: dict[str, NDArray[np.float64]] = {}
    for nucleus in NUCLEI:
        known = alignment_costs(
            [np.zeros(0) if f is None else f.ppm[nucleus] for f in found], query.lines(nucleus), GAP_COSTS_PPM[nucleus]
        )
        costs[nucleus] = np.where([f is None for f in found], np.inf, known)
    costs["both"] = costs["13C"] + _PROTON_WEIGHT * costs["1H"]
    truth_index = query.pool.index(query.truth)
    return {name: rank_of_truth(-values, truth_index) for name, values in costs.items()}

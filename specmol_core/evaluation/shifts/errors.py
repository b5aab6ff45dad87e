"""Errors, calibration and ranking of predicted shifts on structures outside the training set."""

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
"""Cost of 1 ppm in 1H relative to 1 ppm in 13C."""
_EXCHANGEABLE_ELEMENTS = (7, 8, 16)


@dataclass(frozen=True)
class PredictedPeakList:
    """The peak list that a predictor expects, by nucleus."""

    ppm: dict[str, NDArray[np.float64]]
    """(lines,) rising shifts (ppm)."""
    scale: dict[str, NDArray[np.float64]]
    """(lines,) scale of each line's Student-t (ppm); empty if the predictor gives none."""
    dof: dict[str, float] = field(default_factory=dict)
    """Degrees of freedom of the Student-t."""


def predicted_peak_list(mol: Chem.Mol, shifts: AtomShifts, *, exchangeable: bool) -> PredictedPeakList:
    """Return the predicted peak list: one line per carbon class, one entry per proton.

    Protons on N, O and S are left out unless ``exchangeable``.
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
    """Return the errors on the truths, and the ranking of the pools by plain alignment.

    The error of a query is the mean absolute difference of its matched lines (in rank order if both
    lists have the same length, else by the best alignment). The report has the mean over queries. A
    truth that ties ranks last of the tie; a structure without prediction ranks last of all.
    Coverages are of matched lines, which makes them slightly optimistic; the held-out split has
    assigned lines.

    1H errors are of protons on carbon only.

    Parameters
    ----------
    lines
        Prediction by SMILES (without stereochemistry) and whether exchangeable protons are listed;
        None if there is no prediction. Each truth also needs an entry without exchangeable protons.
    seed
        Seed of the bootstrap.
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
    report["ranking"] = ranking_report({name: np.array(values) for name, values in ranks.items()}, seed=seed)
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
    predictions = [lines[smiles, query.exchangeable] for smiles in query.pool]
    costs: dict[str, NDArray[np.float64]] = {}
    for nucleus in NUCLEI:
        predicted_ppm = [np.zeros(0) if p is None else p.ppm[nucleus] for p in predictions]
        aligned = alignment_costs(predicted_ppm, query.lines(nucleus), GAP_COSTS_PPM[nucleus])
        costs[nucleus] = np.where([p is None for p in predictions], np.inf, aligned)
    costs["both"] = costs["13C"] + _PROTON_WEIGHT * costs["1H"]
    truth_index = query.pool.index(query.truth)
    return {name: rank_of_truth(-values, truth_index) for name, values in costs.items()}

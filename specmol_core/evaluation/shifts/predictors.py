"""Compare shift predictors on benchmark sets: the network, and tables of other programs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rdkit import Chem

from specmol_core.evaluation.benchmark_set import BenchmarkQuery, read_benchmark
from specmol_core.evaluation.shifts.errors import PredictedPeakList, evaluate_benchmark, predicted_peak_list
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.graph import ShiftGraph, UnpredictableError, shift_graph
from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.shifts.table import read_shift_table
from specmol_core.shifts.train.held_out import evaluate_held_out
from specmol_core.shifts.train.shift_pack import ShiftPack

__all__ = ["evaluate_shifts"]

_PredictedShifts = dict[str, tuple[Chem.Mol, AtomShifts]]


def evaluate_shifts(
    benchmarks: Sequence[Path],
    predictor: ShiftPredictor,
    *,
    references: Sequence[Path] = (),
    held_out: Path | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Return one report entry per benchmark set and predictor, and one for the held-out split.

    If a table lacks some truths, another entry evaluates the network on the truths that the table
    has.

    Parameters
    ----------
    references
        Tables of shifts that other programs predicted for the structures of the benchmark sets.
    held_out
        Archive of labelled graphs from which the predictor was trained.

    Raises
    ------
    DatasetError
        If a file is unusable.
    """
    tables: dict[str, _PredictedShifts] = {path.stem: _from_table(path) for path in references}
    report: list[dict[str, Any]] = []
    for path in benchmarks:
        queries = read_benchmark(path)
        smiles = sorted({s for q in queries for s in q.pool})
        started = time.perf_counter()
        network_shifts = _from_network(predictor, smiles)
        speed = len(network_shifts) / (time.perf_counter() - started)
        for name, shifts in {"specmol": network_shifts, **tables}.items():
            entry = {"set": path.name, "predictor": name} | evaluate_benchmark(
                queries, _lines(queries, shifts), seed=seed
            )
            entry["missing"] = sum(s not in shifts for s in smiles)
            report.append(entry | ({"structures per second": speed} if shifts is network_shifts else {}))
        for name, shifts in tables.items():
            shared = [q for q in queries if q.truth in shifts]
            if 0 < len(shared) < len(queries):
                subset = f"{path.name}, {len(shared)} of {len(queries)} truths"
                errors = evaluate_benchmark(shared, _lines(shared, network_shifts), seed=seed)
                entry = {"set": subset, "predictor": f"specmol where {name} has the truth", "missing": 0}
                report.append(entry | errors)
    if held_out is not None:
        errors = evaluate_held_out(ShiftPack.load(held_out), predictor)
        report.append({"set": f"{held_out.name} (held-out scaffolds)", "predictor": "specmol", "held out": errors})
    return report


def _from_table(path: Path) -> _PredictedShifts:
    return {smiles: (mol, shifts) for smiles, mol, shifts in read_shift_table(path) if mol is not None}


def _from_network(predictor: ShiftPredictor, smiles: Iterable[str]) -> _PredictedShifts:
    mols: dict[str, Chem.Mol] = {}
    graphs: list[ShiftGraph] = []
    for text in smiles:
        mol = Chem.MolFromSmiles(text)
        if mol is None:
            continue
        try:
            graphs.append(shift_graph(mol))
        except UnpredictableError:
            continue
        mols[text] = mol
    shifts = predictor.predict_graphs(graphs)
    return {text: (mol, predicted) for (text, mol), predicted in zip(mols.items(), shifts, strict=True)}


def _lines(
    queries: Sequence[BenchmarkQuery], shifts: _PredictedShifts
) -> dict[tuple[str, bool], PredictedPeakList | None]:
    keys = {(s, q.exchangeable) for q in queries for s in q.pool} | {(q.truth, False) for q in queries}
    return {
        (smiles, exchangeable): predicted_peak_list(*shifts[smiles], exchangeable=exchangeable)
        if smiles in shifts
        else None
        for smiles, exchangeable in keys
    }

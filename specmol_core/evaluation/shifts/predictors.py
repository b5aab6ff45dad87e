"""What is compared as predictors of shifts: the network, and tables that other programs wrote."""

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

_KnownShifts = dict[str, tuple[Chem.Mol, AtomShifts]]


def evaluate_shifts(
    benchmarks: Sequence[Path],
    predictor: ShiftPredictor,
    *,
    references: Sequence[Path] = (),
    held_out: Path | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One entry per bench and predictor, and one for the held-out split.

    Where a table lacks truths, the network is compared with it on the others, too.

    Parameters
    ----------
    references
        Tables of shifts that another program predicted for the structures of the benches.
    held_out
        Archive of labelled graphs that the predictor was trained from.

    Raises
    ------
    DatasetError
        If a file is unusable.
    """
    tables: dict[str, _KnownShifts] = {path.stem: _from_table(path) for path in references}
    report: list[dict[str, Any]] = []
    for path in benchmarks:
        queries = read_benchmark(path)
        smiles = sorted({s for q in queries for s in q.pool})
        started = time.perf_counter()
        network_shifts = _from_network(predictor, smiles)
        speed = len(network_shifts) / (time.perf_counter() - started)
        for name, known in {"specmol": network_shifts, **tables}.items():
            entry = {"set": path.name, "predictor": name} | evaluate_benchmark(
                queries, _lines(queries, known), seed=seed
            )
            entry["missing"] = sum(s not in known for s in smiles)
            report.append(entry | ({"structures per second": speed} if known is network_shifts else {}))
        for name, known in tables.items():
            shared = [q for q in queries if q.truth in known]
            if 0 < len(shared) < len(queries):
                what = f"{path.name}, {len(shared)} of {len(queries)} truths"
                found = evaluate_benchmark(shared, _lines(shared, network_shifts), seed=seed)
                report.append({"set": what, "predictor": f"specmol where {name} has the truth", "missing": 0} | found)
    if held_out is not None:
        errors = evaluate_held_out(ShiftPack.load(held_out), predictor)
        report.append({"set": f"{held_out.name} (held-out scaffolds)", "predictor": "specmol", "held out": errors})
    return report


def _from_table(path: Path) -> _KnownShifts:
    return {smiles: (mol, shifts) for smiles, mol, shifts in read_shift_table(path) if mol is not None}


def _from_network(predictor: ShiftPredictor, smiles: Iterable[str]) -> _KnownShifts:
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
    return {text: (mol, found) for (text, mol), found in zip(mols.items(), shifts, strict=True)}


def _lines(queries: Sequence[BenchmarkQuery], known: _KnownShifts) -> dict[tuple[str, bool], PredictedPeakList | None]:
    wanted = {(s, q.exchangeable) for q in queries for s in q.pool} | {(q.truth, False) for q in queries}
    return {
        (smiles, exchangeable): predicted_peak_list(*known[smiles], exchangeable=exchangeable)
        if smiles in known
        else None
        for smiles, exchangeable in wanted
    }

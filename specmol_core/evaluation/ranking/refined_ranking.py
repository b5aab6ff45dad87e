"""Rank the pools of a bench with a table of another program's shifts: by that program alone, and refined by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.ranking.pools import CandidatePool, RankedQueries, benchmark_spectra, rank_pool
from specmol_core.evaluation.shifts.errors import PredictedPeakList, evaluate_benchmark, predicted_peak_list
from specmol_core.matcher.protocol import EncodedQuery, Matcher, Rescorer
from specmol_core.matchnet_x.refine import refine_best
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.shifts.table import read_shift_table
from specmol_core.spectra.analysis.analysis import AnalysedPair, analyse_unmasked
from specmol_core.spectra.geometry import Geometry

__all__ = ["KnownShifts", "ShiftTable", "known_shifts", "plain_alignment", "refined_ranks"]

KnownShifts = Mapping[str, tuple[Chem.Mol, AtomShifts]]
"""Molecule and shifts by the SMILES of a table."""


def known_shifts(path: Path) -> KnownShifts:
    """The readable molecules of a table.

    Raises
    ------
    DatasetError
        As ``read_shift_table``.
    """
    return {smiles: (mol, shifts) for smiles, mol, shifts in read_shift_table(path) if mol is not None}


class ShiftTable:
    """What a program has predicted, in place of the program: a backend as ``ShiftBackend`` describes it."""

    def __init__(self, known: Iterable[tuple[Chem.Mol, AtomShifts]]) -> None:
        self._known: dict[str, AtomShifts] = {}
        for mol, shifts in known:
            text, order = _canonical_order(mol)
            self._known.setdefault(text, _renumbered(shifts, {atom: place for place, atom in enumerate(order)}))

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Shifts of each molecule, whatever the order of its atoms; one that is not in the table has none.

        ``solvent`` is of no effect: a table does not say its own.
        """
        found = []
        for mol in mols:
            text, order = _canonical_order(mol)
            found.append(_renumbered(self._known.get(text, AtomShifts()), dict(enumerate(order))))
        return found


def _canonical_order(mol: Chem.Mol) -> tuple[str, list[int]]:
    """Canonical SMILES, and the atom of the molecule that stands at each of its places."""
    text = Chem.MolToSmiles(mol)
    return text, list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])


def _renumbered(shifts: AtomShifts, atom_map: Mapping[int, int]) -> AtomShifts:
    return AtomShifts(
        {atom_map[a]: ppm for a, ppm in shifts.c13.items()}, {atom_map[a]: ppm for a, ppm in shifts.h1.items()}
    )


def plain_alignment(queries: Sequence[BenchmarkQuery], known: KnownShifts) -> dict[str, Any]:
    """How the table alone ranks the truths, see ``evaluate_benchmark``: its ``ranking``."""
    wanted = {(s, q.exchangeable) for q in queries for s in q.pool} | {(q.truth, False) for q in queries}
    lines: dict[tuple[str, bool], PredictedPeakList | None] = {
        (smiles, listed): predicted_peak_list(*known[smiles], exchangeable=listed) if smiles in known else None
        for smiles, listed in wanted
    }
    ranking: dict[str, Any] = evaluate_benchmark(queries, lines)["ranking"]
    return ranking


class _RefinedPool(CandidatePool):
    """Candidates of one query whose best are predicted again."""

    def __init__(
        self, matcher: Matcher, smiles: Sequence[str], truth: int, refiner: Rescorer, max_candidates: int
    ) -> None:
        super().__init__(matcher, smiles, truth)
        self._refiner, self._max_candidates = refiner, max_candidates
        self.rescored: list[int] = []
        """Candidates that were predicted again, one number for each pair of spectra."""

    def scores(self, query: EncodedQuery) -> NDArray[np.float64]:
        def rescored(order: NDArray[np.int64]) -> NDArray[np.float64]:
            return self._refiner.scores(query, [self.smiles[i] for i in order])

        found = refine_best(super().scores(query), rescored, self._max_candidates)
        self.rescored.append(len(found.rescored))
        return found.scores


def _drawn(query: BenchmarkQuery, geometry: Geometry, shown: str) -> AnalysedPair:
    return analyse_unmasked(benchmark_spectra(query, geometry, shown))


def refined_ranks(
    queries: Sequence[BenchmarkQuery],
    matcher: Matcher,
    rescorer: Rescorer,
    max_candidates: int,
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> tuple[RankedQueries, float]:
    """Ranks of the truths of a bench after refinement, and the share of candidates that was predicted again.

    Parameters
    ----------
    rescorer
        What ``rescorer`` of the matcher made of the second predictor.
    max_candidates
        Candidates of each query that are predicted again at most.
    """
    result, rescored = RankedQueries(), 0
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        pool = _RefinedPool(matcher, query.pool, query.pool.index(query.truth), rescorer, max_candidates)
        rank_pool(result, pool, partial(_drawn, query, matcher.geometry), started)
        rescored += sum(pool.rescored[:1])  # by both nuclei, which come first
        advance(number)
    return result, rescored / max(result.candidates, 1)

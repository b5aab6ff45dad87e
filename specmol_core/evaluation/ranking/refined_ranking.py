"""Rank the pools of a benchmark set with a table of shifts of another program.

The pools are ranked by the table alone, and by a model whose best candidates are rescored with the
table.
"""

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
"""Molecule and shifts of each entry of a table, by SMILES."""


def known_shifts(path: Path) -> KnownShifts:
    """The valid molecules of a shift table.

    Raises
    ------
    DatasetError
        As ``read_shift_table``.
    """
    return {smiles: (mol, shifts) for smiles, mol, shifts in read_shift_table(path) if mol is not None}


class ShiftTable:
    """A table of predicted shifts as a ``ShiftBackend``, in place of the program."""

    def __init__(self, known: Iterable[tuple[Chem.Mol, AtomShifts]]) -> None:
        self._known: dict[str, AtomShifts] = {}
        for mol, shifts in known:
            text, order = _canonical_order(mol)
            self._known.setdefault(text, _renumbered(shifts, {atom: index for index, atom in enumerate(order)}))

    def predict(self, mols: Sequence[Chem.Mol], solvent: str = "CDCl3") -> list[AtomShifts]:
        """Shifts of each molecule, for any order of its atoms; none if the table lacks it.

        ``solvent`` has no effect, because a table does not state its solvent.
        """
        shifts = []
        for mol in mols:
            text, order = _canonical_order(mol)
            shifts.append(_renumbered(self._known.get(text, AtomShifts()), dict(enumerate(order))))
        return shifts


def _canonical_order(mol: Chem.Mol) -> tuple[str, list[int]]:
    """Canonical SMILES, and the atom of the molecule at each position in it."""
    text = Chem.MolToSmiles(mol)
    return text, list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])


def _renumbered(shifts: AtomShifts, atom_map: Mapping[int, int]) -> AtomShifts:
    return AtomShifts(
        {atom_map[a]: ppm for a, ppm in shifts.c13.items()}, {atom_map[a]: ppm for a, ppm in shifts.h1.items()}
    )


def plain_alignment(queries: Sequence[BenchmarkQuery], known: KnownShifts) -> dict[str, Any]:
    """Ranking by the table alone: the ``ranking`` of ``evaluate_benchmark``."""
    keys = {(s, q.exchangeable) for q in queries for s in q.pool} | {(q.truth, False) for q in queries}
    lines: dict[tuple[str, bool], PredictedPeakList | None] = {
        (smiles, exchangeable): predicted_peak_list(*known[smiles], exchangeable=exchangeable)
        if smiles in known
        else None
        for smiles, exchangeable in keys
    }
    ranking: dict[str, Any] = evaluate_benchmark(queries, lines)["ranking"]
    return ranking


class _RefinedPool(CandidatePool):
    """Candidates of one query whose best are rescored."""

    def __init__(
        self, matcher: Matcher, smiles: Sequence[str], truth: int, refiner: Rescorer, max_candidates: int
    ) -> None:
        super().__init__(matcher, smiles, truth)
        self._refiner, self._max_candidates = refiner, max_candidates
        self.rescored: list[int] = []
        """Number of rescored candidates for each pair of spectra."""

    def scores(self, query: EncodedQuery) -> NDArray[np.float64]:
        def rescore(order: NDArray[np.int64]) -> NDArray[np.float64]:
            return self._refiner.scores(query, [self.smiles[i] for i in order])

        refined = refine_best(super().scores(query), rescore, self._max_candidates)
        self.rescored.append(len(refined.rescored))
        return refined.scores


def _draw_query(query: BenchmarkQuery, geometry: Geometry, shown: str) -> AnalysedPair:
    return analyse_unmasked(benchmark_spectra(query, geometry, shown))


def refined_ranks(
    queries: Sequence[BenchmarkQuery],
    matcher: Matcher,
    rescorer: Rescorer,
    max_candidates: int,
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> tuple[RankedQueries, float]:
    """Ranks of the true compounds after rescoring, and the share of rescored candidates.

    Parameters
    ----------
    rescorer
        Result of ``rescorer`` of the matcher for the second predictor.
    max_candidates
        Most candidates of each query that are rescored.
    advance
        Called with the number of finished queries.
    """
    result, rescored = RankedQueries(), 0
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        pool = _RefinedPool(matcher, query.pool, query.pool.index(query.truth), rescorer, max_candidates)
        rank_pool(result, pool, partial(_draw_query, query, matcher.geometry), started)
        rescored += sum(pool.rescored[:1])  # by both nuclei, which come first
        advance(number)
    return result, rescored / max(result.candidates, 1)

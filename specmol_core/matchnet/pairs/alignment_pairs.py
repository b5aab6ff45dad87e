"""Match quality on tables of pairs of the reading that needs no network: true peak lists against tables of shifts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet.pairs.pair_sets import BOOTSTRAP_ROUNDS, PairSet, calibrated_figures, shown_nuclei
from specmol_core.matchnet.pairs.pair_spectra import check_image_columns
from specmol_core.matchnet.pairs.tabulated_lines import peak_lists, table_pairs
from specmol_core.matchnet_x.plain_alignment import GAP_COSTS_PPM, alignment_costs
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import Dataset
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["evaluate_alignment", "simulated_peaks"]

_SHIFT_ERRORS_PPM = {"1H": SimulationConfig.h1_error_ppm, "13C": SimulationConfig.c13_error_ppm}
"""Shift errors that make the costs of both nuclei one (ppm)."""


def evaluate_alignment(
    dataset: Dataset,
    tables: Sequence[Path],
    shifts: Sequence[Path],
    *,
    columns: int = 0,
    nuclei: str = "both",
    rounds: int = BOOTSTRAP_ROUNDS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """Figures of the plain alignment on each table, as ``pair_sets.calibrated_figures``.

    A pair's score is the negative cost of ``alignment.alignment_costs`` between the candidate's shifts in ``shifts``
    and the peak list that was drawn, without intensities and multiplets; those of both nuclei are added after
    division by the error of a drawn shift. It says what tables and errors allow, without noise, solvent or
    overlap: a bound for what reads the spectra. Candidates that no table of shifts has are left out and counted.

    Parameters
    ----------
    columns
        Columns of a picture to whose middles the drawn peaks are rounded; 0 leaves them as they are.
    nuclei
        Spectra that are shown: both, 1H or 13C.
    progress
        Hears how many spectra of how many of a table are aligned.

    Raises
    ------
    UsageError, DatasetError
        If an argument is none of these, a table is unusable, or none of its pairs can be used.
    """
    names = shown_nuclei(nuclei)
    check_image_columns(dataset, columns)
    test_sets, validation, molecules = table_pairs(dataset, tables, shifts)
    lists = {name: peak_lists(molecule) for name, molecule in molecules.items()}

    def score(pairs: PairSet) -> NDArray[np.float64]:
        return -_costs(dataset, pairs, lists, names, columns, progress)[:, None]

    return calibrated_figures(test_sets, validation, score, (1.0,), rounds)


def simulated_peaks(dataset: Dataset, nucleus: Nucleus, row: int, columns: int = 0) -> NDArray[np.float64]:
    """Rising shifts of the drawn lines of a row: one for each class of carbons, or one for each proton on carbon.

    Parameters
    ----------
    columns
        As of ``evaluate_alignment``.
    """
    ppm, counts = dataset.peaks(nucleus, row).astype(np.float64).T
    if columns:
        axis = Geometry(size=columns).axis(nucleus)
        ppm = axis.grid()[np.floor(axis.position(ppm)).astype(np.int64).clip(0, columns - 1)]
    return np.sort(np.repeat(ppm, np.rint(counts).astype(np.int64)) if nucleus == "1H" else ppm)


def _costs(
    dataset: Dataset,
    pairs: PairSet,
    lists: Mapping[str, Mapping[str, NDArray[np.float64]]],
    nuclei: Sequence[Nucleus],
    columns: int,
    progress: Callable[[int, int], None],
) -> NDArray[np.float64]:
    costs, rows = np.zeros(len(pairs.row)), np.unique(pairs.row)
    for done, row in enumerate(rows.tolist(), 1):
        row_pairs = np.flatnonzero(pairs.row == row)
        candidate_lists = [lists[pairs.candidates[i]] for i in pairs.candidate[row_pairs].tolist()]
        for nucleus in nuclei:
            observed = simulated_peaks(dataset, nucleus, row, columns)
            aligned = alignment_costs([peaks[nucleus] for peaks in candidate_lists], observed, GAP_COSTS_PPM[nucleus])
            costs[row_pairs] += aligned / _SHIFT_ERRORS_PPM[nucleus]
        progress(done, len(rows))
    return costs

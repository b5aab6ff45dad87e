"""Match quality without a network: alignment of true peak lists with tables of shifts."""

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
"""Shift errors that put the costs of both nuclei on one scale (ppm)."""


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
    """Return the figures of plain alignment on each table, see ``pair_sets.calibrated_figures``.

    The score of a pair is the negative cost of ``plain_alignment.alignment_costs`` between the
    candidate's shifts in ``shifts`` and the simulated peak list, without intensities and
    multiplets. The costs of both nuclei are divided by the error of a simulated shift and added.
    The figures show what shifts and their errors allow without noise, solvent or overlap: an upper
    bound for methods that use the spectra. Candidates in no table of shifts are omitted and
    counted.

    Parameters
    ----------
    columns
        Columns of an image to whose centres the peaks are rounded; 0 does not round them.
    nuclei
        Spectra that are used: both, 1H or 13C.
    rounds
        Rounds of the bootstrap.
    progress
        Called with the number of aligned spectra of a table, and their total.

    Raises
    ------
    UsageError
        If ``columns`` or ``nuclei`` is not one of these values.
    DatasetError
        If a table is unusable, or none of its pairs can be used.
    """
    names = shown_nuclei(nuclei)
    check_image_columns(dataset, columns)
    test_sets, validation, molecules = table_pairs(dataset, tables, shifts)
    lists = {name: peak_lists(molecule) for name, molecule in molecules.items()}

    def score(pairs: PairSet) -> NDArray[np.float64]:
        return -_costs(dataset, pairs, lists, names, columns, progress)[:, None]

    return calibrated_figures(test_sets, validation, score, (1.0,), rounds)


def simulated_peaks(dataset: Dataset, nucleus: Nucleus, row: int, columns: int = 0) -> NDArray[np.float64]:
    """Return the shifts of a row's simulated lines in ascending order (ppm).

    13C has one shift for each class of carbons, 1H one for each proton on carbon.

    Parameters
    ----------
    columns
        As in ``evaluate_alignment``.
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

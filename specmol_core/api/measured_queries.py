"""Queries from measured spectra, for the measurement and the fit of models; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from specmol_core.errors import DatasetError
from specmol_core.progress import ProgressFactory

if TYPE_CHECKING:
    from specmol_core.evaluation.benchmark_set import BenchmarkQuery
    from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery

__all__ = ["background_queries", "isomer_queries"]


def isomer_queries(
    spectra: Path, library: Path, isomers: int, parsers: Collection[str], progress: ProgressFactory
) -> list[MeasuredQuery]:
    """Return a query for each measured pair of a folder, with its most similar isomers in a library as candidates.

    Pairs that a model of ``parsers`` cannot express, or of which the library has no isomer, are left out.

    Raises
    ------
    DatasetError, LibraryError
        If the folder or the library is unusable.
    """
    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
    from specmol_core.evaluation.ranking.measured_ranking import measured_queries

    with progress(f"reading {spectra}") as advance:
        pairs, _ = read_raw_pairs(spectra, advance=advance)
    return measured_queries(pairs, library, isomers, parsers)


def background_queries(
    spectra: Path, progress: ProgressFactory
) -> Callable[[Sequence[BenchmarkQuery]], list[MeasuredQuery]]:
    """Return a function that inserts the queries of a benchmark set into measured spectra.

    Raises
    ------
    DatasetError
        If the folder of measured pairs is unusable.
    """
    from specmol_core.evaluation.ranking.measured_background import measured_backgrounds
    from specmol_core.evaluation.ranking.spiked_spectra import insert_queries
    from specmol_core.evaluation.simulator.report import prepared_pairs
    from specmol_core.shifts.predictor import ShiftPredictor

    predict = ShiftPredictor.load().predict_in
    backgrounds = measured_backgrounds(prepared_pairs(spectra, predict, progress)[0])
    if not backgrounds:
        reason = "all its pairs have negative lines, or tall lines that their structures do not explain"
        raise DatasetError(spectra, f"{reason}; give plain 1H and 13C spectra of known compounds")
    return lambda queries: insert_queries(backgrounds, queries, predict)

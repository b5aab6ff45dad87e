"""Evaluation of the simulator as one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specmol_core.errors import DatasetError, SpecmolError
from specmol_core.evaluation.measured.raw_pairs import RawPair, read_raw_pairs
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import Predict, PreparedPair, prepare_pairs
from specmol_core.evaluation.simulator.instrument_ranges import measured_ranges
from specmol_core.evaluation.simulator.mirror_plots import write_pages
from specmol_core.evaluation.simulator.realism import RealismResult, discriminate_simulated, make_mirror_plots
from specmol_core.evaluation.simulator.same_formula import NUCLEI_CHOICES, DecoyRanks, rank_among_decoys

__all__ = ["evaluate_simulator", "measure_ranges", "predictable", "prepared_pairs"]

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
_MAX_FEATURES = 10
"""Maximum number of features listed per nucleus."""


def evaluate_simulator(
    manifest: Path,
    predict: Predict,
    config: RealismConfig,
    progress: Progress,
    *,
    library: Path | None = None,
    plots: Path | None = None,
) -> dict[str, Any]:
    """Compare simulated spectra with the measured pairs of a manifest.

    Parameters
    ----------
    manifest
        See ``raw_pairs.read_raw_pairs``.
    library
        Structures from which decoys are taken. Without it the right structure is not ranked.
    plots
        Folder for the mirror plots. Without it none are drawn.

    Returns
    -------
    ``pairs``, ``skipped`` (one message each), ``real_or_simulated``, ``sources`` (the same for
    measured traces of one source against those of the others), ``distinguishing_features``, and
    with a library ``decoys``.

    Raises
    ------
    DatasetError
        If the manifest or all its pairs are unusable.
    LibraryError, OutputError
        If the library cannot be read, or a plot cannot be written.
    """
    measured_pairs, skipped = prepared_pairs(manifest, predict, progress)
    report: dict[str, Any] = {"pairs": len(measured_pairs), "skipped": skipped}
    with progress("simulations") as advance:
        report |= _discrimination_figures(discriminate_simulated(measured_pairs, config, advance))
    if library is not None:
        with progress("decoys") as advance:
            report["decoys"] = _decoys(rank_among_decoys(measured_pairs, library, predict, config, advance))
    if plots is not None:
        with progress("plots") as advance:
            report["plots"] = [
                str(path) for path in write_pages(make_mirror_plots(measured_pairs, config), plots, advance)
            ]
    return report


def measure_ranges(manifest: Path, predict: Predict, progress: Progress) -> dict[str, Any]:
    """Return ``pairs``, ``skipped`` and the ``ranges`` of the measured properties.

    See ``MeasuredRange``.
    """
    measured_pairs, skipped = prepared_pairs(manifest, predict, progress)
    with progress("spectra") as advance:
        ranges = measured_ranges(measured_pairs, advance)
    return {"pairs": len(measured_pairs), "skipped": skipped, "ranges": [asdict(r) for r in ranges]}


def prepared_pairs(manifest: Path, predict: Predict, progress: Progress) -> tuple[list[PreparedPair], list[str]]:
    """Return the pairs of a manifest with predicted shifts, and one message per skipped pair.

    Raises
    ------
    DatasetError
        If no pair can be used.
    """
    with progress("pairs") as advance:
        pairs, skipped = read_raw_pairs(manifest, advance=advance)
    usable, rejected = predictable(pairs, predict)
    if not usable:
        raise DatasetError(manifest, f"no shifts can be predicted for any of its structures; the first: {rejected[0]}")
    return usable, skipped + rejected


def predictable(pairs: Sequence[RawPair], predict: Predict) -> tuple[list[PreparedPair], list[str]]:
    """Return the pairs whose shifts can be predicted, and one message for each of the others."""
    usable, rejected = [], []
    for pair in pairs:
        try:
            usable += prepare_pairs([pair], predict)
        except (SpecmolError, ValueError) as error:
            rejected.append(f"{pair.compound}: {error}")
    return usable, rejected


def _discrimination_figures(result: RealismResult) -> dict[str, Any]:
    return {
        "structures": result.groups,
        "draws": result.draws,
        "real_or_simulated": [
            {"shown": shown, "classifier": name, **asdict(value)}
            for shown, values in result.auc.items()
            for name, value in values.items()
        ],
        "sources": [
            {"source": source, "shown": shown, "classifier": name, **asdict(value)}
            for source, tables in result.sources.items()
            for shown, values in tables.items()
            for name, value in values.items()
        ],
        "distinguishing_features": [
            {"nucleus": nucleus, **asdict(value)}
            for nucleus, values in result.distinguishing_features.items()
            for value in values[:_MAX_FEATURES]
        ],
    }


def _decoys(ranks: DecoyRanks) -> dict[str, Any]:
    queries = [
        {"compound": name, "decoys": count, **{f"rank_{shown}": ranks.ranks[shown][i] for shown in NUCLEI_CHOICES}}
        for i, (name, count) in enumerate(zip(ranks.queries, ranks.decoys, strict=True))
    ]
    figures = [{"shown": shown, **ranks.figures(shown)} for shown in NUCLEI_CHOICES] if queries else []
    return {
        "figures": figures,
        "decoys_requested": ranks.decoys_requested,
        "short_query_count": ranks.short_query_count,
        "queries": queries,
    }

"""Everything that is measured of the simulator, in one dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specmol_core.errors import DatasetError, SpecmolError
from specmol_core.evaluation.measured.raw_pairs import RawPair, read_raw_pairs
from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import Predict, Prepared, prepare
from specmol_core.evaluation.simulator.instrument_ranges import measured_ranges
from specmol_core.evaluation.simulator.mirror_plots import write_pages
from specmol_core.evaluation.simulator.realism import RealOrSimulated, mirrors, tell_apart
from specmol_core.evaluation.simulator.same_formula import SHOWN, DecoyRanks, rank_among_decoys

__all__ = ["evaluate_simulator", "measure_ranges", "predictable", "prepared_pairs"]

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
_TELLTALES = 10
"""Features that are named for each nucleus."""


def evaluate_simulator(
    manifest: Path,
    predict: Predict,
    config: RealismConfig,
    progress: Progress,
    *,
    library: Path | None = None,
    plots: Path | None = None,
) -> dict[str, Any]:
    """How real simulated spectra are, held against the measured pairs of a manifest.

    Parameters
    ----------
    manifest
        See ``raw_pairs.read_raw_pairs``.
    library
        Structures to take decoys from; without one the right structure is not ranked.
    plots
        Folder for the mirrored plots; none are drawn without one.

    Returns
    -------
    ``pairs``, ``skipped`` (a sentence each), ``real_or_simulated``, ``sources`` (the same of real traces of one source
    and of others), ``telltales``, and with a library ``decoys``.

    Raises
    ------
    DatasetError
        If the manifest is unusable or all its pairs are.
    LibraryError, OutputError
        If the library cannot be read, or a plot cannot be written.
    """
    prepared, skipped = prepared_pairs(manifest, predict, progress)
    found: dict[str, Any] = {"pairs": len(prepared), "skipped": skipped}
    with progress("simulations") as advance:
        found |= _apart(tell_apart(prepared, config, advance))
    if library is not None:
        with progress("decoys") as advance:
            found["decoys"] = _decoys(rank_among_decoys(prepared, library, predict, config, advance))
    if plots is not None:
        with progress("plots") as advance:
            found["plots"] = [str(path) for path in write_pages(mirrors(prepared, config), plots, advance)]
    return found


def measure_ranges(manifest: Path, predict: Predict, progress: Progress) -> dict[str, Any]:
    """``pairs``, ``skipped`` and ``ranges``: what the measured spectra of a manifest look like; see MeasuredRange."""
    prepared, skipped = prepared_pairs(manifest, predict, progress)
    with progress("spectra") as advance:
        ranges = measured_ranges(prepared, advance)
    return {"pairs": len(prepared), "skipped": skipped, "ranges": [asdict(r) for r in ranges]}


def prepared_pairs(manifest: Path, predict: Predict, progress: Progress) -> tuple[list[Prepared], list[str]]:
    """The measured pairs of a manifest with their shifts, and a sentence about each that is left out.

    Raises
    ------
    DatasetError
        If none can be used.
    """
    with progress("pairs") as advance:
        pairs, skipped = read_raw_pairs(manifest, advance=advance)
    usable, refused = predictable(pairs, predict)
    if not usable:
        raise DatasetError(manifest, f"no shifts can be predicted for any of its structures; the first: {refused[0]}")
    return usable, skipped + refused


def predictable(pairs: Sequence[RawPair], predict: Predict) -> tuple[list[Prepared], list[str]]:
    """The pairs whose shifts can be predicted, and a sentence about each of the others."""
    usable, refused = [], []
    for pair in pairs:
        try:
            usable += prepare([pair], predict)
        except (SpecmolError, ValueError) as error:
            refused.append(f"{pair.compound}: {error}")
    return usable, refused


def _apart(result: RealOrSimulated) -> dict[str, Any]:
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
        "telltales": [
            {"nucleus": nucleus, **asdict(value)}
            for nucleus, values in result.telltales.items()
            for value in values[:_TELLTALES]
        ],
    }


def _decoys(ranks: DecoyRanks) -> dict[str, Any]:
    queries = [
        {"compound": name, "decoys": count, **{f"rank_{shown}": ranks.ranks[shown][i] for shown in SHOWN}}
        for i, (name, count) in enumerate(zip(ranks.queries, ranks.decoys, strict=True))
    ]
    figures = [{"shown": shown, **ranks.figures(shown)} for shown in SHOWN] if queries else []
    return {"figures": figures, "wanted": ranks.wanted, "short": ranks.short, "queries": queries}

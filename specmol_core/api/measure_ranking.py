"""Measure how well models rank; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specmol_core.api.measured_queries import background_queries, isomer_queries
from specmol_core.config import RankConfig
from specmol_core.errors import CheckpointError, UsageError
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.retrieval.models import checkpoint_path, load_model
from specmol_core.runtime.packages import require_torch

if TYPE_CHECKING:
    from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
    from specmol_core.evaluation.ranking.pools import RankedQueries
    from specmol_core.matcher.calibration import ModelCalibration
    from specmol_core.matcher.protocol import Matcher
    from specmol_core.spectra.spectrum import Spectrum

__all__ = ["evaluate_ranking"]

_SET_LEVEL, _MAX_ERRORS = 0.95, (0.01, 0.05)
"""Confidence of the sets that are measured, and error rates at which queries are called identified."""


def _report_progress(advance: Callable[[int, int | None], None], total: int, done: int) -> None:
    advance(done, total)


def _unchanged(spectrum: Spectrum) -> Spectrum:
    return spectrum


def evaluate_ranking(
    benchmarks: Sequence[Path],
    *,
    spectra: Path | None = None,
    library: Path | None = None,
    isomers: int = 200,
    images: bool = False,
    background: Path | None = None,
    reference: Path | None = None,
    checkpoints: Sequence[Path] = (),
    models: Sequence[str] = (),
    device: str = "auto",
    progress: ProgressFactory = no_progress,
) -> list[dict[str, Any]]:
    """Rank the candidate pools of benchmark sets with trained models, from peak lists.

    Returns one entry per benchmark set and model. The default model is used if neither a checkpoint
    nor a model is named.

    Parameters
    ----------
    benchmarks
        Files of benchmark sets.
    spectra, library, isomers
        Measured pairs (a folder with a manifest), a library, and a number of isomers. Each pair is
        ranked among the most similar isomers in the library, from the original files and from plots
        of them.
    images
        Whether to rank the benchmark sets also from plots of the drawn spectra.
    background
        Measured pairs (a folder with a manifest). The benchmark sets are also ranked from these
        spectra with the signals of the compound replaced by those of the query, and with ``images``
        also from plots of them.
    reference
        Table of CSP5 shifts for the structures of the benchmark sets. It adds two kinds of entries per
        set: the ranking by CSP5 alone, and the ranking of each matchnet-x refined by CSP5. Neither has
        a time, because CSP5 itself does not run. The latter has the share of candidates that CSP5
        would have to predict.
    checkpoints, models
        Files of trained models, and names of shipped ones.
    device
        ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError, UsageError
        If a benchmark set, a library, a checkpoint or the device is unusable.
    """
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.ranking.measured_ranking import as_read_from_plot
    from specmol_core.evaluation.ranking.pools import rank_benchmark

    if reference is not None:
        require_torch("--reference")
    if (spectra is None) != (library is None):
        raise UsageError("--spectra and --library go together: measured pairs, and the library of their isomers")
    if not benchmarks and spectra is None:
        raise UsageError("nothing to rank: give a benchmark set, or --spectra and --library")
    insert = background_queries(background, progress) if background is not None else None
    matchers = _matchers(checkpoints, models, device)
    measured = []
    if spectra is not None and library is not None:
        measured = isomer_queries(spectra, library, isomers, {matcher.parser for _, matcher, _ in matchers}, progress)
    report = []
    for name, matcher, calibration in matchers:
        for path in benchmarks:
            queries = read_benchmark(path)
            for suffix, transform in (("", _unchanged), (", from plots", as_read_from_plot))[: 1 + images]:
                with progress(f"ranking {path.name}{suffix}") as advance:
                    result = rank_benchmark(
                        queries, matcher, transform=transform, advance=partial(_report_progress, advance, len(queries))
                    )
                report.append(_ranking_report(path.name + suffix, name, result, calibration))
            if insert is not None:
                label = f"{path.name}, in measured spectra"
                report += _measured_reports(insert(queries), matcher, name, calibration, label, progress, images=images)
        if measured:
            report += _measured_reports(measured, matcher, name, calibration, "measured", progress, images=True)
    return report + (_reference_reports(benchmarks, matchers, reference, progress) if reference is not None else [])


_NamedMatcher = tuple[str, "Matcher", "ModelCalibration | None"]
"""A model with its name, and its calibration if it has one."""


def _matchers(checkpoints: Sequence[Path], models: Sequence[str], device: str) -> list[_NamedMatcher]:
    chosen: list[tuple[str | None, Path | None, str | None]] = [(str(path), path, None) for path in checkpoints]
    chosen += [(model, None, model) for model in models]
    return [_named_matcher(*names, device) for names in chosen or [(None, None, None)]]


def _named_matcher(name: str | None, checkpoint: Path | None, model: str | None, device: str) -> _NamedMatcher:
    from specmol_core.matcher.calibration_file import load_calibration

    matcher, path = load_model(checkpoint, model, device), checkpoint_path(checkpoint, model)
    try:
        calibration = load_calibration(path, matcher.id)
    except (CheckpointError, UsageError):  # of another checkpoint, or missing: the report says so
        calibration = None
    return name or matcher.model, matcher, calibration


def _measured_reports(
    queries: Sequence[MeasuredQuery],
    matcher: Matcher,
    name: str,
    calibration: ModelCalibration | None,
    label: str,
    progress: ProgressFactory,
    *,
    images: bool,
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.ranking.measured_ranking import as_read_from_plot, measured_ranks

    report = []
    for source, transform in (("files", _unchanged), ("plots", as_read_from_plot))[: 1 + images]:
        with progress(f"ranking {label}, from {source}") as advance:
            result = measured_ranks(
                queries, matcher, transform=transform, advance=partial(_report_progress, advance, len(queries))
            )
        report.append(_ranking_report(f"{label}, from {source}", name, result, calibration))
    return report


def _reference_reports(
    benchmarks: Sequence[Path], matchers: Sequence[_NamedMatcher], reference: Path, progress: ProgressFactory
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.ranking import refined_ranking as refined

    known_shifts = refined.known_shifts(reference)
    table = refined.ShiftTable(known_shifts.values())
    report: list[dict[str, Any]] = []
    for path in benchmarks:
        queries = read_benchmark(path)
        reference_entry = {"set": path.name, "model": "CSP5, plain alignment", "queries": len(queries), "posterior": {}}
        no_time = {"milliseconds per candidate": None}
        report.append(reference_entry | no_time | {"ranking": refined.plain_alignment(queries, known_shifts)})
        for name, matcher, _ in matchers:
            if matcher.rescorer is not None:
                rescorer = matcher.rescorer(table)
                with progress(f"refining {path.name}") as advance:
                    report_progress = partial(_report_progress, advance, len(queries))
                    result, share = refined.refined_ranks(
                        queries, matcher, rescorer, RankConfig.max_refined, advance=report_progress
                    )
                entry = _ranking_report(path.name, f"{name} refined by CSP5", result)
                report.append(entry | no_time | {"share rescored": share})
    return report


def _ranking_report(
    label: str, model: str, result: RankedQueries, calibration: ModelCalibration | None = None
) -> dict[str, Any]:
    from specmol_core.evaluation.rank_statistics import ranking_by_solvent, ranking_report
    from specmol_core.evaluation.ranking.posterior_quality import posterior_figures
    from specmol_core.evaluation.ranking.set_quality import set_figures

    ranks = {shown: np.array(values) for shown, values in result.ranks.items() if values}
    return {
        "set": label,
        "model": model,
        "queries": len(result.ranks["both"]),
        "milliseconds per candidate": result.milliseconds,
        "ranking": ranking_report(ranks),
        "solvents": ranking_by_solvent(result.ranks["both"], result.solvents),
        "posterior": posterior_figures(result.posterior_outcomes),
        "posterior of one nucleus": {
            shown: posterior_figures(outcomes)
            for shown, outcomes in result.outcomes.items()
            if outcomes and shown != "both"
        },
        "sets": {}
        if calibration is None
        else {
            shown: set_figures(outcomes, calibration, _SET_LEVEL, _MAX_ERRORS)
            for shown, outcomes in result.outcomes.items()
            if outcomes
        },
    }

"""Tasks around the ranking of measured queries: measure models on them; ``specmol_core.api`` offers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.errors import DatasetError, UsageError
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.retrieval.models import load_model
from specmol_core.runtime.packages import require_torch

if TYPE_CHECKING:
    from specmol_core.evaluation.benchmark_set import BenchmarkQuery
    from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
    from specmol_core.evaluation.ranking.pools import RankedQueries
    from specmol_core.matcher.protocol import Matcher
    from specmol_core.spectra.spectrum import Spectrum

__all__ = ["evaluate_open_library", "evaluate_ranking"]


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
    """Rank the pools of benches with matching models, from listed signals.

    One entry per bench and model (the default model if neither a checkpoint nor a model is named).

    Parameters
    ----------
    spectra, library, isomers
        Measured pairs (a folder with its manifest), each ranked among its most similar isomers of the library, from the
        original files and from plots of them.
    images
        Rank benches from plots of the drawn spectra too.
    background
        Measured pairs (a folder with its manifest): rank benches from their signals in place of the compound's in these
        spectra too, and with ``images`` from plots of them.
    reference
        Table of CSP5's shifts for the structures of the benches: two entries more per bench, how it ranks alone and
        how it refines each matchnet-x. They have no time, as CSP5 itself does not run; the latter has the share of
        candidates that it would have to predict.
    checkpoints, models
        Files of trained models, and names of shipped ones.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError, UsageError
        If a bench, a checkpoint or the device is unusable.
    """
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.ranking.measured_ranking import as_read_from_plot
    from specmol_core.evaluation.ranking.pools import rank_benchmark

    if reference is not None:
        require_torch("--reference")
    if (spectra is None) != (library is None):
        raise UsageError("--spectra and --library belong together: measured pairs, and where their isomers are from")
    if not benchmarks and spectra is None:
        raise UsageError("nothing to rank: give a bench, or --spectra and --library")
    insert = _background_queries(background, progress) if background is not None else None
    measured = (
        _read_measured_queries(spectra, library, isomers, progress)
        if spectra is not None and library is not None
        else []
    )
    report = []
    matchers = _matchers(checkpoints, models, device)
    for name, matcher in matchers:
        for path in benchmarks:
            queries = read_benchmark(path)
            for what, transform in (("", _unchanged), (", from plots", as_read_from_plot))[: 1 + images]:
                with progress(f"ranking {path.name}{what}") as advance:
                    result = rank_benchmark(
                        queries, matcher, transform=transform, advance=partial(_report_progress, advance, len(queries))
                    )
                report.append(_ranking_report(path.name + what, name, result))
            if insert is not None:
                what = f"{path.name}, in measured spectra"
                report += _measured_reports(insert(queries), matcher, name, what, progress, images=images)
        report += _measured_reports(measured, matcher, name, "measured", progress, images=True) if measured else []
    return report + (_reference_reports(benchmarks, matchers, reference, progress) if reference is not None else [])


def evaluate_open_library(
    benchmark: Path,
    library: Path,
    cache: Path,
    *,
    checkpoint: Path | None = None,
    model: str | None = None,
    prefilter: int = RankConfig.prefilter,
    hard: int = 50,
    device: str = "auto",
    workers: int = 0,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Rank the queries of a bench in a whole library with their truths added, and among the nearest by spectrum.

    Parameters
    ----------
    cache
        Where library and truths are kept embedded, with the list of both beside it as ``.smi``; reused if it is there.
    hard
        Candidates, nearest to the truth by their predicted spectra, that it is ranked among as well.

    Returns
    -------
    ``candidates``; ``prefilter`` with the shares of truths among the first 100, 1,000 and ``--prefilter`` of the joint
    space; ``open`` and ``hard`` as ``rank_statistics.ranking_report``, ``stereoisomers distinct``
    for the whole library
    where a stereoisomer of the truth, which has none, is another candidate; ``seconds per query``.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError, CacheError, OutputError
        If a file is unusable.
    """
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.rank_statistics import ranking_report
    from specmol_core.evaluation.ranking import open_library as open_library_ranking
    from specmol_core.molecules.library import open_library
    from specmol_core.retrieval.get_candidates import get_candidates
    from specmol_core.retrieval.library_source import records_of_library

    matcher, queries = load_model(checkpoint, model, device), read_benchmark(benchmark)
    candidate_list = _write_library_with_truths(library, cache.with_suffix(".smi"), [q.truth for q in queries])
    settings = EmbedConfig(workers=workers)
    with progress(f"embedding {candidate_list}") as advance:
        candidates = get_candidates(
            records_of_library(open_library(str(candidate_list)), settings, matcher.parser), matcher, settings,
            cache=cache,
            progress=lambda counts: advance(counts.read, None),
        )  # fmt: skip
    rows = open_library_ranking.candidate_rows(candidates, [q.truth for q in queries])
    found_queries = [(q, r) for q, r in zip(queries, rows, strict=True) if r >= 0]
    present_queries, truths = [q for q, _ in found_queries], [r for _, r in found_queries]
    with progress("ranking") as advance:
        report_progress = partial(_report_progress, advance, len(present_queries))
        result = open_library_ranking.library_ranks(
            present_queries, matcher, candidates, truths, RankConfig(prefilter=prefilter), report_progress
        )
        nearest = open_library_ranking.near_decoy_ranks(
            present_queries, matcher, candidates, truths, hard, report_progress
        )
    return {
        "set": benchmark.name,
        "model": matcher.model,
        "queries": len(present_queries),
        "candidates": len(candidates),
        "prefilter": {str(n): float((result.prefilter <= n).mean()) for n in (1, 100, 1000, prefilter)},
        "open": ranking_report({"both": result.constitution_ranks})["both"],
        "stereoisomers distinct": ranking_report({"both": result.stereoisomer_ranks})["both"],
        "hard": ranking_report({"both": nearest})["both"],
        "seconds per query": result.seconds,
    }


def _write_library_with_truths(library: Path, candidate_list: Path, truths: Sequence[str]) -> Path:
    """The SMILES of a library with those of the truths behind them, in a file of their own."""
    from specmol_core.molecules.decoys import smiles_lines
    from specmol_core.storage.atomic import atomic_write

    if not candidate_list.exists():
        with atomic_write(candidate_list) as file:
            file.writelines(f"{smiles}\n" for smiles in smiles_lines(library))
            file.writelines(f"{smiles}\n" for smiles in truths)
    return candidate_list


def _matchers(checkpoints: Sequence[Path], models: Sequence[str], device: str) -> list[tuple[str, Matcher]]:
    named_matchers = [(str(path), load_model(path, None, device)) for path in checkpoints]
    named_matchers += [(model, load_model(None, model, device)) for model in models]
    if not named_matchers:
        default = load_model(None, None, device)
        named_matchers = [(default.model, default)]
    return named_matchers


def _read_measured_queries(
    spectra: Path, library: Path, isomers: int, progress: ProgressFactory
) -> list[MeasuredQuery]:
    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
    from specmol_core.evaluation.ranking.measured_ranking import measured_queries

    with progress(f"reading {spectra}") as advance:
        pairs, _ = read_raw_pairs(spectra, advance=advance)
    return measured_queries(pairs, library, isomers)


def _background_queries(
    spectra: Path, progress: ProgressFactory
) -> Callable[[Sequence[BenchmarkQuery]], list[MeasuredQuery]]:
    """Queries of a bench as measured spectra."""
    from specmol_core.evaluation.ranking.measured_background import measured_backgrounds
    from specmol_core.evaluation.ranking.spiked_spectra import insert_queries
    from specmol_core.evaluation.simulator.report import prepared_pairs
    from specmol_core.shifts.predictor import ShiftPredictor

    predict = ShiftPredictor.load().predict_in
    backgrounds = measured_backgrounds(prepared_pairs(spectra, predict, progress)[0])
    if not backgrounds:
        reason = "all its pairs have lines that point down, or tall ones that their structures do not explain"
        raise DatasetError(spectra, f"{reason}; give plain 1H and 13C spectra of known compounds")
    return lambda queries: insert_queries(backgrounds, queries, predict)


def _measured_reports(
    queries: Sequence[MeasuredQuery],
    matcher: Matcher,
    name: str,
    what: str,
    progress: ProgressFactory,
    *,
    images: bool,
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.ranking.measured_ranking import as_read_from_plot, measured_ranks

    report = []
    for source, transform in (("files", _unchanged), ("plots", as_read_from_plot))[: 1 + images]:
        with progress(f"ranking {what}, from {source}") as advance:
            result = measured_ranks(
                queries, matcher, transform=transform, advance=partial(_report_progress, advance, len(queries))
            )
        report.append(_ranking_report(f"{what}, from {source}", name, result))
    return report


def _reference_reports(
    benchmarks: Sequence[Path], matchers: Sequence[tuple[str, Matcher]], reference: Path, progress: ProgressFactory
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.benchmark_set import read_benchmark
    from specmol_core.evaluation.ranking import refined_ranking as refined

    present_queries = refined.known_shifts(reference)
    table = refined.ShiftTable(present_queries.values())
    report: list[dict[str, Any]] = []
    for path in benchmarks:
        queries = read_benchmark(path)
        reference_entry = {"set": path.name, "model": "CSP5, plain alignment", "queries": len(queries), "posterior": {}}
        no_time = {"milliseconds per candidate": None}
        report.append(reference_entry | no_time | {"ranking": refined.plain_alignment(queries, present_queries)})
        for name, matcher in matchers:
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


def _ranking_report(what: str, model: str, result: RankedQueries) -> dict[str, Any]:
    from specmol_core.evaluation.rank_statistics import ranking_report
    from specmol_core.evaluation.ranking.posterior_quality import posterior_figures

    ranks = {shown: np.array(values) for shown, values in result.ranks.items() if values}
    return {
        "set": what,
        "model": model,
        "queries": len(result.ranks["both"]),
        "milliseconds per candidate": result.milliseconds,
        "ranking": ranking_report(ranks),
        "posterior": posterior_figures(result.posterior_outcomes),
    }

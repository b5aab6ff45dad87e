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

if TYPE_CHECKING:
    from specmol_core.evaluation.benchmark_set import BenchQuery
    from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
    from specmol_core.evaluation.ranking.pools import RankedQueries
    from specmol_core.matcher.protocol import Matcher
    from specmol_core.spectra.spectrum import Spectrum

__all__ = ["evaluate_open_library", "evaluate_ranking"]


def _tell(advance: Callable[[int, int | None], None], total: int, done: int) -> None:
    advance(done, total)


def _unchanged(spectrum: Spectrum) -> Spectrum:
    return spectrum


def evaluate_ranking(
    benches: Sequence[Path],
    *,
    spectra: Path | None = None,
    library: Path | None = None,
    isomers: int = 200,
    pictures: bool = False,
    laboratory: Path | None = None,
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
    pictures
        Rank benches from plots of the drawn spectra too.
    laboratory
        Measured pairs (a folder with its manifest): rank benches from their signals in place of the compound's in these
        spectra too, and with ``pictures`` from plots of them.
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
    from specmol_core.evaluation.benchmark_set import read_bench
    from specmol_core.evaluation.ranking.measured_ranking import as_pictures
    from specmol_core.evaluation.ranking.pools import bench_ranks

    if (spectra is None) != (library is None):
        raise UsageError("--spectra and --library belong together: measured pairs, and where their isomers are from")
    if not benches and spectra is None:
        raise UsageError("nothing to rank: give a bench, or --spectra and --library")
    lay = _laboratory(laboratory, progress) if laboratory is not None else None
    measured = _measured(spectra, library, isomers, progress) if spectra is not None and library is not None else []
    report = []
    matchers = _matchers(checkpoints, models, device)
    for name, matcher in matchers:
        for path in benches:
            queries = read_bench(path)
            for what, change in (("", _unchanged), (", from plots", as_pictures))[: 1 + pictures]:
                with progress(f"ranking {path.name}{what}") as advance:
                    found = bench_ranks(queries, matcher, change=change, advance=partial(_tell, advance, len(queries)))
                report.append(_ranked(path.name + what, name, found))
            if lay is not None:
                what = f"{path.name}, in measured spectra"
                report += _measured_reports(lay(queries), matcher, name, what, progress, pictures=pictures)
        report += _measured_reports(measured, matcher, name, "measured", progress, pictures=True) if measured else []
    return report + (_referenced(benches, matchers, reference, progress) if reference is not None else [])


def evaluate_open_library(
    bench: Path,
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
    space; ``open`` and ``hard`` as ``rank_statistics.ranking_report``, ``stereoisomers apart`` for the whole library
    where a stereoisomer of the truth, which has none, is another candidate; ``seconds per query``.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError, CacheError, OutputError
        If a file is unusable.
    """
    from specmol_core.evaluation.benchmark_set import read_bench
    from specmol_core.evaluation.rank_statistics import ranking_report
    from specmol_core.evaluation.ranking import open_library as opened
    from specmol_core.molecules.library import open_library
    from specmol_core.retrieval.get_candidates import obtain_candidates
    from specmol_core.retrieval.library_source import records_of

    matcher, queries = load_model(checkpoint, model, device), read_bench(bench)
    listed = _with_truths(library, cache.with_suffix(".smi"), [q.truth for q in queries])
    settings = EmbedConfig(workers=workers)
    with progress(f"embedding {listed}") as advance:
        candidates = obtain_candidates(
            records_of(open_library(str(listed)), settings, matcher.parser), matcher, settings, cache=cache,
            progress=lambda counts: advance(counts.read, None),
        )  # fmt: skip
    rows = opened.rows_of(candidates, [q.truth for q in queries])
    asked = [(q, r) for q, r in zip(queries, rows, strict=True) if r >= 0]
    known, truths = [q for q, _ in asked], [r for _, r in asked]
    with progress("ranking") as advance:
        tell = partial(_tell, advance, len(known))
        found = opened.open_ranks(known, matcher, candidates, truths, RankConfig(prefilter=prefilter), tell)
        near = opened.hard_ranks(known, matcher, candidates, truths, hard, tell)
    return {
        "set": bench.name,
        "model": matcher.model,
        "queries": len(known),
        "candidates": len(candidates),
        "prefilter": {str(n): float((found.prefilter <= n).mean()) for n in (1, 100, 1000, prefilter)},
        "open": ranking_report({"both": found.final})["both"],
        "stereoisomers apart": ranking_report({"both": found.apart})["both"],
        "hard": ranking_report({"both": near})["both"],
        "seconds per query": found.seconds,
    }


def _with_truths(library: Path, listed: Path, truths: Sequence[str]) -> Path:
    """The SMILES of a library with those of the truths behind them, in a file of their own."""
    from specmol_core.molecules.decoys import smiles_lines
    from specmol_core.storage.atomic import atomic_write

    if not listed.exists():
        with atomic_write(listed) as file:
            file.writelines(f"{smiles}\n" for smiles in smiles_lines(library))
            file.writelines(f"{smiles}\n" for smiles in truths)
    return listed


def _matchers(checkpoints: Sequence[Path], models: Sequence[str], device: str) -> list[tuple[str, Matcher]]:
    named = [(str(path), load_model(path, None, device)) for path in checkpoints]
    named += [(model, load_model(None, model, device)) for model in models]
    if not named:
        default = load_model(None, None, device)
        named = [(default.model, default)]
    return named


def _measured(spectra: Path, library: Path, isomers: int, progress: ProgressFactory) -> list[MeasuredQuery]:
    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
    from specmol_core.evaluation.ranking.measured_ranking import measured_queries

    with progress(f"reading {spectra}") as advance:
        pairs, _ = read_raw_pairs(spectra, advance=advance)
    return measured_queries(pairs, library, isomers)


def _laboratory(spectra: Path, progress: ProgressFactory) -> Callable[[Sequence[BenchQuery]], list[MeasuredQuery]]:
    """Queries of a bench as measured spectra."""
    from specmol_core.evaluation.ranking.spiked_spectra import laboratories, queries_in
    from specmol_core.evaluation.simulator.report import prepared_pairs
    from specmol_core.shifts.predictor import ShiftPredictor

    predict = ShiftPredictor.load().predict_in
    rooms = laboratories(prepared_pairs(spectra, predict, progress)[0])
    if not rooms:
        reason = "all its pairs have lines that point down, or tall ones that their structures do not explain"
        raise DatasetError(spectra, f"{reason}; give plain 1H and 13C spectra of known compounds")
    return lambda queries: queries_in(rooms, queries, predict)


def _measured_reports(
    queries: Sequence[MeasuredQuery],
    matcher: Matcher,
    name: str,
    what: str,
    progress: ProgressFactory,
    *,
    pictures: bool,
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.ranking.measured_ranking import as_pictures, measured_ranks

    report = []
    for source, change in (("files", _unchanged), ("plots", as_pictures))[: 1 + pictures]:
        with progress(f"ranking {what}, from {source}") as advance:
            found = measured_ranks(queries, matcher, change=change, advance=partial(_tell, advance, len(queries)))
        report.append(_ranked(f"{what}, from {source}", name, found))
    return report


def _referenced(
    benches: Sequence[Path], matchers: Sequence[tuple[str, Matcher]], reference: Path, progress: ProgressFactory
) -> list[dict[str, Any]]:
    from specmol_core.evaluation.benchmark_set import read_bench
    from specmol_core.evaluation.ranking import refined_ranking as refined

    known = refined.known_shifts(reference)
    table = refined.ShiftTable(known.values())
    report: list[dict[str, Any]] = []
    for path in benches:
        queries = read_bench(path)
        alone = {"set": path.name, "model": "CSP5, plain alignment", "queries": len(queries), "posterior": {}}
        timeless = {"milliseconds per candidate": None}
        report.append(alone | timeless | {"ranking": refined.plain_alignment(queries, known)})
        for name, matcher in matchers:
            if matcher.rescorer is not None:
                rescorer = matcher.rescorer(table)
                with progress(f"refining {path.name}") as advance:
                    tell = partial(_tell, advance, len(queries))
                    found, share = refined.refined_ranks(queries, matcher, rescorer, RankConfig.refined, advance=tell)
                entry = _ranked(path.name, f"{name} refined by CSP5", found)
                report.append(entry | timeless | {"predicted again": share})
    return report


def _ranked(what: str, model: str, found: RankedQueries) -> dict[str, Any]:
    from specmol_core.evaluation.rank_statistics import ranking_report
    from specmol_core.evaluation.ranking.posterior_quality import posterior_figures

    ranks = {shown: np.array(values) for shown, values in found.ranks.items() if values}
    return {
        "set": what,
        "model": model,
        "queries": len(found.ranks["both"]),
        "milliseconds per candidate": found.milliseconds,
        "ranking": ranking_report(ranks),
        "posterior": posterior_figures(found.judged),
    }

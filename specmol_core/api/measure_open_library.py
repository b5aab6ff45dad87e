"""Measure how well a model ranks in a whole library; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specmol_core.config import EmbedConfig, RankConfig
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.retrieval.models import load_model

__all__ = ["evaluate_open_library"]


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
    """Rank the queries of a benchmark set in a whole library with the true structures added.

    Each query is also ranked among the candidates with the most similar predicted spectra.

    Parameters
    ----------
    benchmark, library
        File of the benchmark set, and file of the library.
    cache
        Cache of the embedded library and true structures; reused if it exists. The list of their
        SMILES is beside it, with the extension ``.smi``.
    checkpoint, model, device
        The model, as in ``rank``.
    prefilter
        Number of candidates that pass the prefilter; 0 scores all.
    hard
        Number of candidates with predicted spectra most similar to that of the truth.
    workers
        Number of processes that parse the library; 0 uses one per core.

    Returns
    -------
    ``set``, ``model``, ``queries`` and ``candidates``; ``prefilter`` with the shares of truths among the
    first 1, 100, 1,000 and ``prefilter`` in the joint space; ``open`` (whole library) and ``hard``, as in
    ``rank_statistics.ranking_report``; ``stereoisomers distinct``, the same as ``open`` but with
    stereoisomers of the truth as different candidates; ``seconds per query``.

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
    present = [(query, row) for query, row in zip(queries, rows, strict=True) if row >= 0]
    present_queries, truths = [query for query, _ in present], [row for _, row in present]
    with progress("ranking") as advance:

        def report_progress(done: int) -> None:
            advance(done, len(present_queries))

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
    """Write the SMILES of a library, followed by those of the truths, unless the file exists."""
    from specmol_core.molecules.decoys import smiles_lines
    from specmol_core.storage.atomic import atomic_write

    if not candidate_list.exists():
        with atomic_write(candidate_list) as file:
            file.writelines(f"{smiles}\n" for smiles in smiles_lines(library))
            file.writelines(f"{smiles}\n" for smiles in truths)
    return candidate_list

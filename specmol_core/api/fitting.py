"""Fit matchnet-x, and calibrate it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from specmol_core import __version__
from specmol_core.api.excluded import read_structures
from specmol_core.api.measured_queries import background_queries
from specmol_core.errors import DatasetError
from specmol_core.progress import ProgressFactory, no_progress
from specmol_core.retrieval.models import load_model
from specmol_core.shipped import shipped_weights

__all__ = ["calibrate", "fit"]

_MIN_QUERIES = 40
"""Fewest queries of a calibration; the sets of fewer would have no coverage of 0.9 in each half."""


def fit(
    measured: Sequence[Path],
    library: Path,
    output: Path,
    *,
    exclude: Sequence[Path] = (),
    predictor: Path | None = None,
    seed: int = 0,
    queries: Path | None = None,
    start: Path | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Fit matchnet-x on held-out measured structures among decoys, and write its checkpoint.

    Parameters
    ----------
    measured
        JSON lines of measured shifts: the same files, with the same ``exclude``, that the predictor was
        trained on. A first fit uses the validation scaffolds that this training held out, and is
        measured on the test scaffolds. The checkpoint is that of a second fit on both.
    library
        File of SMILES from which decoys are taken.
    output
        Checkpoint to write.
    exclude
        Benchmark sets, pair tables or lists of SMILES; their structures are neither truths nor decoys.
    predictor
        Shift predictor; the shipped one if None. It must be beside the output, or be the shipped one.
    seed
        Seed of all random choices.
    queries
        Folder for the held-out queries as benchmark sets ``validation.jsonl`` and ``test.jsonl``.
    start
        Checkpoint whose likelihood is kept; only the probability that none fits is fitted.
    report
        Called with lines of progress.

    Returns
    -------
    Top-1 and mean reciprocal rank of the test scaffolds' measured peak lists, by nuclei.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError
        If a file is unusable.
    OutputError
        If the output cannot be written.
    """
    from specmol_core.matchnet_x.fit.run import fit_matchnet_x

    excluded = frozenset(s for path in exclude for s in read_structures(path))
    weights = predictor or shipped_weights() / "shifts.safetensors"
    return fit_matchnet_x(measured, library, output, excluded, weights, seed, report, queries, start)


def calibrate(
    measured: Sequence[Path],
    library: Path,
    unseen: Sequence[Path],
    background: Path,
    output: Path,
    *,
    exclude: Sequence[Path] = (),
    checkpoint: Path | None = None,
    model: str | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Calibrate confidence sets and identifications of a model, and write the calibration.

    The queries are the measured lists, with both nuclei, of structures that the training has excluded:
    the candidates of the benchmark sets ``unseen``. Their right structures are left out, so that they
    remain for tests.

    Parameters
    ----------
    measured
        JSON lines of measured shifts.
    library
        File of SMILES from which decoys are taken.
    unseen
        Benchmark sets that the training and the fit of the model have excluded.
    background
        Measured pairs (a folder with a manifest), into which the signals are inserted to make traces
        and plots.
    output
        File to write. ``rank`` reads the file beside the checkpoint whose name ends in
        ``.calibration.json``.
    exclude
        Benchmark sets, pair tables or lists of SMILES of further structures that are left out.
    checkpoint, model
        The model, as in ``rank``.

    Returns
    -------
    Number of queries of each kind of input.

    Raises
    ------
    DatasetError, LibraryError, CheckpointError, OutputError
        If a file is unusable, or there are too few queries.
    """
    from specmol_core.evaluation.benchmark_set import benchmark_query, read_benchmark
    from specmol_core.evaluation.ranking.calibrate import calibrate as calibration_of
    from specmol_core.matcher.calibration_file import calibration_content, write_calibration
    from specmol_core.matchnet_x.fit.held_out_queries import select_unseen_queries

    matcher = load_model(checkpoint, model, "cpu")
    sets = [query for path in unseen for query in read_benchmark(path)]
    excluded = frozenset(query.truth for query in sets) | {s for path in exclude for s in read_structures(path)}
    candidates = frozenset(smiles for query in sets for smiles in query.pool)
    with progress("choosing queries"):
        queries = [benchmark_query(q) for q in select_unseen_queries(measured, library, candidates, excluded)]
    if len(queries) < _MIN_QUERIES:
        reason = (
            f"has measured lists of only {len(queries)} candidates of the benchmark sets, fewer than {_MIN_QUERIES}"
        )
        raise DatasetError(measured[0], f"{reason}; give more --measured or --unseen")
    inserted = background_queries(background, progress)(queries)
    with progress("calibrating") as advance:
        kinds = calibration_of(queries, inserted, matcher, advance)
    origin = {
        "version": __version__,
        "sources": [path.name for path in (*measured, library, *unseen, background)],
        "excluded": [path.name for path in exclude],
        "structures": len(queries),
    }
    write_calibration(output, calibration_content(kinds, matcher.model, matcher.id, origin))
    return {kind: values.queries for kind, values in kinds.items()}

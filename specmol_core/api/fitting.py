"""Fit matchnet-x."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from specmol_core.api.excluded import read_structures
from specmol_core.shipped import shipped_weights

__all__ = ["fit"]


def fit(
    measured: Sequence[Path],
    library: Path,
    output: Path,
    *,
    exclude: Sequence[Path] = (),
    predictor: Path | None = None,
    seed: int = 0,
    queries: Path | None = None,
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
    return fit_matchnet_x(measured, library, output, excluded, weights, seed, report, queries)

"""Fit matchnet-x."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.api.excluded import read_structures
from specmol_core.shipped import shipped_weights

if TYPE_CHECKING:
    pass

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
        JSON lines of measured shifts, the same that the predictor was trained on with the same ``exclude``: what that
        training held out is fitted on (validation scaffolds) and reported (test scaffolds). The checkpoint is that of a
        second fit, on both.
    library
        SMILES that decoys are taken from.
    exclude
        Benches, pair tables or lists of SMILES whose structures are neither truth nor decoy.
    predictor
        Shift predictor; the shipped one if None. It must lie beside the output, or be the shipped one.
    queries
        Folder that gets the held-out queries as benches, ``validation.jsonl`` and ``test.jsonl``.

    Returns
    -------
    Ranks of the test scaffolds' measured lists: top-1 and mean reciprocal rank by nuclei.

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

"""The task around tables of pairs: how well a model tells true from false ones; ``specmol_core.api`` offers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.config import RankConfig
from specmol_core.errors import UsageError
from specmol_core.matchnet_x.checkpoint import load_matchnet_x
from specmol_core.progress import Advance, ProgressFactory, no_progress
from specmol_core.retrieval.models import checkpoint_path, is_matchnet_x
from specmol_core.runtime.devices import resolve_device
from specmol_core.runtime.packages import require_torch
from specmol_core.shipped import shipped_weights

if TYPE_CHECKING:
    from specmol_core.matchnet.network.matcher import MatchNetMatcher
    from specmol_core.simulation.dataset.dataset import Dataset

__all__ = ["ALIGNMENT", "evaluate_pairs"]

ALIGNMENT = "alignment"
"""Name of the reading that needs no network."""


def evaluate_pairs(
    dataset: Path,
    tables: Sequence[Path],
    *,
    shifts: Sequence[Path] = (),
    features: Path | None = None,
    nuclei: str = "both",
    image_columns: int = 0,
    workers: int = 0,
    checkpoint: Path | None = None,
    model: str | None = None,
    device: str = RankConfig.device,
    progress: ProgressFactory = no_progress,
) -> list[dict[str, Any]]:
    """How well a model tells true from false pairs: one dictionary of figures per table.

    Parameters
    ----------
    dataset
        Dataset that holds the spectra of the tables' molecules.
    shifts
        Tables of shifts that the candidates' lines come from: those that the dataset was drawn from. matchnet-x
        predicts them itself without any; the alignment needs them, and the paper's networks have no use for them.
    features
        Feature store of the dataset, for one of the paper's networks; without one the features are computed anew.
    nuclei
        Spectra that are shown: both, 1H or 13C.
    image_columns
        Columns of the canonical pictures that matchnet-x reads the spectra from, and to which the alignment rounds the
        peaks; 0 for the stored traces and peaks. The paper's networks see their own pictures.
    workers
        Processes that read spectra for matchnet-x; 0 takes one per core.
    model
        Name of a shipped model, or ``alignment`` for the plain alignment of the drawn peak lists with ``shifts``.

    Raises
    ------
    UsageError, CheckpointError, DatasetError
        As ``evaluate_pairs``, ``evaluate_likelihood`` and ``evaluate_alignment`` of ``evaluation``; also if an option
        is given that the model has no use for.
    """
    from specmol_core.simulation.dataset.dataset import open_dataset

    given = {"--shifts": shifts, "--features": features, "--images": image_columns, "--checkpoint": checkpoint}
    if model == ALIGNMENT:
        _reject_unused_options(given, ("--features", "--checkpoint"), "the alignment")
        if not shifts:
            raise UsageError("--model alignment compares with tables of shifts: name them by --shifts")
    with ExitStack() as stack:
        if model == ALIGNMENT:
            from specmol_core.matchnet.pairs.alignment_pairs import evaluate_alignment

            data, advance = stack.enter_context(open_dataset(dataset)), stack.enter_context(progress("aligning"))
            return evaluate_alignment(data, tables, shifts, columns=image_columns, nuclei=nuclei, progress=advance)
        path = checkpoint_path(checkpoint, model)
        resolve_device(device)
        data, advance = stack.enter_context(open_dataset(dataset)), stack.enter_context(progress("spectra"))
        if is_matchnet_x(path):
            from specmol_core.matchnet.pairs.likelihood_pairs import evaluate_likelihood

            matcher = load_matchnet_x(path, shipped_weights())
            _reject_unused_options(given, ("--features",), matcher.model)
            settings: dict[str, Any] = {"nuclei": nuclei, "image_columns": image_columns, "workers": workers}
            return evaluate_likelihood(data, matcher, tables, shifts=shifts, progress=advance, **settings)
        require_torch(f"the network of {path}" if checkpoint is not None else f"--model {model}")
        from specmol_core.matchnet.network.matcher import load_matcher

        network = load_matcher(path, device)
        _reject_unused_options(given, ("--shifts", "--images"), network.model)
        return _evaluate_network(data, tables, network, path, features, nuclei, advance)


def _reject_unused_options(given: Mapping[str, object], options: Sequence[str], what: str) -> None:
    for option in options:
        if given[option]:
            raise UsageError(f"{option}: {what} has no use for it; leave it out")


def _evaluate_network(
    data: Dataset,
    tables: Sequence[Path],
    matcher: MatchNetMatcher,
    checkpoint: Path,
    features: Path | None,
    nuclei: str,
    advance: Advance,
) -> list[dict[str, Any]]:
    """The figures of one of the paper's networks."""
    from specmol_core.matchnet.features.store import FeatureStore
    from specmol_core.matchnet.pairs import pair_evaluation as pairs

    results = []
    with ExitStack() as stack:
        source = matcher.backbone if features is None else stack.enter_context(FeatureStore(features))
        for number, table in enumerate(tables, 1):
            figures = pairs.evaluate_pairs(data, source, checkpoint, [table], nuclei=nuclei, device=matcher.device)
            results += [{"table": name, **values} for name, values in figures.items()]
            advance(number, len(tables))
    return results

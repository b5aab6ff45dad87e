"""Measure how well a model separates true from false pairs; part of ``specmol_core.api``."""

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
"""Name of the baseline that needs no network."""


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
    """Measure how well a model separates true from false pairs; return one dictionary per table.

    Parameters
    ----------
    dataset
        Dataset with the spectra of the tables' molecules.
    tables
        Tables of pairs.
    shifts
        Tables of the candidates' shifts: those that the dataset was simulated from. The alignment
        requires them; matchnet-x predicts shifts without them; the paper's networks do not use them.
    features
        Feature store of the dataset, for one of the paper's networks; None computes the features.
    nuclei
        Spectra to use: both, 1H or 13C.
    image_columns
        Width of the canonical images (columns) from which matchnet-x extracts signals, and to which the
        alignment rounds peaks; 0 uses the stored traces and peaks. The paper's networks use their own
        images.
    workers
        Number of processes that read spectra for matchnet-x; 0 uses one per core.
    checkpoint
        Checkpoint of a trained model.
    model
        Name of a shipped model, or ``alignment`` for a plain alignment of the simulated peak lists with
        ``shifts``.
    device
        ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    UsageError, CheckpointError, DatasetError
        As ``evaluate_pairs``, ``evaluate_likelihood`` and ``evaluate_alignment`` of ``matchnet.pairs``;
        also if an option is given that the model does not use.
    """
    from specmol_core.simulation.dataset.dataset import open_dataset

    given = {"--shifts": shifts, "--features": features, "--images": image_columns, "--checkpoint": checkpoint}
    if model == ALIGNMENT:
        _reject_unused_options(given, ("--features", "--checkpoint"), "the alignment")
        if not shifts:
            raise UsageError("--model alignment needs tables of shifts; give them with --shifts")
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
            raise UsageError(f"{option}: {what} does not use it; leave it out")


def _evaluate_network(
    data: Dataset,
    tables: Sequence[Path],
    matcher: MatchNetMatcher,
    checkpoint: Path,
    features: Path | None,
    nuclei: str,
    advance: Advance,
) -> list[dict[str, Any]]:
    """Return the figures of one of the paper's networks, one entry per table."""
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

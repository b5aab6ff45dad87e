"""``specmol embed``: a library once through the network, into a cache that rankings start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import DEFAULT_DEVICE, CheckpointOption, DeviceOption, ModelOption, QuietOption, WorkersOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import EmbedConfig

__all__ = ["embed"]


def embed(
    library: Annotated[str, typer.Argument(help="Candidates: .sdf, .smi or .csv, also .gz; - reads SMILES.")],
    cache: Annotated[
        Path | None, typer.Option("--cache", "--output", "-o", help="Where the cache goes; beside the library if none.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="CSV of the rejected records, with their reasons.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="The first rejected record is an error.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Embed anew, whatever is there already.")] = False,
    max_atoms: Annotated[int, typer.Option(min=1, help="Heavy atoms a candidate may have.")] = EmbedConfig.max_atoms,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Molecules that go through the network together.")
    ] = EmbedConfig.batch_size,
    workers: WorkersOption = EmbedConfig.workers,
    checkpoint: CheckpointOption = None,
    model: ModelOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    quiet: QuietOption = False,
) -> None:
    """Embed a library into a cache.

    A killed run goes on where it stopped. Every record is embedded, a duplicate, or rejected with its reason.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    summary = api.embed(
        library,
        EmbedConfig(max_atoms=max_atoms, batch_size=batch_size, workers=workers, strict=strict),
        cache=cache,
        report=report,
        force=force,
        checkpoint=checkpoint,
        model=model,
        device=device,
        progress=reporter.progress,
        warn=reporter.warn,
    )
    counts = (
        f"{summary.read} read, {summary.embedded} embedded, {summary.duplicates} duplicates, "
        f"{summary.rejected} rejected"
    )
    write(f"{summary.cache}: {counts}\n", None)

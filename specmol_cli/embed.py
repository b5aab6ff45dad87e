"""``specmol embed``: embed a library into a cache that later rankings read."""

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
        Path | None,
        typer.Option("--cache", "--output", "-o", help="Cache to write (HDF5).  [default: beside the library]"),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="CSV file for the rejected records and their reasons.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop with an error at the first rejected record.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Embed again, even if the cache is complete.")] = False,
    max_atoms: Annotated[int, typer.Option(min=1, help="Most heavy atoms of a candidate.")] = EmbedConfig.max_atoms,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Molecules per pass through the network.")
    ] = EmbedConfig.batch_size,
    workers: WorkersOption = EmbedConfig.workers,
    checkpoint: CheckpointOption = None,
    model: ModelOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    quiet: QuietOption = False,
) -> None:
    """Prepare a library for faster rankings.

    The cache that it writes holds what the model needs of each candidate (the library is embedded). A stopped run
    continues where it was. Every record is embedded, counted as a duplicate, or rejected with a reason.
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

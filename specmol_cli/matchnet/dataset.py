"""``specmol matchnet dataset``: simulate spectra of molecules with known shifts, as training data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption, WorkersOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import DatasetConfig, EmbedConfig

__all__ = ["dataset"]


def dataset(
    shifts: Annotated[list[Path], typer.Option("--shifts", help="Parquet table of shifts; repeatable.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Dataset to write (HDF5).")],
    train: Annotated[list[Path], typer.Option("--train", help="Pair table of the training split; repeatable.")],
    validation: Annotated[
        list[Path] | None, typer.Option("--validation", help="Pair table of the validation split; repeatable.")
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option("--test", help="Pair table whose molecules are kept out of training; repeatable."),
    ] = None,
    copies: Annotated[
        int, typer.Option(min=1, help="Independent spectra of each training molecule.")
    ] = DatasetConfig.copies,
    limit: Annotated[int | None, typer.Option(min=1, help="Most training molecules.  [default: all]")] = None,
    limit_validation: Annotated[
        int | None, typer.Option(min=1, help="Most validation molecules.  [default: all]")
    ] = None,
    max_atoms: Annotated[int, typer.Option(min=1, help="Most heavy atoms of a molecule.")] = DatasetConfig.max_atoms,
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="Also train on molecules that are in no pair table.")
    ] = DatasetConfig.unlisted,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = DatasetConfig.seed,
    workers: WorkersOption = EmbedConfig.workers,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing dataset.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate spectra from shifts, to train on.

    The molecules and their spectra are written to one HDF5 dataset.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    dropped = api.build_dataset(
        shifts,
        {"train": train, "validation": validation or (), "test": test or ()},
        output,
        DatasetConfig(copies=copies, seed=seed, max_atoms=max_atoms, unlisted=unlisted),
        limits={k: v for k, v in (("train", limit), ("validation", limit_validation)) if v is not None},
        workers=workers,
        force=force,
        progress=reporter.progress,
    )
    write(f"{output}: written; left out: {', '.join(f'{v} {k}' for k, v in dropped.items()) or 'nothing'}\n", None)

"""``specmol train shifts``: the shift predictor of matchnet-x."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import ShiftTrainConfig

__all__ = ["shifts"]


def shifts(
    output: Annotated[Path, typer.Option("--output", "-o", help="Checkpoint to write (safetensors).")],
    measured: Annotated[list[Path], typer.Option("--measured", help="JSON lines of measured shifts; repeatable.")],
    predicted: Annotated[
        list[Path] | None, typer.Option("--predicted", help="Parquet table of predicted shifts; repeatable.")
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            "--exclude",
            help="Structures to leave out: benchmark set, SMILES list or pair table (its true pairs); repeatable.",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="Checkpoint of a predictor to start from.  [default: random weights]", show_default=False),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder for the state of the run, to continue it after a stop.  [default: beside --output]"),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = ShiftTrainConfig.epochs,
    batch_atoms: Annotated[int, typer.Option(min=1, help="Heavy atoms per step.")] = ShiftTrainConfig.batch_atoms,
    learning_rate: Annotated[float, typer.Option(help="Learning rate.")] = ShiftTrainConfig.learning_rate,
    dropout: Annotated[float, typer.Option(help="Fraction of hidden values set to zero.")] = ShiftTrainConfig.dropout,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = ShiftTrainConfig.seed,
    quiet: QuietOption = False,
) -> None:
    """Train the shift predictor of matchnet-x.

    It learns from measured and predicted shifts. Whole scaffolds are held out for validation and test. A stopped run
    continues where it was.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    config = ShiftTrainConfig(
        epochs=epochs, batch_atoms=batch_atoms, learning_rate=learning_rate, dropout=dropout, seed=seed
    )
    held_out = api.train_shifts(
        measured,
        predicted or (),
        output,
        config,
        exclude=exclude or (),
        start=start,
        folder=folder,
        report=reporter.say,
    )
    write(f"{output}: written; held-out scaffolds: {json.dumps(held_out)}\n", None)

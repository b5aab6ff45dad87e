"""``specmol matchnet pretrain``: train the image backbone to read spectra."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import PretrainConfig

__all__ = ["pretrain"]


def pretrain(
    shifts: Annotated[list[Path], typer.Option("--shifts", help="Parquet table of shifts; repeatable.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run, for its states and the backbone.")],
    exclude: Annotated[
        list[Path] | None, typer.Option("--exclude", help="Pair table whose structures are left out; repeatable.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--start", help="State file of another run, whose weights are the start.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the last state in the folder.")] = False,
    architecture: Annotated[
        str, typer.Option(help="Image network: resnet101, resnet50, densenet121 or efficientnet-b0.")
    ] = PretrainConfig.architecture,
    rows: Annotated[int, typer.Option(min=8, help="Height of the training images (pixels).")] = PretrainConfig.rows,
    steps: Annotated[int, typer.Option(min=1, help="Training steps.")] = PretrainConfig.steps,
    batch_size: Annotated[
        int, typer.Option(min=2, help="Images per step, half of them 1H.")
    ] = PretrainConfig.batch_size,
    learning_rate: Annotated[
        float, typer.Option(min=0.0, help="Highest learning rate of the cycle.")
    ] = PretrainConfig.learning_rate,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = PretrainConfig.seed,
    quiet: QuietOption = False,
) -> None:
    """Train the image backbone on simulated spectra.

    specmol matchnet train uses it as --backbone and does not train it further.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    result = api.pretrain(
        shifts,
        output,
        PretrainConfig(
            architecture, rows=rows, steps=steps, batch_size=batch_size, learning_rate=learning_rate, seed=seed
        ),
        exclude=exclude or (),
        start=start,
        resume=resume,
        progress=reporter.progress,
    )
    losses = ", ".join(f"{name} {value:.4f}" for name, value in result.losses.items())
    write(f"{output / 'backbone.safetensors'}: {result.steps} steps, {losses}\n", None)

"""``specmol matchnet pretrain-encoder``: train the molecular branch to predict the lines of molecules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import EncoderConfig

__all__ = ["pretrain_encoder"]


def pretrain_encoder(
    dataset: Annotated[Path, typer.Argument(help="Dataset (HDF5), see specmol matchnet dataset.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Encoder to write (safetensors).")],
    model: Annotated[str, typer.Option(help="Model whose molecular branch is trained.")] = EncoderConfig.model,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = EncoderConfig.epochs,
    batch_size: Annotated[int, typer.Option(min=2, help="Molecules per step.")] = EncoderConfig.batch_size,
    learning_rate: Annotated[
        float, typer.Option(min=0.0, help="Highest learning rate of the cycle.")
    ] = EncoderConfig.learning_rate,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = EncoderConfig.seed,
    quiet: QuietOption = False,
) -> None:
    """Train the molecular branch to predict the lines of molecules.

    specmol matchnet train starts from it with --encoder.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    config = EncoderConfig(model, epochs, batch_size, learning_rate, seed=seed)
    result = api.pretrain_encoder(dataset, output, config, report=reporter.say)
    write(f"{output}: epoch {result['epoch']}, validation loss {result['val_loss']:.4f}\n", None)

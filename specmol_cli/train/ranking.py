"""``specmol train ranking``: the likelihood model of matchnet-x."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write

__all__ = ["ranking"]


def ranking(
    output: Annotated[Path, typer.Option("--output", "-o", help="Checkpoint to write (safetensors).")],
    measured: Annotated[list[Path], typer.Option("--measured", help="JSON lines of measured shifts; repeatable.")],
    library: Annotated[Path, typer.Option("--library", help="SMILES from which decoys (wrong candidates) are drawn.")],
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            "--exclude", help="Structures to leave out: benchmark set, SMILES list or pair table; repeatable."
        ),
    ] = None,
    predictor: Annotated[Path | None, typer.Option(help="Shift predictor.  [default: the shipped one]")] = None,
    queries: Annotated[
        Path | None, typer.Option(help="Folder for the held-out queries, written as benchmark sets.")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="Checkpoint whose likelihood is kept: fit only the probability that none fits."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated spectra.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Train the likelihood model of matchnet-x on a shift predictor.

    Give the same --measured and --exclude files as in the training of the predictor. The model is fitted on the
    validation scaffolds that this training held out. The result reports how it ranks the test scaffolds. Use the
    checkpoint with specmol rank --checkpoint.
    """
    from specmol_core import api

    result = api.fit(
        measured, library, output, exclude=exclude or (), predictor=predictor, seed=seed, queries=queries,
        start=start, report=Reporter(quiet).say,
    )  # fmt: skip
    write(f"{output}: written; test scaffolds: {json.dumps(result)}\n", None)

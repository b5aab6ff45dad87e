"""``specmol fit``: what matchnet-x weighs, and how sure it may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write

__all__ = ["fit"]


def fit(
    output: Annotated[Path, typer.Option("--output", "-o", help="Checkpoint to write (safetensors).")],
    measured: Annotated[list[Path], typer.Option("--measured", help="JSON lines of measured shifts; repeatable.")],
    library: Annotated[Path, typer.Option("--library", help="SMILES that decoys are taken from.")],
    exclude: Annotated[
        list[Path] | None, typer.Option("--exclude", help="Bench, SMILES list or pair table to keep out; repeatable.")
    ] = None,
    predictor: Annotated[Path | None, typer.Option(help="Shift predictor; the shipped one if none.")] = None,
    queries: Annotated[
        Path | None, typer.Option(help="Folder that gets the held-out queries as benches, to evaluate on.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated spectra.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Fit matchnet-x on measured structures that its shift predictor has not seen.

    Give the files and exclusions that the predictor was trained with: it is fitted on the validation scaffolds that
    this training held out, and the result says how it ranks those of the test.
    """
    from specmol_core import api

    result = api.fit(
        measured, library, output, exclude=exclude or (), predictor=predictor, seed=seed, queries=queries,
        report=Reporter(quiet).say,
    )  # fmt: skip
    write(f"{output}: written; test scaffolds: {json.dumps(result)}\n", None)

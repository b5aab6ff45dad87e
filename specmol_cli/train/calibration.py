"""``specmol train calibration``: what rank --confidence and --max-error rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import CheckpointOption, QuietOption
from specmol_cli.output import Reporter, write

__all__ = ["calibration"]


def calibration(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: the checkpoint's name with .calibration.json.")
    ],
    measured: Annotated[list[Path], typer.Option("--measured", help="JSON lines of measured shifts; repeatable.")],
    library: Annotated[Path, typer.Option("--library", help="SMILES from which decoys (wrong candidates) are drawn.")],
    unseen: Annotated[
        list[Path],
        typer.Option(
            "--unseen",
            help="Benchmark set that the training excluded: its wrong candidates are the compounds; repeatable.",
        ),
    ],
    background: Annotated[
        Path, typer.Option("--background", help="Folder of measured pairs, into which the signals are composited.")
    ],
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            "--exclude", help="Structures to leave out: benchmark set, SMILES list or pair table; repeatable."
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    quiet: QuietOption = False,
) -> None:
    """Calibrate the confidence sets and the identifications of a model.

    The compounds are candidates of the --unseen benchmark sets that have measured lists of both nuclei; the right
    structures of these sets are left out. Each is ranked from its lists, from measured spectra and from plots of them,
    with its structure in the library and without it. Use the file beside the checkpoint with specmol rank --confidence
    and --max-error.
    """
    from specmol_core import api

    counts = api.calibrate(
        measured, library, unseen, background, output, exclude=exclude or (), checkpoint=checkpoint,
        progress=Reporter(quiet).progress,
    )  # fmt: skip
    write(f"{output}: written\n" + "".join(f"{kind}: {count} queries\n" for kind, count in counts.items()), None)

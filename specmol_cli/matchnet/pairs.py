"""``specmol matchnet pairs``: measure how a model distinguishes true from false pairs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import (
    DEFAULT_DEVICE,
    CheckpointOption,
    DeviceOption,
    OutputOption,
    QuietOption,
    TableFormat,
    TableFormatOption,
    WorkersOption,
)
from specmol_cli.output import Reporter, table, write
from specmol_core.api.config import EmbedConfig

__all__ = ["pairs"]


class _NucleiChoice(StrEnum):
    both = "both"
    h1 = "1H"
    c13 = "13C"


def pairs(
    tables: Annotated[list[Path], typer.Argument(help="Pair tables: CSV with candidate_smiles,label,spectrum_smiles.")],
    dataset: Annotated[Path, typer.Option("--dataset", help="Dataset with the spectra, see specmol matchnet dataset.")],
    shifts: Annotated[
        list[Path] | None,
        typer.Option("--shifts", help="Parquet table of the candidates' shifts; repeatable.  [default: predicted]"),
    ] = None,
    features: Annotated[Path | None, typer.Option(help="Feature store of a network.  [default: computed]")] = None,
    nuclei: Annotated[
        _NucleiChoice, typer.Option("--nuclei", help="Spectra that the model gets.")
    ] = _NucleiChoice.both,
    images: Annotated[
        int,
        typer.Option(
            "--images",
            min=0,
            help="Columns of the images to read, or to round peaks to; 0 for the stored traces.",
        ),
    ] = 0,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    checkpoint: CheckpointOption = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Shipped model, or alignment: align the drawn peaks with --shifts.  [default: matchnet-x]",
        ),
    ] = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Measure how a model distinguishes true from false pairs.

    The result has AUC, precision, recall, F1, accuracy and calibration error for each table. If --shifts gives the
    tables from which the dataset was simulated, the lines of a candidate differ from its spectrum only by the simulated
    errors.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    result = api.evaluate_pairs(
        dataset,
        tables,
        shifts=shifts or (),
        features=features,
        nuclei=nuclei,
        image_columns=images,
        workers=workers,
        checkpoint=checkpoint,
        model=model,
        device=device,
        progress=reporter.progress,
    )
    if output_format is TableFormat.json:
        write(json.dumps(result, indent=2) + "\n", output)
        return
    columns = [name for name, value in result[0].items() if name != "note" and not isinstance(value, dict)]
    rows = [[_cell(entry[name]) for name in columns] for entry in result]
    notes = [f"{e['table']}: left out {v} pairs, {reason}" for e in result for reason, v in e["skipped"].items()]
    notes += dict.fromkeys(e["note"] for e in result if "note" in e)
    write(table(columns, rows, notes, output, numbers=range(1, len(columns))), output)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)

"""``specmol evaluate``: measure a model on sets whose answers are known."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli import evaluate_simulator
from specmol_cli.help import help_without_command
from specmol_cli.options import DEFAULT_DEVICE, CheckpointOption, DeviceOption, ModelOption, QuietOption
from specmol_cli.output import Reporter, table, write

__all__ = ["app", "pairs"]

app = typer.Typer(rich_markup_mode=None)


class _Format(StrEnum):
    table = "table"
    json = "json"


class _Nuclei(StrEnum):
    both = "both"
    h1 = "1H"
    c13 = "13C"


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Measure a model on known answers."""
    help_without_command(context)


@app.command("pairs")
def pairs(
    tables: Annotated[list[Path], typer.Argument(help="Pair tables: CSV with candidate_smiles,label,spectrum_smiles.")],
    dataset: Annotated[Path, typer.Option("--dataset", help="Dataset with the spectra, see specmol dataset.")],
    features: Annotated[Path | None, typer.Option(help="Feature store of the dataset; computed anew if none.")] = None,
    nuclei: Annotated[_Nuclei, typer.Option("--nuclei", help="Spectra that are shown.")] = _Nuclei.both,
    form: Annotated[_Format, typer.Option("--format", help="Form of the result.")] = _Format.table,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File instead of standard output.")] = None,
    checkpoint: CheckpointOption = None,
    model: ModelOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    quiet: QuietOption = False,
) -> None:
    """Tell true pairs from false ones.

    The result is AUC, precision, recall, F1, accuracy and calibration error per table.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    found = api.evaluate_pairs(
        dataset,
        tables,
        features=features,
        nuclei=nuclei,
        checkpoint=checkpoint,
        model=model,
        device=device,
        progress=reporter.progress,
    )
    if form is _Format.json:
        write(json.dumps(found, indent=2) + "\n", output)
        return
    columns = [name for name, value in found[0].items() if not isinstance(value, dict)]
    rows = [[_cell(entry[name]) for name in columns] for entry in found]
    notes = [f"{e['table']}: left out {v} pairs, {reason}" for e in found for reason, v in e["skipped"].items()]
    write(table(columns, rows, notes, output, numbers=range(1, len(columns))), output)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


app.command("simulator")(evaluate_simulator.simulator)

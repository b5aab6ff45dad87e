"""``specmol shifts``: predict chemical shifts, and train what predicts them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.help import help_without_command
from specmol_cli.options import OutputOption, QuietOption, WorkersOption
from specmol_cli.output import Reporter, line_writer
from specmol_core.api.config import EmbedConfig, ShiftTrainConfig
from specmol_core.storage.plain_text import plain_text

__all__ = ["app", "predict", "train"]

app = typer.Typer(rich_markup_mode=None)


class _ShiftFormat(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


class _Backend(StrEnum):
    specmol = "specmol"
    csp5 = "csp5"


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Predict chemical shifts, and train the predictor."""
    help_without_command(context)


@app.command("predict")
def predict(
    library: Annotated[str, typer.Argument(help="Structures: .sdf, .smi or .csv, also .gz; - reads SMILES.")],
    solvent: Annotated[str, typer.Option(help="CDCl3, DMSO-d6, CD3OD, D2O, other or unknown.")] = "CDCl3",
    output_format: Annotated[
        _ShiftFormat, typer.Option("--format", help="A row per atom, or an object per structure.")
    ] = _ShiftFormat.csv,
    output: OutputOption = None,
    backend: Annotated[_Backend, typer.Option(help="What predicts.")] = _Backend.specmol,
    checkpoint: Annotated[Path | None, typer.Option(help="Shift predictor; the shipped one if none.")] = None,
    max_atoms: Annotated[int, typer.Option(min=1, help="Heavy atoms a structure may have.")] = EmbedConfig.max_atoms,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Predict the 1H and 13C shifts of structures, with their spread.

    Atoms are counted from 1 in the SMILES of the result. What cannot be predicted is said on standard error.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    result = api.predict_shifts(
        library, solvent=solvent, checkpoint=checkpoint, backend=backend, max_atoms=max_atoms, workers=workers,
        progress=reporter.progress,
    )  # fmt: skip
    rejected = 0
    with line_writer(output) as write_line:
        if output_format is _ShiftFormat.csv:
            write_line("record,name,smiles,nucleus,atom,ppm,uncertainty_ppm\n")
        for molecule in result:
            if molecule.shifts is None:
                rejected += 1
                _warn(f"warning: {library}: record {molecule.index + 1} {molecule.name}: {molecule.reason}")
                continue
            for line in _csv_lines(molecule) if output_format is _ShiftFormat.csv else (_json_line(molecule),):
                write_line(line + "\n")
    if rejected:
        _warn(f"warning: {library}: {rejected} records without prediction")


def _warn(text: str) -> None:
    """On standard error even where no terminal listens: no record is dropped in silence."""
    print(plain_text(text), file=sys.stderr)


def _csv_lines(molecule: Any) -> Iterator[str]:
    name = '"' + molecule.name.replace('"', '""') + '"' if set(molecule.name) & set('",\n\r') else molecule.name
    shifts = molecule.shifts
    start = f"{molecule.index + 1},{name},{molecule.smiles}"
    for atom, ppm in sorted(shifts.c13.items()):
        yield f"{start},13C,{atom + 1},{ppm:.2f},{_format_uncertainty(shifts.c13_uncertainty, atom)}"
    for atom, values in sorted(shifts.h1.items()):
        for ppm in values:
            yield f"{start},1H,{atom + 1},{ppm:.3f},{_format_uncertainty(shifts.h1_uncertainty, atom)}"


def _format_uncertainty(spreads: dict[int, float], atom: int) -> str:
    return f"{spreads[atom]:.3f}" if atom in spreads else ""


def _json_line(molecule: Any) -> str:
    shifts = molecule.shifts
    return json.dumps(
        {
            "record": molecule.index + 1,
            "name": molecule.name,
            "smiles": molecule.smiles,
            "13C": [
                {"atom": a + 1, "ppm": round(v, 3), "uncertainty_ppm": shifts.c13_uncertainty.get(a)}
                for a, v in sorted(shifts.c13.items())
            ],
            "1H": [
                {"atom": a + 1, "ppm": [round(v, 4) for v in values], "uncertainty_ppm": shifts.h1_uncertainty.get(a)}
                for a, values in sorted(shifts.h1.items())
            ],
            "degrees_of_freedom": {"13C": shifts.dof_c13, "1H": shifts.dof_h1},
        },
        ensure_ascii=False,
    )


@app.command("train")
def train(
    output: Annotated[Path, typer.Option("--output", "-o", help="Checkpoint to write (safetensors).")],
    measured: Annotated[list[Path], typer.Option("--measured", help="JSON lines of measured shifts; repeatable.")],
    predicted: Annotated[
        list[Path] | None, typer.Option("--predicted", help="Parquet table of predicted shifts; repeatable.")
    ] = None,
    exclude: Annotated[
        list[Path] | None, typer.Option("--exclude", help="Bench, SMILES list or pair table (its truths) to keep out.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the run keeps its state, to go on after a stop; beside the output if none."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = ShiftTrainConfig.epochs,
    batch_atoms: Annotated[int, typer.Option(min=1, help="Heavy atoms per step.")] = ShiftTrainConfig.batch_atoms,
    learning_rate: Annotated[float, typer.Option(help="Learning rate.")] = ShiftTrainConfig.learning_rate,
    dropout: Annotated[float, typer.Option(help="Share of hidden values withheld.")] = ShiftTrainConfig.dropout,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = ShiftTrainConfig.seed,
    quiet: QuietOption = False,
) -> None:
    """Train a shift predictor on measured and predicted shifts.

    Whole scaffolds are held out for validation and test. A stopped run goes on where it was.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    config = ShiftTrainConfig(
        epochs=epochs, batch_atoms=batch_atoms, learning_rate=learning_rate, dropout=dropout, seed=seed
    )
    held_out = api.train_shifts(
        measured, predicted or (), output, config, exclude=exclude or (), folder=folder, report=reporter.say
    )
    with line_writer(None) as write_line:
        write_line(f"{output}: written; held-out scaffolds: {json.dumps(held_out)}\n")

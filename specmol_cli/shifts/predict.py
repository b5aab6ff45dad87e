"""``specmol shifts predict``: predict the chemical shifts of structures."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, QuietOption, WorkersOption
from specmol_cli.output import Reporter, line_writer
from specmol_core.api.config import EmbedConfig
from specmol_core.storage.plain_text import plain_text

__all__ = ["predict"]


class _ShiftFormat(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


class _Backend(StrEnum):
    specmol = "specmol"
    csp5 = "csp5"


def predict(
    library: Annotated[str, typer.Argument(help="Structures: .sdf, .smi or .csv, also .gz; - reads SMILES.")],
    solvent: Annotated[
        str,
        typer.Option(
            help="CDCl3, DMSO-d6, CD3OD, D2O, acetone-d6, C6D6, CD3CN, CD2Cl2, THF-d8, pyridine-d5, other or unknown."
        ),
    ] = "CDCl3",
    output_format: Annotated[
        _ShiftFormat, typer.Option("--format", help="csv: one row per atom; jsonl: one object per structure.")
    ] = _ShiftFormat.csv,
    output: OutputOption = None,
    backend: Annotated[_Backend, typer.Option(help="Predictor; csp5 has to be installed.")] = _Backend.specmol,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint of the specmol predictor.  [default: the shipped one]")
    ] = None,
    max_atoms: Annotated[int, typer.Option(min=1, help="Most heavy atoms of a structure.")] = EmbedConfig.max_atoms,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Predict 1H and 13C shifts with their uncertainty.

    Atoms are numbered from 1 in the SMILES of the result. Structures that cannot be predicted are reported on standard
    error.
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
    """Print on standard error, even without a terminal: no record is dropped silently."""
    print(plain_text(text), file=sys.stderr)


def _csv_lines(molecule: Any) -> Iterator[str]:
    from specmol_core.storage.spreadsheet import cell_text

    name = cell_text(molecule.name)
    name = '"' + name.replace('"', '""') + '"' if set(name) & set('",\n\r') else name
    shifts = molecule.shifts
    start = f"{molecule.index + 1},{name},{molecule.smiles}"
    for atom, ppm in sorted(shifts.c13.items()):
        yield f"{start},13C,{atom + 1},{ppm:.2f},{_format_uncertainty(shifts.c13_uncertainty, atom)}"
    for atom, values in sorted(shifts.h1.items()):
        for ppm in values:
            yield f"{start},1H,{atom + 1},{ppm:.3f},{_format_uncertainty(shifts.h1_uncertainty, atom)}"


def _format_uncertainty(uncertainties: dict[int, float], atom: int) -> str:
    return f"{uncertainties[atom]:.3f}" if atom in uncertainties else ""


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

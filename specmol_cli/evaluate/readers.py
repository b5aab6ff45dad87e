"""``specmol evaluate readers``: measure how well spectra of known structures are read, from files or images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, QuietOption, TableFormat, TableFormatOption
from specmol_cli.output import Reporter, table, write
from specmol_core.errors import UsageError

__all__ = ["readers"]

_YES_NO = {True: "yes", False: "no"}
_STYLE_COLUMNS = (
    "style",
    "images",
    "axis_right_share",
    "refused",
    "axis_wrong",
    "median_shift_error",
    "lines_found_share",
    "seconds",
)


def readers(
    folder: Annotated[Path, typer.Argument(help="Folder of measured pairs with manifest.json, or of vendor files.")],
    images: Annotated[
        bool, typer.Option("--images", help="Plot each spectrum in several styles and read these images instead.")
    ] = False,
    weights: Annotated[Path | None, typer.Option(help="Shift predictor.  [default: the shipped one]")] = None,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure how well spectra are read.

    For measured pairs, the result has the files read, nuclei, solvents, expected 13C lines found and spurious lines.
    With --images, it has the axes and shifts read from plots. For a folder of vendor files, it has the share read
    right by format, and what is wrong with the others.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    result: Any
    vendor = api.holds_vendor_files(folder)
    if vendor and images:
        raise UsageError("--images plots measured pairs; omit it for a folder of vendor files")
    if vendor:
        result = api.evaluate_vendor_files(folder, progress=reporter.progress)
    elif images:
        result = api.evaluate_digitising(folder, progress=reporter.progress)
    else:
        result = api.evaluate_readers(folder, weights=weights, progress=reporter.progress)
    if output_format is TableFormat.json:
        write(json.dumps(result, indent=2) + "\n", output)
    elif images:
        write(
            table(
                _STYLE_COLUMNS,
                [[_cell(row[name]) for name in _STYLE_COLUMNS] for row in result],
                [],
                output,
                numbers=range(1, 8),
            ),
            output,
        )
    else:
        write(_vendor_text(result, output) if vendor else _text(result, output), output)


def _text(result: dict[str, Any], output: Path | None) -> str:
    header = ("compound", "read", "nucleus", "1H solvent", "13C solvent", "expected", "found", "picked", "spurious")
    rows = []
    for pair in result["pairs"]:
        files, lines = pair["files"], pair["lines"]
        counts = ["-"] * 4
        if lines is not None:
            counts = [str(n) for n in (lines["expected"], lines["found"], lines["picked"], len(lines["spurious"]))]
        read = _YES_NO[all(not file["failure"] for file in files)]
        right = _YES_NO[all(file["nucleus_is_right"] for file in files)]
        solvents = [f"{f['solvent'] or '?'}{'' if f['has_solvent_lines'] else ' (stated)'}" for f in files]
        rows.append((pair["compound"], read, right, *solvents, *counts))
    failures = [f"{f['path']}: {f['failure']}" for p in result["pairs"] for f in p["files"] if f["failure"]]
    totals = [f"{name}: {_cell(value)}" for name, value in result["totals"].items()]
    return table(header, rows, ["", *totals, *failures], output, numbers=range(5, 9))


def _vendor_text(result: dict[str, Any], output: Path | None) -> str:
    rows = [
        (entry["format"], str(entry["files"]), str(entry["right"]), f"{100 * entry['right_share']:.1f} %")
        for entry in result["formats"]
    ]
    wrong = [f"{file['path']}: {'; '.join(file['faults'])}" for file in result["files"] if file["faults"]]
    notes = ["", *wrong] if wrong else []
    return table(("format", "files", "right", "share"), rows, notes, output, numbers=range(1, 4))


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.5f}" if isinstance(value, float) else str(value)

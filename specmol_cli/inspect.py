"""``specmol inspect``: what a spectrum file holds, before anything is ranked with it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, TableFormat, TableFormatOption, window_of
from specmol_cli.output import table, write

__all__ = ["inspect"]

_COLUMNS = ("ppm", "height", "width Hz", "multiplicity", "kind", "what")


class _Nucleus(StrEnum):
    h1 = "1H"
    c13 = "13C"


def inspect(
    file: Annotated[str, typer.Argument(help="Spectrum of any format; FOLDER::EXPERIMENT names one of several.")],
    nucleus: Annotated[_Nucleus | None, typer.Option("--nucleus", help="Where the file does not say it.")] = None,
    form: TableFormatOption = TableFormat.table,
    plot: Annotated[Path | None, typer.Option("--plot", help="PNG of the trace with the picked lines.")] = None,
    window: Annotated[
        str | None,
        typer.Option("--range", "--h1-range", "--c13-range", metavar="HIGH,LOW", help="Range that a picture spans."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Show what a spectrum file holds.

    Conditions, range, picked lines with what each is taken for, 1H signals, and what looks wrong.
    """
    shown = window_of(window, "--range")
    from specmol_core import api

    told = api.inspect_spectrum(file, nucleus.value if nucleus is not None else None, window=shown, plot=plot)
    write(
        json.dumps(told, indent=2, ensure_ascii=False) + "\n" if form is TableFormat.json else _text(told, output),
        output,
    )


def _text(told: dict[str, Any], output: Path | None) -> str:
    peaks = told["peaks"]
    strongest = max((abs(p["height"]) for p in peaks), default=1.0)
    rows = [
        (
            f"{p['ppm']:.3f}",
            f"{100 * p['height'] / strongest:.1f} %",
            "" if p["width_hz"] is None else f"{p['width_hz']:.1f}",
            p["multiplicity"],
            p["kind"],
            p["reason"],
        )
        for p in peaks
    ]
    notes = [f"{_name(s)}" for s in told["signals"]] + [f"warning: {text}" for text in told["warnings"]]
    return _heading(told) + table(_COLUMNS, rows, ["", *notes] if notes else [], output, numbers=(0, 1, 2))


def _heading(told: dict[str, Any]) -> str:
    high, low = told["range_ppm"]
    field = f"{told['frequency_mhz']:.2f} MHz" if told["frequency_mhz"] else "field unknown"
    solvent = told["solvent"] or "solvent unknown"
    found = "" if told["solvent_found"] or not told["solvent"] else " (as stated)"
    first = f"{told['source']}: {told['nucleus']}, {field}, {solvent}{found}, {high:.2f} to {low:.2f} ppm"
    reference = f"; {told['referencing']}" if told["referencing"] else ""
    return f"{first}, {told['points']} points{reference}\n\n"


def _name(signal: dict[str, Any]) -> str:
    couplings = ", ".join(f"{j:.1f}" for j in signal["couplings_hz"])
    told = [signal["multiplicity"], f"J = {couplings} Hz" if couplings else "", f"{signal['integral']:.1f}H"]
    return f"signal {signal['ppm']:.2f} ({', '.join(part for part in told if part)})"

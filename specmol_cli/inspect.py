"""``specmol inspect``: show what a spectrum file holds, before a ranking uses it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, TableFormat, TableFormatOption, parse_window
from specmol_cli.output import Reporter, table, write

__all__ = ["inspect"]

_COLUMNS = ("ppm", "height", "width Hz", "multiplicity", "kind", "what")


class _NucleusChoice(StrEnum):
    h1 = "1H"
    c13 = "13C"


def inspect(
    file: Annotated[str, typer.Argument(help="Spectrum in any format; FOLDER::EXPERIMENT selects one of several.")],
    nucleus: Annotated[
        _NucleusChoice | None, typer.Option("--nucleus", help="Nucleus, if the file does not state it.")
    ] = None,
    output_format: TableFormatOption = TableFormat.table,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="PNG file for a plot of the trace with the picked lines.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            "--range", "--h1-range", "--c13-range", metavar="HIGH,LOW", help="Range that an image spans (ppm)."
        ),
    ] = None,
    solvent: Annotated[
        str | None,
        typer.Option(
            "--solvent", metavar="<name>", help="Solvent, such as CDCl3 or dmso; it overrides that of the file."
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Show what a spectrum file holds.

    The result has the conditions, the range, the picked lines with their assignment to compound, solvent or impurity,
    the 1H signals, and warnings.
    """
    window_ppm = parse_window(window, "--range")
    from specmol_core import api

    inspection = api.inspect_spectrum(
        file,
        nucleus.value if nucleus is not None else None,
        window=window_ppm,
        solvent=solvent,
        plot=plot,
        progress=Reporter(quiet=False).progress,
    )
    write(
        json.dumps(inspection, indent=2, ensure_ascii=False) + "\n"
        if output_format is TableFormat.json
        else _text(inspection, output),
        output,
    )


def _text(inspection: dict[str, Any], output: Path | None) -> str:
    peaks = inspection["peaks"]
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
    notes = [f"{_describe_signal(s)}" for s in inspection["signals"]] + [
        f"warning: {text}" for text in inspection["warnings"]
    ]
    return _heading(inspection) + table(_COLUMNS, rows, ["", *notes] if notes else [], output, numbers=(0, 1, 2))


def _heading(inspection: dict[str, Any]) -> str:
    high, low = inspection["range_ppm"]
    field = f"{inspection['frequency_mhz']:.2f} MHz" if inspection["frequency_mhz"] else "field unknown"
    solvent = inspection["solvent"] or "solvent unknown"
    notes = {"given": " (as given)", "lines": "", "file": " (as stated)", None: ""}
    solvent_note = notes[inspection["solvent_source"]]
    first = (
        f"{inspection['source']}: {inspection['nucleus']}, {field}, {solvent}{solvent_note}, "
        f"{high:.2f} to {low:.2f} ppm"
    )
    reference = f"; {inspection['referencing']}" if inspection["referencing"] else ""
    return f"{first}, {inspection['points']} points{reference}\n\n"


def _describe_signal(signal: dict[str, Any]) -> str:
    couplings = ", ".join(f"{j:.1f}" for j in signal["couplings_hz"])
    decimals = 2 if signal["integral"] < 0.1 else 1
    protons = f"{signal['integral']:.{decimals}f}H"
    parts = [signal["multiplicity"], f"J = {couplings} Hz" if couplings else "", protons]
    return f"signal {signal['ppm']:.2f} ({', '.join(part for part in parts if part)})"

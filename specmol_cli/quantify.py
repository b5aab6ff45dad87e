"""``specmol quantify``: how much of each species is in a mixture."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specmol_cli.options import OUTPUT_PANEL, OutputOption, QuietOption
from specmol_cli.output import Reporter, format_of, table, write
from specmol_core.errors import UsageError
from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from specmol_core.api import Amount, Quantification

__all__ = ["quantify"]

_SPECTRUM, _SPECIES = "Spectrum", "Species"
_CSV_COLUMNS = (
    "name", "smiles", "role", "seen", "fraction", "low", "high", "amount", "amount_low", "amount_high",
    "yield_percent", "conversion", "conversion_low", "conversion_high", "group",
)  # fmt: skip


class _Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


def quantify(
    h1: Annotated[
        str | None,
        typer.Option("--h1", metavar="<spectrum>", help="1H spectrum of the mixture.", rich_help_panel=_SPECTRUM),
    ] = None,
    c13: Annotated[
        str | None,
        typer.Option(
            "--c13", metavar="<spectrum>", help="13C spectrum instead; its areas say little.", rich_help_panel=_SPECTRUM
        ),
    ] = None,
    solvent: Annotated[
        str | None,
        typer.Option(
            "--solvent",
            metavar="<name>",
            help="Solvent, such as CDCl3 or ethanol; it overrides the file.",
            rich_help_panel=_SPECTRUM,
        ),
    ] = None,
    field: Annotated[
        float | None,
        typer.Option(
            "--field",
            min=1.0,
            max=2000.0,
            help="Frequency of the nucleus (MHz), if the file does not state it.",
            rich_help_panel=_SPECTRUM,
        ),
    ] = None,
    species: Annotated[
        Path | None,
        typer.Option(
            "--species", metavar="<file>", help="Species: .sdf, .smi or .csv, also .gz.", rich_help_panel=_SPECIES
        ),
    ] = None,
    reaction: Annotated[
        str | None,
        typer.Option(
            "--reaction", metavar="<SMILES>", help="Reaction A.B>>C; adds the conversion.", rich_help_panel=_SPECIES
        ),
    ] = None,
    standard: Annotated[
        str | None,
        typer.Option(
            "--standard",
            metavar="<SMILES>[:<amount>]",
            help="Internal standard; amounts are in its unit.",
            rich_help_panel=_SPECIES,
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="<name>=<file>",
            help="Spectrum of a pure species, in place of its prediction; repeat it.",
            rich_help_panel=_SPECIES,
        ),
    ] = None,
    amount: Annotated[
        list[str] | None,
        typer.Option(
            "--amount",
            metavar="<name>=<number>",
            help="Amount of a reactant at the start, for the yield; repeat it.",
            rich_help_panel=_SPECIES,
        ),
    ] = None,
    output_format: Annotated[
        _Format | None,
        typer.Option(
            "--format", help="Format of the result.  [default: by --output, else table]", rich_help_panel=OUTPUT_PANEL
        ),
    ] = None,
    output: OutputOption = None,
    explain: Annotated[
        Path | None,
        typer.Option("--explain", help="Picture of the fit to write, .svg or .png.", rich_help_panel=OUTPUT_PANEL),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Tell how much of each species is in a mixture.

    The spectra of the species are predicted from their structures and fitted to the spectrum together. Give --species,
    --reaction or both.

    Exit codes: 0 done, 2 usage, 3 spectrum unreadable or without its field, 4 species unreadable, 6 result not written.
    """
    if species is None and reaction is None:
        raise UsageError("no species given; give --species FILE or --reaction 'A.B>>C'")
    from specmol_core import api

    reporter = Reporter(quiet)
    result = api.quantify(
        h1,
        species if species is not None else (),
        c13=c13,
        reaction=reaction,
        solvent=solvent,
        standard=standard,
        references=dict(_pair(text, "--reference", "NAME=FILE") for text in reference or ()),
        amounts={name: _number(value) for name, value in (_pair(t, "--amount", "NAME=NUMBER") for t in amount or ())},
        field_mhz=field,
        explain=explain,
        progress=reporter.progress,
    )
    chosen = format_of(output_format, output)
    if chosen == "json":
        text = json.dumps(result.as_dict(), indent=2, ensure_ascii=False) + "\n"
    else:
        text = _csv(result) if chosen == "csv" else _table(result, output)
    for warning in result.warnings:
        reporter.warn(warning)
    write(text, output)


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    # A SMILES may have an equals sign, a number and most paths have none.
    name, equals, value = text.rpartition("=")
    if not equals or not name or not value:
        raise UsageError(f"{option} {text}: give {form}")
    return name, value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise UsageError(f"--amount {text}: give a number above 0")
    return value


def _table(result: Quantification, output: Path | None) -> str:
    has_amounts = any(a.amount is not None for a in result.amounts)
    header = ["species", "fraction", "interval", *(["amount", "interval"] if has_amounts else []), "signals (ppm)"]
    rows = [_row(result, a, has_amounts) for a in (*result.amounts, *result.groups)]
    notes = []
    for a in result.amounts:
        if a.conversion is not None:
            ends = f"{a.conversion_low:.3f} to {a.conversion_high:.3f}"
            notes.append(f"conversion of {plain_text(a.name)}: {a.conversion:.3f} ({ends})")
    notes += [
        f"yield of {plain_text(a.name)}: {a.yield_percent:.1f} %" for a in result.amounts if a.yield_percent is not None
    ]
    notes.append(f"unexplained: {100 * result.unexplained_share:.1f} % of the intensity")
    notes += [
        f"  {s.ppm:.3f} ppm, {100 * s.area:.1f} %{f', perhaps {s.suggestion}' if s.suggestion else ''}"
        for s in result.unexplained
    ]
    if result.background:
        notes.append("background: " + ", ".join(f"{n} {100 * s:.1f} %" for n, s in result.background.items()))
    notes += [f"warning: {plain_text(text)}" for text in result.warnings]
    return table(header, rows, ["", *notes], output, numbers=(1, 3) if has_amounts else (1,))


def _row(result: Quantification, amount: Amount, has_amounts: bool) -> list[str]:
    shifts = [s.ppm for s in result.signals if s.species == amount.name and s.ppm is not None]
    cells = [plain_text(amount.name)]
    if amount.seen:
        cells += [f"{amount.fraction:.3f}", f"{amount.low:.3f} to {amount.high:.3f}"]
    else:
        cells += ["not seen", f"below {amount.high:.3f}"]
    if has_amounts:
        assert amount.amount is not None
        shown = f"{amount.amount:.4g}" if amount.seen else "not seen"
        limits = (
            f"{amount.amount_low:.4g} to {amount.amount_high:.4g}" if amount.seen else f"below {amount.amount_high:.4g}"
        )
        cells += [shown, limits]
    return [*cells, ", ".join(f"{ppm:.2f}" for ppm in shifts)]


def _csv(result: Quantification) -> str:
    from specmol_core.storage.spreadsheet import cell_text

    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for amount in (*result.amounts, *result.groups):
        values = [getattr(amount, name) for name in _CSV_COLUMNS]
        writer.writerow([cell_text(v) if isinstance(v, str) else v for v in values])
    return file.getvalue()

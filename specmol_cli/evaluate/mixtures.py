"""``specmol evaluate mixtures``: measure amounts of mixtures whose composition is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.evaluate.component_tables import byproduct_text, component_text, reaction_text
from specmol_cli.options import OutputOption, QuietOption, TableFormat, TableFormatOption
from specmol_cli.output import Reporter, table, write
from specmol_core.errors import UsageError

__all__ = ["mixtures"]

_HEADER = ("mixture", "method", "MHz", "relative error", "absolute error", "true", "found", "intervals", "sums of")
_FIGURES = (
    "mixtures", "relative_error", "absolute_error", "relative_error_with_sums", "absolute_error_with_sums",
    "distinguished", "absolute_error_distinguished", "coverage",
)  # fmt: skip


def mixtures(
    folder: Annotated[Path | None, typer.Argument(help="Folder with truth.json and its spectra (npz).")] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="Folder of measured pure compounds with manifest.json: sums of two.")
    ] = None,
    most: Annotated[int, typer.Option("--sums", min=0, help="Most mixtures of each kind; 0 for the default.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the sums' fractions and shifts.")] = 0,
    components: Annotated[
        int | None,
        typer.Option(
            min=2, max=3, help="Measure sets of up to so many candidates instead, for the folder, --pairs and --lists."
        ),
    ] = None,
    lists: Annotated[
        Path | None, typer.Option(help="Benchmark set: its lists are joined, and mixtures of them simulated.")
    ] = None,
    library: Annotated[
        Path | None, typer.Option(help="SMILES file from which 1,000 candidates for each measured mixture are drawn.")
    ] = None,
    byproducts: Annotated[
        Path | None, typer.Option(help="Table of reactions: measure named by-products of 5 % instead.")
    ] = None,
    series: Annotated[
        bool, typer.Option("--series", help="With --byproducts: name them by five 1H spectra, as monitor does.")
    ] = False,
    reactions: Annotated[
        Path | None, typer.Option(help="Table of reactions: measure conversions of simulated ones instead.")
    ] = None,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure amounts of mixtures whose composition is known.

    Each mixture is quantified from structures alone and, where they are at hand, from pure spectra, beside plain
    least squares.
    """
    from specmol_core import api

    progress, as_json = Reporter(quiet).progress, output_format is TableFormat.json
    if series and byproducts is None:
        raise UsageError("--series: follows reactions with by-products; give --byproducts")
    if byproducts is not None:
        found = api.evaluate_byproducts(byproducts, series=series, most=most or 100, seed=seed, progress=progress)
        write(byproduct_text(found, as_json, output), output)
        return
    if reactions is not None:
        found = api.evaluate_reactions(reactions, most=most or 100, seed=seed, progress=progress)
        write(reaction_text(found, as_json, output), output)
        return
    if components is not None:
        found = api.evaluate_components(
            components=components, folder=folder, pairs=pairs, lists=lists, library=library, most=most or 50,
            seed=seed, progress=progress,
        )  # fmt: skip
        write(component_text(found, as_json, output), output)
        return
    if folder is None:
        raise UsageError("no mixtures given; give the folder that holds truth.json")
    result = api.evaluate_mixtures(folder, pairs=pairs, most=most, seed=seed, progress=Reporter(quiet).progress)
    if output_format is TableFormat.json:
        plain = {**result, "mixtures": [asdict(row) for row in result["mixtures"]]}
        write(json.dumps(plain, indent=2) + "\n", output)
    else:
        write(_text(result, output), output)


def _text(result: dict[str, Any], output: Path | None) -> str:
    rows = [
        (
            row.mixture,
            row.method,
            f"{row.frequency_mhz:.0f}",
            f"{row.relative_error:.3f}",
            f"{row.absolute_error:.3f}",
            _numbers(row.truth),
            _numbers(row.found),
            "; ".join(f"{low:.3f} to {high:.3f}" for low, high in row.intervals),
            "; ".join(" + ".join(row.species[k] for k in group) for group in row.groups),
        )
        for row in result["mixtures"]
    ]
    text = table(_HEADER, rows, [], output, numbers=(2, 3, 4))
    figures = [
        (part, method, *(f"{values[name]:.3f}".removesuffix(".000") for name in _FIGURES))
        for part, methods in result["figures"].items()
        for method, values in methods.items()
    ]
    header = ("set", "method", *(name.replace("_", " ") for name in _FIGURES))
    return text + "\n" + table(header, figures, [], output, numbers=range(2, len(header)))


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{v:.3f}" for v in values)

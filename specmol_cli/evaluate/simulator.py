"""``specmol evaluate simulator``: compare simulated spectra with measured ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, QuietOption, TableFormat, TableFormatOption
from specmol_cli.output import Reporter, table, write
from specmol_core.api.config import RealismConfig

__all__ = ["simulator"]


def simulator(
    spectra: Annotated[Path, typer.Argument(help="Measured pairs: manifest.json, or its folder.")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Shift predictor.  [default: the shipped one]")
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option("--library", help="SMILES from which decoys (wrong candidates) of the same formula are taken."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option("--plots", help="Folder for plots of measured above simulated spectra.")
    ] = None,
    ranges: Annotated[
        bool, typer.Option("--ranges", help="Only measure noise, line widths, phase, solvent and so on.")
    ] = False,
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Simulations of each measured spectrum.")
    ] = RealismConfig.draws,
    decoys: Annotated[
        int, typer.Option("--decoys", min=1, help="Decoys of each structure, the most similar first.")
    ] = RealismConfig.decoys,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of every random choice.")] = RealismConfig.seed,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure how well simulated spectra resemble measured ones.

    Each measured pair is simulated from its structure at the same field and in the same solvent. The result is how well
    a classifier distinguishes the two (AUC; 0.5 would be perfect), and by which features. For comparison, it has how
    well the classifier distinguishes the measured spectra of one source from the others. With --library, it also has
    the rank of the right structure among others of its formula.
    """
    from specmol_core import api

    config = RealismConfig(draws=draws, decoys=decoys, seed=seed)
    reporter = Reporter(quiet)
    if ranges:
        result = api.measure_ranges(spectra, checkpoint=checkpoint, progress=reporter.progress)
    else:
        result = api.evaluate_simulator(
            spectra, config, checkpoint=checkpoint, library=library, plots=plots, progress=reporter.progress
        )
    write(
        json.dumps(result, indent=2) + "\n" if output_format is TableFormat.json else _as_tables(result, output), output
    )


def _as_tables(result: dict[str, Any], output: Path | None) -> str:
    notes = [f"{result['pairs']} measured pairs", *(f"left out {reason}" for reason in result["skipped"])]
    if "ranges" in result:
        return _table(result["ranges"], notes, output)
    notes[0] += f" of {result['structures']} structures, {result['draws']} simulations of each spectrum"
    parts = [_table(result["real_or_simulated"], notes, output)]
    if result["sources"]:
        parts.append(_table(result["sources"], ["measured traces of one source against those of the others"], output))
    parts.append(_table(result["distinguishing_features"], [], output))
    if "decoys" in result:
        decoys = result["decoys"]
        short = (
            f"{decoys['short_query_count']} of {len(decoys['queries'])} queries have fewer than "
            f"{decoys['decoys_requested']} decoys"
        )
        parts += [_table(decoys["figures"], [short], output), _table(decoys["queries"], [], output)]
    return "\n".join(parts)


def _table(rows: list[dict[str, Any]], notes: list[str], output: Path | None) -> str:
    columns = list(rows[0]) if rows else []
    numbers = [i for i, name in enumerate(columns) if not isinstance(rows[0][name], str)]
    return table(columns, [[_cell(row[name]) for name in columns] for row in rows], notes, output, numbers=numbers)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""``specmol evaluate library``: rank measured queries in a whole library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import (
    DEFAULT_DEVICE,
    CheckpointOption,
    DeviceOption,
    ModelOption,
    OutputOption,
    QuietOption,
    WorkersOption,
)
from specmol_cli.output import Reporter, table, write
from specmol_core.api.config import EmbedConfig, RankConfig

__all__ = ["library"]


def library(
    benchmark: Annotated[Path, typer.Argument(help="Benchmark set: JSON lines of measured signals and candidates.")],
    source: Annotated[Path, typer.Option("--library", help="SMILES, one per line, also .gz.")],
    cache: Annotated[Path, typer.Option("--cache", help="Cache of the embedded library and truths (HDF5).")],
    prefilter: Annotated[
        int, typer.Option(min=1, help="Candidates that the fast search keeps.")
    ] = RankConfig.prefilter,
    hard: Annotated[
        int, typer.Option(min=1, help="Candidates with the nearest predicted spectra in the harder ranking.")
    ] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
    output: OutputOption = None,
    checkpoint: CheckpointOption = None,
    model: ModelOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Rank measured queries in a whole library, without a formula.

    The truths, without stereochemistry, are added to the library. An entry with the constitution of the truth counts as
    right. Each truth is also ranked among the candidates with the nearest predicted spectra.
    """
    from specmol_core import api

    result = api.evaluate_open_library(
        benchmark, source, cache, checkpoint=checkpoint, model=model, prefilter=prefilter, hard=hard, device=device,
        workers=workers, progress=Reporter(quiet).progress,
    )  # fmt: skip
    if as_json:
        write(json.dumps(result, indent=2) + "\n", output)
        return
    pools = {
        "whole library": "open",
        "the same, stereoisomers of the truth count as wrong": "stereoisomers distinct",
        "nearest by spectrum": "hard",
    }
    rows = [_row(name, result[key]) for name, key in pools.items()]
    shares = ", ".join(f"{share:.3f} among the first {count}" for count, share in result["prefilter"].items())
    notes = [
        f"{result['set']}: {result['queries']} queries in {result['candidates']} candidates with {result['model']}, "
        f"{result['seconds per query']:.2f} s per query",
        f"fast search alone: truths {shares}",
    ]
    columns = ["candidates", "top-1", "95 % interval", "top-5", "top-10", "MRR"]
    write(table(columns, rows, notes, output, numbers=range(1, 6)), output)


def _row(name: str, values: dict[str, Any]) -> list[str]:
    low, high = values["top-1 interval"]
    figures = [f"{values[key]:.3f}" for key in ("top-5", "top-10", "MRR")]
    return [name, f"{values['top-1']:.3f}", f"{low:.3f}-{high:.3f}", *figures]

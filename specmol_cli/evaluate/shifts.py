"""``specmol evaluate shifts``: compare predicted shifts with measured ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OutputOption, QuietOption, TableFormat, TableFormatOption
from specmol_cli.output import table, write

__all__ = ["shifts"]


_BenchmarksArgument = Annotated[
    list[Path] | None, typer.Argument(help="Benchmark sets: JSON lines of measured signals and candidates.")
]


def shifts(
    benchmarks: _BenchmarksArgument = None,
    reference: Annotated[
        list[Path] | None, typer.Option("--reference", help="Parquet table of another program's shifts; repeatable.")
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option("--held-out", help="Labelled archive of a training, to measure its held-out scaffolds."),
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Shift predictor.  [default: the shipped one]")] = None,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compare predicted shifts with measured ones.

    The result has the errors on the truths, the coverage of the uncertainty intervals, and how a plain alignment ranks
    the candidates.
    """
    from specmol_core import api

    result = api.evaluate_shifts(benchmarks or (), checkpoint=checkpoint, references=reference or (), held_out=held_out)
    if output_format is TableFormat.json:
        write(json.dumps(result, indent=2) + "\n", output)
        return
    text = table(
        ["set", "predictor", "13C ppm", "1H ppm", "13C 68 %", "13C 95 %", "1H 68 %", "1H 95 %", "top-1", "13C", "1H"],
        [_shift_row(entry) for entry in result if "ranking" in entry],
        [
            note
            for entry in result
            if "held out" in entry
            for note in (_held_out_note(entry), *_ion_notes(entry), *_group_notes(entry))
        ],
        output,
        numbers=range(2, 11),
    )
    write(text, output)


def _shift_row(entry: dict[str, Any]) -> list[str]:
    coverages = [entry[f"{n} within {level}"] for n in ("13C", "1H") for level in ("68%", "95%")]
    best = [f"{entry['ranking'][name]['top-1']:.3f}" for name in ("both", "13C", "1H")]
    return [
        entry["set"],
        entry["predictor"],
        f"{entry['13C error']:.3f}",
        f"{entry['1H error']:.4f}",
        *("" if share is None else f"{share:.3f}" for share in coverages),
        *best,
    ]


def _held_out_note(entry: dict[str, Any]) -> str:
    parts = [
        f"{nucleus}: sorted error {v['sorted error']:.3f} ppm ({v['molecules']} structures), assigned error "
        f"{v['assigned error']:.3f} ppm, median {v['median error']:.3f} ppm, within 68 % {v['within 68%']:.3f}, "
        f"within 95 % {v['within 95%']:.3f} ({v['assigned labels']} shifts)"
        for nucleus, v in entry["held out"].items()
    ]
    return f"{entry['set']}: {'; '.join(parts)}"


def _ion_notes(entry: dict[str, Any]) -> list[str]:
    """One line for each nucleus that ions have labels of."""
    found = {nucleus: report.get("ions, factor of the others") for nucleus, report in entry["held out"].items()}
    return [
        f"{nucleus} of ions of the validation and test scaffolds: within 68 % {v['within 68%']:.3f} "
        f"({v['interval'][0]:.3f} to {v['interval'][1]:.3f}) and within 95 % "
        f"{v['within 95%']:.3f} with the factor of the other ions, {v['within 68%, no factor']:.3f} and "
        f"{v['within 95%, no factor']:.3f} without one ({v['assigned labels']} shifts of {v['molecules']} structures, "
        f"factor of all {v['factor']:.2f})"
        for nucleus, v in found.items()
        if v is not None
    ]


def _group_notes(entry: dict[str, Any]) -> list[str]:
    """One line for each nucleus and group of labelled atoms."""
    rows = [
        (nucleus, name, str(v["assigned labels"]), f"{v['assigned error']:.3f}", f"{v['median error']:.3f}",
         f"{v['within 68%']:.2f}", f"{v['within 95%']:.2f}")
        for nucleus, report in entry["held out"].items()
        for name, v in report["groups"].items()
    ]  # fmt: skip
    columns = ("nucleus", "atoms", "shifts", "mean error (ppm)", "median", "within 68 %", "within 95 %")
    return table(columns, rows, [], None, numbers=range(2, 7)).splitlines()

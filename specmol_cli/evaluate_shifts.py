"""``specmol evaluate shifts`` and ``specmol evaluate ranking``: predicted shifts and models on ranking benches."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import DEFAULT_DEVICE, DeviceOption, QuietOption
from specmol_cli.output import Reporter, table, write

__all__ = ["ranking", "shifts"]


class _Form(StrEnum):
    table = "table"
    json = "json"


_FormOption = Annotated[_Form, typer.Option("--format", help="Form of the result.")]
_OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File instead of standard output.")]
_BenchArgument = Annotated[
    list[Path], typer.Argument(help="Ranking benches: JSON lines of measured signals and candidates.")
]


def shifts(
    benches: _BenchArgument,
    reference: Annotated[
        list[Path] | None, typer.Option("--reference", help="Parquet table of another program's shifts; repeatable.")
    ] = None,
    held_out: Annotated[
        Path | None, typer.Option("--held-out", help="Labelled archive of the training, for its held-out scaffolds.")
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Shift predictor; the shipped one if none.")] = None,
    form: _FormOption = _Form.table,
    output: _OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compare predicted shifts with measured ones.

    Errors on the truths, coverage of the intervals, and how a plain alignment ranks the pools.
    """
    from specmol_core import api

    found = api.evaluate_shifts(benches, checkpoint=checkpoint, references=reference or (), held_out=held_out)
    if form is _Form.json:
        write(json.dumps(found, indent=2) + "\n", output)
        return
    text = table(
        ["set", "predictor", "13C ppm", "1H ppm", "13C 68 %", "13C 95 %", "1H 68 %", "1H 95 %", "top-1", "13C", "1H"],
        [_shift_row(entry) for entry in found if "ranking" in entry],
        [_held_out_note(entry) for entry in found if "held out" in entry],
        output,
        numbers=range(2, 11),
    )
    write(text, output)


def _shift_row(entry: dict[str, Any]) -> list[str]:
    covered = [entry[f"{n} within {level}"] for n in ("13C", "1H") for level in ("68%", "95%")]
    best = [f"{entry['ranking'][name]['top-1']:.3f}" for name in ("both", "13C", "1H")]
    return [
        entry["set"],
        entry["predictor"],
        f"{entry['13C error']:.3f}",
        f"{entry['1H error']:.4f}",
        *("" if share is None else f"{share:.3f}" for share in covered),
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


def ranking(
    benches: Annotated[
        list[Path] | None, typer.Argument(help="Ranking benches: JSON lines of measured signals and candidates.")
    ] = None,
    spectra: Annotated[
        Path | None, typer.Option("--spectra", help="Folder of measured pairs with their manifest.json.")
    ] = None,
    library: Annotated[
        Path | None, typer.Option("--library", help="SMILES that the isomers of measured pairs are taken from.")
    ] = None,
    isomers: Annotated[int, typer.Option("--isomers", min=1, help="Isomers a measured pair is ranked among.")] = 200,
    pictures: Annotated[bool, typer.Option("--pictures", help="Rank benches from plots of them too.")] = False,
    laboratory: Annotated[
        Path | None,
        typer.Option("--laboratory", help="Folder of measured pairs: lay the benches' signals into these spectra too."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Parquet table of CSP5's shifts: rank by it, and refine with it.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="Trained model, the shipped one if none; repeatable.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Shipped model, the default one if none; repeatable.")
    ] = None,
    form: _FormOption = _Form.table,
    output: _OutputOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    quiet: QuietOption = False,
) -> None:
    """Rank the candidates of measured queries.

    A bench lists signals, from which the spectra are drawn, or which are laid into measured spectra. Measured pairs are
    read from their files, and from plots.
    """
    from specmol_core import api

    found = api.evaluate_ranking(
        benches or (),
        spectra=spectra,
        library=library,
        isomers=isomers,
        pictures=pictures,
        laboratory=laboratory,
        reference=reference,
        checkpoints=checkpoint or (),
        models=model or (),
        device=device,
        progress=Reporter(quiet).progress,
    )
    if form is _Form.json:
        write(json.dumps(found, indent=2) + "\n", output)
        return
    rows = [
        [entry["set"], entry["model"], shown, *_rank_cells(values), _time(entry["milliseconds per candidate"])]
        for entry in found
        for shown, values in entry["ranking"].items()
    ]
    columns = ["set", "model", "nuclei", "top-1", "95 % interval", "top-5", "top-10", "MRR", "ms/candidate"]
    write(
        table(columns, rows, [_posterior_note(e) for e in found if e["posterior"]], output, numbers=range(3, 9)), output
    )


def _time(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.2f}"


def _posterior_note(entry: dict[str, Any]) -> str:
    values, share = entry["posterior"], entry.get("predicted again")
    again = "" if share is None else f"; {share:.1%} of the candidates predicted again"
    return (
        f"{entry['set']}, {entry['model']}: truth in the best group "
        f"{values['truth in the best group']:.3f}; calibration error {values['calibration error']:.3f}; none fits "
        f"{values['none fits, truth missing']:.3f} without the truth, {values['none fits, truth there']:.3f} with it; "
        f"identified {values['identified']:.3f} with it, of these right {values['identified, right']:.3f}, and "
        f"{values['identified, truth missing']:.3f} without it; "
        f"ambiguous {values['ambiguous']:.3f}{again}"
    )


def _rank_cells(values: dict[str, Any]) -> list[str]:
    low, high = values["top-1 interval"]
    return [
        f"{values['top-1']:.3f}",
        f"{low:.3f}-{high:.3f}",
        *(f"{values[name]:.3f}" for name in ("top-5", "top-10", "MRR")),
    ]

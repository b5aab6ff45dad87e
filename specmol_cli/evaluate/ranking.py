"""``specmol evaluate ranking``: measure how models rank the candidates of benchmark sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import DEFAULT_DEVICE, DeviceOption, OutputOption, QuietOption, TableFormat, TableFormatOption
from specmol_cli.output import Reporter, table, write
from specmol_core.api.config import RankConfig

__all__ = ["ranking"]


def ranking(
    benchmarks: Annotated[
        list[Path] | None, typer.Argument(help="Benchmark sets: JSON lines of measured signals and candidates.")
    ] = None,
    spectra: Annotated[
        Path | None, typer.Option("--spectra", help="Folder of measured pairs with its manifest.json.")
    ] = None,
    library: Annotated[
        Path | None, typer.Option("--library", help="SMILES from which the isomers of measured pairs are taken.")
    ] = None,
    isomers: Annotated[
        int, typer.Option("--isomers", min=1, help="Isomers that each measured pair is ranked among.")
    ] = 200,
    images: Annotated[bool, typer.Option("--images", help="Rank the sets from plots, too.")] = False,
    background: Annotated[
        Path | None,
        typer.Option(
            "--background",
            help="Folder of measured pairs: composite the signals of the queries into these spectra, too.",
        ),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Parquet table of CSP5's shifts: rank and refine with them, too.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="Trained model; repeatable.  [default: the shipped one]")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help=f"Shipped model; repeatable.  [default: {RankConfig.model}]")
    ] = None,
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    quiet: QuietOption = False,
) -> None:
    """Measure how models rank the candidates of measured queries.

    A benchmark set has peak lists, from which spectra are drawn; with --background they are composited into measured
    spectra. The measured pairs of --spectra are read from their files and from plots.
    """
    from specmol_core import api

    result = api.evaluate_ranking(
        benchmarks or (),
        spectra=spectra,
        library=library,
        isomers=isomers,
        images=images,
        background=background,
        reference=reference,
        checkpoints=checkpoint or (),
        models=model or (),
        device=device,
        progress=Reporter(quiet).progress,
    )
    if output_format is TableFormat.json:
        write(json.dumps(result, indent=2) + "\n", output)
        return
    rows = [
        [entry["set"], entry["model"], nuclei, *_rank_cells(values), _time(entry["milliseconds per candidate"])]
        for entry in result
        for nuclei, values in entry["ranking"].items()
    ]
    columns = [
        "set",
        "model",
        "nuclei",
        "top-1",
        "95 % interval",
        "top-5",
        "top-10",
        "MRR",
        "95 % interval",
        "ms/candidate",
    ]
    write(
        table(columns, rows, [note for entry in result for note in _notes(entry)], output, numbers=range(3, 10)),
        output,
    )


def _time(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.2f}"


def _notes(entry: dict[str, Any]) -> list[str]:
    sets = entry.get("sets", {})
    notes = [_posterior_note(entry)] if entry["posterior"] else []
    for nucleus, values in entry.get("posterior of one nucleus", {}).items():
        notes.append(_posterior_note(entry | {"set": f"{entry['set']}, {nucleus} alone", "posterior": values}))
    if by_solvent := entry.get("solvents"):
        notes.append(_solvent_note(f"{entry['set']}, {entry['model']}", by_solvent))
    if entry["posterior"] and not sets:
        notes.append(f"{entry['set']}, {entry['model']}: no confidence sets, because there is no calibration for it")
    for nuclei, values in sets.items():
        notes += [
            f"{entry['set']}, {entry['model']}, {nuclei}: {text}" for text in (_set_note(values), _risk_note(values))
        ]
    return notes


def _solvent_note(label: str, solvents: dict[str, Any]) -> str:
    shares = (
        f"{name} {_share(values['top-1'], values['top-1 interval'])} of {values['queries']}"
        for name, values in solvents.items()
    )
    return f"{label}: top-1 by solvent, both nuclei: {', '.join(shares)}"


def _set_note(values: dict[str, Any]) -> str:
    refused = f"; {values['refused']} refused" if values["refused"] else ""
    return (
        f"{100 * values['level']:g} % set covers {_share(values['coverage'], values['interval'])}, on average "
        f"{values['mean groups']:.2f} groups and {values['mean candidates']:.2f} candidates, one group in "
        f"{values['single']:.3f}{refused}"
    )


def _risk_note(values: dict[str, Any]) -> str:
    parts = [
        f"at {called['max_error']:g} refused"
        if called["threshold"] is None
        else f"at {called['max_error']:g} (from {called['threshold']:.4f}) {called['called']:.3f} identified, wrong "
        f"{_share(called['wrong'], called['wrong interval'])}, without the compound "
        f"{_share(called['called without the compound'], called['called without interval'])}"
        for called in values["identified"]
    ]
    curve = ", ".join(f"{point['share']:.2f}: {point['wrong']:.3f}" for point in values["curve"])
    return f"{'; '.join(parts)}; share identified: share of these wrong: {curve}"


def _share(value: float, interval: list[float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _posterior_note(entry: dict[str, Any]) -> str:
    rescored = entry.get("share rescored")
    rescored_note = "" if rescored is None else f"; {rescored:.1%} of the candidates rescored"

    def rate(name: str) -> str:
        interval = entry["posterior"]["intervals"].get(name)
        return "none" if interval is None else _share(entry["posterior"][name], interval)

    return (
        f"{entry['set']}, {entry['model']}: truth in the best group {rate('truth in the best group')}; calibration "
        f"error {rate('calibration error')}; none fits {rate('none fits, truth absent')} without the truth, "
        f"{rate('none fits, truth present')} with it; identified or probable {rate('identified or probable')} with it; "
        f"identified {rate('identified')} with it, of these right {rate('identified, right')}, and "
        f"{rate('identified, truth absent')} without it; probable {rate('probable')} with it, of these right "
        f"{rate('probable, right')}, and {rate('probable, truth absent')} without it; mixture? {rate('mixture?')} "
        f"with it; open {rate('open')}{rescored_note}"
    )


def _rank_cells(values: dict[str, Any]) -> list[str]:
    top, reciprocal = values["top-1 interval"], values["MRR interval"]
    return [
        f"{values['top-1']:.3f}",
        f"{top[0]:.3f}-{top[1]:.3f}",
        *(f"{values[name]:.3f}" for name in ("top-5", "top-10", "MRR")),
        f"{reciprocal[0]:.3f}-{reciprocal[1]:.3f}",
    ]

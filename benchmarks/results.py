"""What was reached: printed, kept as JSON, and shown in the README."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measurement import Measurement

from specmol_core.storage.atomic import atomic_write

__all__ = ["Results", "print_figures", "read_results", "write_readme", "write_results"]

_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"


@dataclass
class Results:
    """The figures of one machine and one checkpoint."""

    machine: Mapping[str, Any]
    checkpoint: str
    quick: bool
    measured: dict[str, str] = field(default_factory=dict)
    """When each benchmark ran."""
    figures: dict[str, list[Measurement]] = field(default_factory=dict)
    """Of each benchmark."""


def read_results(path: Path) -> Results | None:
    """The results of earlier runs; None if there are none.

    Raises
    ------
    ValueError
        If the file is no such results.
    """
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text())
        figures = {
            name: [Measurement.from_json(v) for v in measurements] for name, measurements in values["figures"].items()
        }
        return Results(values["machine"], values["checkpoint"], values["quick"], values["measured"], figures)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: these are no results of a benchmark ({error}); remove the file") from None


def write_results(path: Path, results: Results) -> None:
    """Write them as JSON, atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    values = {"quick": results.quick, "checkpoint": results.checkpoint, "machine": results.machine}
    figures = {name: [figure.to_json() for figure in measurements] for name, measurements in results.figures.items()}
    with atomic_write(path) as file:
        json.dump({**values, "measured": results.measured, "figures": figures}, file, indent=2)
        file.write("\n")


def print_figures(figures: Sequence[Measurement]) -> None:
    """One line a figure, one more for its note."""
    for figure in figures:
        target = f"asked: {figure.target}" if figure.target else ""
        print(f"  {figure.what}\n      reached: {figure.summary}   {target}   {_target_status(figure)}".rstrip())
        if figure.note:
            print(f"      {figure.note}")


def write_readme(path: Path, results: Results) -> None:
    """Put the results between the two marks of the README.

    Raises
    ------
    ValueError
        If the marks are not there.
    OutputError
        If the file cannot be written.
    """
    before, mark, rest = path.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError(f"{path}: the marks {_BEGIN} and {_END} are missing")
    with atomic_write(path) as file:
        file.write(f"{before}{_BEGIN}\n\n{_text(results)}\n{_END}{after}")


def _text(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    cores = f"{machine['cores']} of {machine['cores_there']} cores"
    lines = [
        f"Machine: {machine['processor']}, {cores}, {machine['memory_gb']} GB, {machine['system']}, no GPU used.  ",
        f"Python {machine['python']}, {versions}.  ",
        f"Weights: {results.checkpoint}. Medians; the lowest and the highest run in brackets.",
        "",
        "| What | Goal | Measured | Met | Command | Note |",
        "|---|---|---|---|---|---|",
    ]
    for measurements in results.figures.values():
        for f in measurements:
            command = f"`{f.command}`" if f.command else ""
            cells = (f.what, f.target, f.summary, _target_status(f), command, f.note)
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    days = sorted(set(results.measured.values()))
    lines += ["", f"Measured on {', '.join(days)} by `python benchmarks/run.py`; every run is in `results.json`.", ""]
    return "\n".join(lines)


def _target_status(figure: Measurement) -> str:
    return {True: "yes", False: "NO", None: ""}[figure.is_met]

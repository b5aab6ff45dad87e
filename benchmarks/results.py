"""Results of benchmarks: printed, stored as JSON, and written to the README."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measurement import Measurement

from specmol_core.storage.atomic import atomic_write

__all__ = ["Results", "print_measurements", "read_results", "write_readme", "write_results"]

_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"


@dataclass
class Results:
    """The measurements of one machine and one checkpoint."""

    machine: Mapping[str, Any]
    checkpoint: str
    quick: bool
    dates: dict[str, str] = field(default_factory=dict)
    """Date of each benchmark, by name."""
    measurements: dict[str, list[Measurement]] = field(default_factory=dict)
    """Measurements of each benchmark, by name."""


def read_results(path: Path) -> Results | None:
    """The results of earlier runs; None if there are none.

    Raises
    ------
    ValueError
        If the file does not hold such results.
    """
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text())
        measurements = {name: [Measurement.from_json(v) for v in part] for name, part in values["measurements"].items()}
        return Results(values["machine"], values["checkpoint"], values["quick"], values["dates"], measurements)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: holds no results of benchmarks ({error}); remove the file") from None


def write_results(path: Path, results: Results) -> None:
    """Write results as JSON, atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    values = {"quick": results.quick, "checkpoint": results.checkpoint, "machine": results.machine}
    measurements = {
        name: [measurement.to_json() for measurement in part] for name, part in results.measurements.items()
    }
    with atomic_write(path) as file:
        json.dump({**values, "dates": results.dates, "measurements": measurements}, file, indent=2)
        file.write("\n")


def print_measurements(measurements: Sequence[Measurement]) -> None:
    """Print each measurement with its target and its note."""
    for measurement in measurements:
        target = f"goal: {measurement.target}" if measurement.target else ""
        print(f"  {measurement.what}")
        print(f"      {measurement.summary}   {target}   {_target_status(measurement)}".rstrip())
        if measurement.note:
            print(f"      {measurement.note}")


def write_readme(path: Path, results: Results) -> None:
    """Write the results between the two marks of the README.

    Raises
    ------
    ValueError
        If the marks are missing.
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
    cores = f"{machine['cores']} of {machine['machine_cores']} cores"
    lines = [
        f"Machine: {machine['processor']}, {cores}, {machine['memory_gb']} GB, {machine['system']}, no GPU used.  ",
        textwrap.fill(f"Python {machine['python']}, {versions}.", 100) + "  ",
        f"Weights: {results.checkpoint}. Medians, with the lowest and the highest run in brackets.",
        "",
        "| What | Goal | Measured | Met | Command | Note |",
        "|---|---|---|---|---|---|",
    ]
    for measurements in results.measurements.values():
        for f in measurements:
            command = f"`{f.command}`" if f.command else ""
            cells = (f.what, f.target, f.summary, _target_status(f), command, f.note)
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    days = sorted(set(results.dates.values()))
    lines += ["", f"Measured on {', '.join(days)} by `python benchmarks/run.py`; every run is in `results.json`.", ""]
    return "\n".join(lines)


def _target_status(measurement: Measurement) -> str:
    return {True: "yes", False: "NO", None: ""}[measurement.is_met]

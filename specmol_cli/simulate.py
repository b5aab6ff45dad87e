"""``specmol simulate``: simulate paired spectra of the structures of a library, in one file."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import QuietOption, WorkersOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import EmbedConfig, LibrarySimulationConfig, SimulationConfig
from specmol_core.storage.plain_text import plain_text

__all__ = ["simulate"]


class Experiment(StrEnum):
    """13C experiments."""

    plain = "1D"
    dept_90 = "DEPT-90"
    dept_135 = "DEPT-135"
    apt = "APT"


_EXPERIMENT = Experiment(SimulationConfig.experiment)


def simulate(
    library: Annotated[str, typer.Argument(help="Structures: .sdf, .smi or .csv, also .gz; - reads SMILES.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Dataset to write (HDF5).")],
    png: Annotated[Path | None, typer.Option("--png", help="Folder for an image of each spectrum.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = LibrarySimulationConfig.seed,
    copies: Annotated[
        int, typer.Option(min=1, help="Independent spectra of each structure.")
    ] = LibrarySimulationConfig.copies,
    solvent: Annotated[str, typer.Option(help="Solvent, such as CDCl3 or DMSO-d6.  [default: random]")] = "",
    frequency: Annotated[
        float | None, typer.Option(min=60, max=1000, help="1H frequency (MHz).  [default: random]")
    ] = None,
    experiment: Annotated[Experiment, typer.Option(help="13C experiment.")] = _EXPERIMENT,
    max_atoms: Annotated[
        int, typer.Option(min=1, help="Most heavy atoms of a structure.")
    ] = LibrarySimulationConfig.max_atoms,
    shifts: Annotated[
        Path | None, typer.Option("--shifts", help="Shift predictor.  [default: the shipped one]")
    ] = None,
    workers: WorkersOption = EmbedConfig.workers,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing dataset.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate paired 1H and 13C spectra of structures.

    A stopped run continues where it was. Every record is simulated or rejected with a reason.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    summary = api.simulate(
        library,
        output,
        LibrarySimulationConfig(copies=copies, seed=seed, max_atoms=max_atoms),
        settings={
            "solvent": solvent,
            "frequency_mhz": frequency or SimulationConfig.frequency_mhz,
            "experiment": experiment.value,
        },
        weights=shifts,
        images=png,
        workers=workers,
        force=force,
        progress=reporter.progress,
        warn=reporter.warn,
    )
    rejected = sum(summary.rejected.values())
    if rejected:
        reasons = ", ".join(f"{count} {what}" for what, count in summary.rejected.items())
        # Printed even without a terminal: no record is dropped silently.
        print(plain_text(f"warning: {rejected} records rejected: {reasons}"), file=sys.stderr)
    write(
        f"{summary.output}: {summary.read} read, {summary.simulated} simulated, "
        f"{sum(summary.rejected.values())} rejected\n",
        None,
    )

"""The group ``specmol evaluate`` and its commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from specmol_cli.evaluate import library, mixtures, ranking, readers, shifts, simulator
from specmol_cli.help import Command, Group, ImagesCommand, help_without_command

__all__ = ["app"]


class _Evaluate(Group):
    renamed: ClassVar[Mapping[str, str]] = {"pairs": "specmol matchnet pairs", "paper": "specmol matchnet tables"}


class _RankingCommand(ImagesCommand):
    renamed_options: ClassVar[Mapping[str, str]] = {"--laboratory": "--background"}


app = typer.Typer(cls=_Evaluate, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Measure models on benchmark sets and measured spectra.

    The data are not part of the package; the documentation says where they come from.
    """
    help_without_command(context)


app.command("ranking", cls=_RankingCommand, epilog="specmol evaluate ranking isomers.jsonl.gz --model matchnet-x")(
    ranking.ranking
)
app.command(
    "library",
    cls=Command,
    epilog="specmol evaluate library isomers.jsonl.gz --library all.smi --cache all.h5",
)(library.library)
app.command("shifts", cls=Command, epilog="specmol evaluate shifts isomers.jsonl.gz")(shifts.shifts)
app.command("readers", cls=ImagesCommand, epilog="specmol evaluate readers raw_spectra")(readers.readers)
app.command("simulator", cls=Command, epilog="specmol evaluate simulator raw_spectra --plots plots")(
    simulator.simulator
)
app.command("mixtures", cls=Command, epilog="specmol evaluate mixtures mixtures --pairs raw_spectra")(mixtures.mixtures)

"""The group ``specmol evaluate`` and its commands."""

from __future__ import annotations

import typer

from specmol_cli.evaluate import library, ranking, readers, shifts, simulator
from specmol_cli.help import help_without_command
from specmol_cli.matchnet import pairs, tables

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Measure a model on known answers."""
    help_without_command(context)


app.command("pairs")(pairs.pairs)
app.command("simulator")(simulator.simulator)
app.command("shifts")(shifts.shifts)
app.command("ranking")(ranking.ranking)
app.command("library")(library.library)
app.command("paper")(tables.paper)
app.command("readers")(readers.readers)

"""The group ``specmol shifts`` and its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from specmol_cli.help import Command, Group, help_without_command
from specmol_cli.shifts import predict

__all__ = ["app"]


class _Shifts(Group):
    renamed: ClassVar[Mapping[str, str]] = {"train": "specmol train shifts"}


app = typer.Typer(cls=_Shifts, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Predict chemical shifts of structures."""
    help_without_command(context)


app.command(
    "predict",
    cls=Command,
    epilog="specmol shifts predict candidates.sdf --solvent DMSO-d6 --output shifts.csv",
)(predict.predict)

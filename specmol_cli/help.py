"""What a group of commands says when it is called without one."""

from __future__ import annotations

import typer

__all__ = ["help_without_command"]


def help_without_command(context: typer.Context) -> None:
    """Print the help of a group and end well, unless a command follows."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit

"""The commands of specmol, as a tree and as command lines."""

from __future__ import annotations

from typing import Any

import typer

from specmol_cli.main import app

__all__ = ["all_commands", "is_group"]


def is_group(command: Any) -> bool:
    """Return whether a command has commands of its own."""
    return hasattr(command, "commands")


def all_commands(command: Any = None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return every command and group by the words that name it; ``()`` is specmol itself."""
    command = typer.main.get_command(app) if command is None else command
    found = {path: command}
    for name, child in getattr(command, "commands", {}).items():
        found.update(all_commands(child, (*path, name)))
    return found

"""The entry point of the command: handles signals and closed streams before other modules are imported."""

from __future__ import annotations

from specmol_cli.signals import exit_on_signals, replace_closed_streams

__all__ = ["main"]


def main() -> None:
    """Run specmol on the arguments of the process."""
    replace_closed_streams()
    exit_on_signals()
    from specmol_cli.main import main as run

    run()

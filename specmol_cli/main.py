"""The entry point: the commands, and the translation of every error into one line and an exit code.

=====  ==========================================================================
Code   Meaning
=====  ==========================================================================
0      done; also where the reader of standard output left early (``| head -1``)
1      some queries of a batch failed
2      usage: an option, a setting or the list of queries has no sense
3      a spectrum is unreadable, or is no spectrum
4      a library is unreadable, or holds no valid candidate
5      a checkpoint, cache, dataset or feature store is unusable
6      a result cannot be written
70     a fault of specmol itself, or out of memory
130    interrupted (Ctrl-C)
143    terminated (SIGTERM)
=====  ==========================================================================
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from specmol_cli import embed, fit, inspect, models, rank, shifts, simulate
from specmol_cli.evaluate import group as evaluate
from specmol_cli.failures import DEBUG, TerminationRequest, exit_code_of
from specmol_cli.help import help_without_command
from specmol_cli.matchnet import dataset, encoder, pretrain, train

__all__ = ["app", "main", "run"]


@contextmanager
def _translate_interrupts() -> Iterator[None]:
    """Answer interrupts and closed pipes here: click has its own silent way with them."""
    try:
        yield
    except (KeyboardInterrupt, OSError) as error:
        raise SystemExit(exit_code_of(error)) from error


class _Commands(TyperGroup):
    """The commands, shielded from reading the arguments to the last byte of the result."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _translate_interrupts():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _translate_interrupts():
            result = super().invoke(ctx)
            # Here a closed pipe or a full disk still has its exit code; at Python's own exit it would not.
            sys.stdout.flush()
            return result


app = typer.Typer(
    name="specmol",
    cls=_Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("rank")(rank.rank)
app.command("embed")(embed.embed)
app.command("inspect")(inspect.inspect)
app.command("models")(models.models)
app.command("train")(train.train)
app.command("pretrain")(pretrain.pretrain)
app.command("encoder")(encoder.encoder)
app.command("dataset")(dataset.dataset)
app.command("simulate")(simulate.simulate)
app.command("fit")(fit.fit)
app.add_typer(shifts.app, name="shifts")
app.add_typer(evaluate.app, name="evaluate")


def _print_version(wanted: bool) -> None:
    if wanted:
        from specmol_core import __version__

        typer.echo(f"specmol {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Rank candidate molecules against a pair of NMR spectra (1H and 13C)."""
    help_without_command(context)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; no error leaves as an exception."""
    try:
        result = app(arguments, prog_name="specmol", standalone_mode=False)
        # Exit raised inside click comes back as a value: help, version, or a command's own code.
        return result if isinstance(result, int) else 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:
        return exit_code_of(error)


def main() -> None:
    """Run specmol on the arguments of the process."""
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        # JSON and SDF are UTF-8 whatever the locale; a path that is no text is escaped, not an error.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not sys.warnoptions and not os.environ.get(DEBUG):
        # What libraries say to programmers is not for users.
        warnings.simplefilter("ignore")
    owner = os.getpid()

    def terminate(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked worker has nothing to tidy up
            os._exit(128 + number)
        raise TerminationRequest

    signal.signal(signal.SIGTERM, terminate)
    sys.exit(run(sys.argv[1:]))

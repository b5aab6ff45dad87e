"""The entry point: the commands, and the translation of every error into one line and an exit code.

=====  ==========================================================================
Code   Meaning
=====  ==========================================================================
0      done; also if the reader of standard output stops early (``| head -1``)
1      some queries of a batch failed
2      usage: an option, a setting or the list of queries is wrong
3      a spectrum is unreadable, or the file holds no spectrum
4      a library is unreadable, or holds no valid candidate
5      a checkpoint, cache, dataset or feature store is unusable
6      a result cannot be written
7      monitor: the condition of --until is met
70     an error in specmol itself, out of memory, or processes that keep dying
130    interrupted (Ctrl-C)
143    terminated (SIGTERM)
=====  ==========================================================================
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any, ClassVar

import typer

from specmol_cli import embed, inspect, models, monitor, quantify, rank, simulate
from specmol_cli.evaluate import group as evaluate
from specmol_cli.failures import DEBUG, TerminationRequest, exit_code_of
from specmol_cli.help import Command, Group, PanelledCommand, help_without_command
from specmol_cli.matchnet import group as matchnet
from specmol_cli.shifts import group as shifts
from specmol_cli.signals import exit_on_signals, replace_closed_streams
from specmol_cli.train import group as train

__all__ = ["app", "main", "run"]


_IDENTIFY = "Identify a compound"
_MIXTURES = "Mixtures and reactions"
_PREDICT = "Predict and simulate"
_MODELS = "Models"
_MEASURE = "Measure models and reproduce the paper"


@contextmanager
def _translate_interrupts() -> Iterator[None]:
    """Turn interrupts and closed pipes into exit codes before click handles them silently."""
    try:
        yield
    except (KeyboardInterrupt, OSError) as error:
        raise SystemExit(exit_code_of(error)) from error


class _Commands(Group):
    """The commands; errors have their exit code from the first argument to the last byte written."""

    renamed: ClassVar[Mapping[str, str]] = {
        "fit": "specmol train ranking",
        "dataset": "specmol matchnet dataset",
        "pretrain": "specmol matchnet pretrain",
        "encoder": "specmol matchnet pretrain-encoder",
    }

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _translate_interrupts():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _translate_interrupts():
            result = super().invoke(ctx)
            # A closed pipe or a full disk has its exit code here; at Python's own exit it would not.
            sys.stdout.flush()
            return result


app = typer.Typer(
    name="specmol",
    cls=_Commands,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="specmol rank --h1 h1.jdx --c13 c13.jdx --library candidates.sdf",
)
app.command(
    "rank",
    cls=PanelledCommand,
    rich_help_panel=_IDENTIFY,
    epilog="specmol rank --h1 h1.jdx --c13 c13.jdx --library candidates.sdf",
)(rank.rank)
app.command(
    "quantify",
    cls=PanelledCommand,
    rich_help_panel=_MIXTURES,
    epilog="specmol quantify --h1 crude.zip --species species.sdf",
)(quantify.quantify)
app.command(
    "monitor",
    cls=PanelledCommand,
    rich_help_panel=_MIXTURES,
    epilog="specmol monitor run --reaction 'A.B>>C' --watch --output run.csv",
)(monitor.monitor)
app.command(
    "embed", cls=Command, rich_help_panel=_IDENTIFY, epilog="specmol embed candidates.sdf --cache candidates.h5"
)(embed.embed)
app.command("inspect", cls=Command, rich_help_panel=_IDENTIFY, epilog="specmol inspect h1.jdx --plot h1.png")(
    inspect.inspect
)
app.add_typer(shifts.app, name="shifts", rich_help_panel=_PREDICT)
app.command(
    "simulate",
    cls=Command,
    rich_help_panel=_PREDICT,
    epilog="specmol simulate candidates.sdf --output spectra.h5 --png images",
)(simulate.simulate)
app.command("models", cls=Command, rich_help_panel=_MODELS, epilog="specmol models --format json")(models.models)
app.add_typer(train.app, name="train", rich_help_panel=_MODELS)
app.add_typer(evaluate.app, name="evaluate", rich_help_panel=_MEASURE)
app.add_typer(matchnet.app, name="matchnet", rich_help_panel=_MEASURE)


def _print_version(wanted: bool) -> None:
    if wanted:
        from specmol_core import __version__

        typer.echo(f"specmol {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Rank candidate molecules against 1H and 13C NMR spectra.

    COMMAND --help shows the options of a command and an example.
    """
    help_without_command(context)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; no exception is raised."""
    try:
        result = app(arguments, prog_name="specmol", standalone_mode=False)
        # click returns the code of an Exit raised inside it: help, version, or a command's own code.
        return result if isinstance(result, int) else 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:
        return exit_code_of(error)


def main() -> None:
    """Run specmol on the arguments of the process.

    The first signal unwinds what is going on, the second ends the process at once.
    """
    replace_closed_streams()
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        # JSON and SDF are UTF-8 in every locale; a path that is not valid text is escaped.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not sys.warnoptions and not os.environ.get(DEBUG):
        # Warnings of libraries are meant for programmers.
        warnings.simplefilter("ignore")
    owner = os.getpid()

    def unwind(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked worker has nothing to clean up
            os._exit(128 + number)
        exit_on_signals()
        raise TerminationRequest if number == signal.SIGTERM else KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, unwind)
    code = run(sys.argv[1:])
    exit_on_signals(silent=code in (130, 143))
    sys.exit(code)

"""The group ``specmol train`` and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from specmol_cli.help import Command, Group, help_without_command
from specmol_cli.train import calibration, ranking, shifts
from specmol_core.errors import UsageError

__all__ = ["app"]


class _Train(Group):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises
        ------
        UsageError
            If they are those of the earlier ``specmol train DATASET --output FOLDER``.
        """
        if args and not ctx.resilient_parsing and self._is_earlier_use(args[0]):
            raise UsageError("specmol train DATASET is now specmol matchnet train DATASET")
        return super().parse_args(ctx, args)

    def _is_earlier_use(self, first: str) -> bool:
        """Whether an argument is an option of the earlier command, or the path of a dataset."""
        if first.startswith("-"):
            return first not in ("-h", "--help")
        return first not in self.commands and (Path(first).suffix != "" or len(Path(first).parts) > 1)


app = typer.Typer(cls=_Train, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Train the default model, matchnet-x.

    matchnet-x is the model that specmol rank uses unless --model names another. It has two parts, trained in this
    order: the shift predictor (shifts), and the likelihood model that scores candidates with it (ranking). A third
    step calibrates both (calibration).

    The network of the paper, SpecMol-MatchNet (--model matchnet), is trained by specmol matchnet train.
    """
    help_without_command(context)


app.command(
    "shifts",
    cls=Command,
    epilog="specmol train shifts --measured shifts.jsonl --output predictor.safetensors",
)(shifts.shifts)
app.command(
    "ranking",
    cls=Command,
    epilog="specmol train ranking --measured shifts.jsonl --library molecules.smi \\\n"
    "    --predictor predictor.safetensors --output matchnet-x.safetensors",
)(ranking.ranking)
app.command(
    "calibration",
    cls=Command,
    epilog="specmol train calibration --measured shifts.jsonl --library molecules.smi \\\n"
    "    --unseen benchmark.jsonl --background pairs --output x.calibration.json",
)(calibration.calibration)

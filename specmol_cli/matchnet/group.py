"""The group ``specmol matchnet`` and its commands."""

from __future__ import annotations

import typer

from specmol_cli.help import Command, Group, ImagesCommand, PanelledCommand, help_without_command
from specmol_cli.matchnet import dataset, pairs, pretrain, pretrain_encoder, tables, train

__all__ = ["app"]

_TRAIN = "Training, in this order"
_MEASURE = "Measure"


app = typer.Typer(cls=Group, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _options(context: typer.Context) -> None:
    """Train and measure the paper's network.

    The network is SpecMol-MatchNet. specmol rank uses it with --model matchnet, or with --checkpoint and a checkpoint
    of specmol matchnet train. The default model of specmol rank is matchnet-x, which specmol train trains.
    """
    help_without_command(context)


app.command(
    "dataset",
    cls=Command,
    rich_help_panel=_TRAIN,
    epilog="specmol matchnet dataset --shifts shifts.parquet --train train.csv -o data.h5",
)(dataset.dataset)
app.command(
    "pretrain",
    cls=Command,
    rich_help_panel=_TRAIN,
    epilog="specmol matchnet pretrain --shifts shifts.parquet --output runs/backbone",
)(pretrain.pretrain)
app.command(
    "pretrain-encoder",
    cls=Command,
    rich_help_panel=_TRAIN,
    epilog="specmol matchnet pretrain-encoder data.h5 --output encoder.safetensors",
)(pretrain_encoder.pretrain_encoder)
app.command(
    "train",
    cls=PanelledCommand,
    rich_help_panel=_TRAIN,
    epilog="specmol matchnet train data.h5 --output runs/matchnet",
)(train.train)
app.command(
    "pairs",
    cls=ImagesCommand,
    rich_help_panel=_MEASURE,
    epilog="specmol matchnet pairs test_rand.csv --dataset data.h5 --model matchnet",
)(pairs.pairs)
app.command(
    "tables",
    cls=ImagesCommand,
    rich_help_panel=_MEASURE,
    epilog="specmol matchnet tables data.h5 test_rand.csv --shifts shifts.parquet -o paper",
)(tables.tables)

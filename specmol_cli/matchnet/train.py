"""``specmol matchnet train``: train the paper's network on a dataset, with the paper's protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import OUTPUT_PANEL, QuietOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import TrainConfig

__all__ = ["train"]


_MODEL, _TRAINING, _LOSS, _MACHINE = "Model", "Training", "Loss and negatives", "Machine"


def _setting(name: str, text: str, panel: str) -> Any:
    """Return an option for a field of TrainConfig.

    It is None unless given: a default must not overrule the TOML file of --config.
    """
    default = getattr(TrainConfig, name)
    shown = "" if default == "" else f"  [default: {default}]"
    return typer.Option(f"--{name.replace('_', '-')}", help=f"{text}{shown}", show_default=False, rich_help_panel=panel)


def train(
    dataset: Annotated[Path, typer.Argument(help="Dataset (HDF5), see specmol matchnet dataset.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.", rich_help_panel=OUTPUT_PANEL)],
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue from the last state in the folder.", rich_help_panel=OUTPUT_PANEL),
    ] = False,
    quiet: QuietOption = False,
    model: Annotated[str | None, _setting("model", "Model, see specmol models.", _MODEL)] = None,
    backbone: Annotated[
        Path | None,
        typer.Option(help="Backbone of specmol matchnet pretrain.  [default: the shipped one]", rich_help_panel=_MODEL),
    ] = None,
    backbone_weights: Annotated[
        str | None,
        typer.Option(
            help="imagenet, or a safetensors file of ResNet-101, instead of --backbone.", rich_help_panel=_MODEL
        ),
    ] = None,
    encoder: Annotated[str | None, _setting("encoder", "Encoder from pretrain-encoder.", _MODEL)] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file of settings; options override it.", rich_help_panel=_TRAINING),
    ] = None,
    epochs: Annotated[int | None, _setting("epochs", "Epochs.", _TRAINING)] = None,
    batch_size: Annotated[int | None, _setting("batch_size", "Pairs per step.", _TRAINING)] = None,
    learning_rate: Annotated[float | None, _setting("learning_rate", "Learning rate.", _TRAINING)] = None,
    schedule: Annotated[
        str | None, _setting("schedule", "Learning rate schedule: constant or cosine.", _TRAINING)
    ] = None,
    warmup_steps: Annotated[
        int | None, _setting("warmup_steps", "Steps of rising learning rate at the start.", _TRAINING)
    ] = None,
    weight_decay: Annotated[float | None, _setting("weight_decay", "Weight decay.", _TRAINING)] = None,
    nucleus_dropout: Annotated[
        float | None, _setting("nucleus_dropout", "Probability that a pair loses one nucleus.", _TRAINING)
    ] = None,
    seed: Annotated[int | None, _setting("seed", "Seed of every random choice.", _TRAINING)] = None,
    contrastive_weight: Annotated[
        float | None, _setting("contrastive_weight", "Weight of the contrastive loss.", _LOSS)
    ] = None,
    temperature: Annotated[float | None, _setting("temperature", "Temperature of the contrastive loss.", _LOSS)] = None,
    hard_negatives: Annotated[
        float | None, _setting("hard_negatives", "Fraction of negatives that are similar structures.", _LOSS)
    ] = None,
    neighbours: Annotated[
        int | None, _setting("neighbours", "Similar structures that a hard negative is drawn from.", _LOSS)
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(help="Feature store.  [default: in the folder of the run]", rich_help_panel=_MACHINE),
    ] = None,
    memory_gb: Annotated[
        float | None, _setting("memory_gb", "Features up to this size are kept in memory (GB).", _MACHINE)
    ] = None,
    checkpoint_steps: Annotated[
        int | None, _setting("checkpoint_steps", "Steps between saved states.", _MACHINE)
    ] = None,
    device: Annotated[str | None, _setting("device", "auto, cpu or cuda.", _MACHINE)] = None,
    precision: Annotated[str | None, _setting("precision", "auto, fp32 or bf16.", _MACHINE)] = None,
) -> None:
    """Train the network on a dataset.

    The checkpoint with the best validation accuracy is kept. specmol rank --checkpoint uses it.
    """
    given = dict(locals())
    from specmol_core import api

    reporter = Reporter(quiet)
    settings = {name: given[name] for name in TrainConfig.__dataclass_fields__ if name in given}
    result = api.train(
        dataset,
        output,
        config=config,
        settings=settings,
        backbone=backbone,
        backbone_weights=backbone_weights,
        features=features,
        resume=resume,
        progress=reporter.progress,
        report=reporter.say,
    )
    write(f"{result.checkpoint}: epoch {result.epoch}, validation accuracy {result.accuracy:.4f}\n", None)

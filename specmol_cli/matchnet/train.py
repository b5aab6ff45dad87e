"""``specmol train``: the matching model, on a dataset, with the paper's protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from specmol_cli.options import QuietOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import TrainConfig

__all__ = ["train"]


def _setting(name: str, text: str) -> Any:
    """An option for one field of TrainConfig: None unless given, so that a TOML file is not overruled by a default."""
    default = getattr(TrainConfig, name)
    return typer.Option(f"--{name.replace('_', '-')}", help=f"{text}  [default: {default}]", show_default=False)


def train(
    dataset: Annotated[Path, typer.Argument(help="Dataset of molecules and spectra (HDF5), see specmol dataset.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    config: Annotated[Path | None, typer.Option(help="TOML file of settings, below the options in rank.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last state in the folder.")] = False,
    backbone: Annotated[Path | None, typer.Option(help="Frozen backbone; the shipped one if none.")] = None,
    backbone_weights: Annotated[
        str | None, typer.Option(help="imagenet, or a safetensors file of ResNet-101, in place of --backbone.")
    ] = None,
    features: Annotated[Path | None, typer.Option(help="Feature store; in the folder of the run if none.")] = None,
    model: Annotated[str | None, _setting("model", "Model, see specmol models.")] = None,
    epochs: Annotated[int | None, _setting("epochs", "Epochs.")] = None,
    batch_size: Annotated[int | None, _setting("batch_size", "Pairs per step.")] = None,
    learning_rate: Annotated[float | None, _setting("learning_rate", "Learning rate.")] = None,
    weight_decay: Annotated[float | None, _setting("weight_decay", "Weight decay.")] = None,
    encoder: Annotated[str | None, _setting("encoder", "Pretrained molecular branch, see specmol encoder.")] = None,
    schedule: Annotated[str | None, _setting("schedule", "Learning rate over the run: constant or cosine.")] = None,
    warmup_steps: Annotated[int | None, _setting("warmup_steps", "Steps of rising learning rate.")] = None,
    seed: Annotated[int | None, _setting("seed", "Seed of every random choice.")] = None,
    nucleus_dropout: Annotated[float | None, _setting("nucleus_dropout", "Chance that a pair loses a nucleus.")] = None,
    contrastive_weight: Annotated[float | None, _setting("contrastive_weight", "Weight of the joint space.")] = None,
    temperature: Annotated[float | None, _setting("temperature", "Temperature of the contrastive loss.")] = None,
    hard_negatives: Annotated[float | None, _setting("hard_negatives", "Share of similar negatives.")] = None,
    neighbours: Annotated[int | None, _setting("neighbours", "Structures a hard negative is drawn among.")] = None,
    checkpoint_steps: Annotated[int | None, _setting("checkpoint_steps", "Steps between saved states.")] = None,
    memory_gb: Annotated[float | None, _setting("memory_gb", "Features up to this size stay in memory (GB).")] = None,
    device: Annotated[str | None, _setting("device", "auto, cpu or cuda.")] = None,
    precision: Annotated[str | None, _setting("precision", "auto, fp32 or bf16.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Train a matching model.

    The checkpoint with the best validation accuracy is kept.
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

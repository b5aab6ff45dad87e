"""``specmol evaluate paper``: the paper's systems beside each other, and its tables beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import DEFAULT_DEVICE, DeviceOption, QuietOption, WorkersOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import EmbedConfig, PaperConfig

__all__ = ["paper"]


def paper(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of backbones, runs, results and the page.")],
    dataset: Annotated[
        Path | None, typer.Argument(help="Dataset with the spectra of all systems; without one only the page is made.")
    ] = None,
    tables: Annotated[
        list[Path] | None, typer.Argument(help="Test tables: CSV with candidate_smiles,label,spectrum_smiles.")
    ] = None,
    shifts: Annotated[
        list[Path] | None,
        typer.Option("--shifts", help="Parquet table that the dataset was drawn from; may be repeated."),
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", help="Pair table of the validation, which no backbone may see; may be repeated."),
    ] = None,
    systems: Annotated[
        list[str] | None,
        typer.Option(
            "--systems",
            help="System to run, as specmol models names it, resnet50-imagenet, alignment or matchnet-x; all if none.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of a system at most.")] = PaperConfig.seeds,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each run.")] = PaperConfig.epochs,
    batch_size: Annotated[int, typer.Option(min=2, help="Pairs per step.")] = PaperConfig.batch_size,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Learning rate.")] = PaperConfig.learning_rate,
    schedule: Annotated[str, typer.Option(help="Learning rate over a run: constant or cosine.")] = PaperConfig.schedule,
    pictures: Annotated[
        int, typer.Option(min=1, help="Pictures that each backbone learns from.")
    ] = PaperConfig.pretrain_images,
    imagenet: Annotated[
        Path | None, typer.Option(help="Weights of a ResNet-50 (v1) of photographs, for resnet50-imagenet.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Where the page goes; reproduction.md in the folder if none.")
    ] = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Run the paper's systems and set its tables beside ours.

    What the folder holds already is not done again.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    written = api.evaluate_paper(
        dataset,
        tables or (),
        output,
        PaperConfig(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            schedule=schedule,
            seeds=seeds,
            pretrain_images=pictures,
            device=str(device),
        ),
        shifts=shifts or (),
        exclude=exclude or (),
        systems=systems or (),
        imagenet=imagenet,
        page=page,
        workers=workers,
        progress=reporter.progress,
        report=reporter.say,
    )
    write("".join(f"{path}: written\n" for path in written), None)

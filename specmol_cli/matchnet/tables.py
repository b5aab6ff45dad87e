"""``specmol matchnet tables``: run the paper's systems and compare our tables with the paper's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import DEFAULT_DEVICE, DeviceOption, QuietOption, WorkersOption
from specmol_cli.output import Reporter, write
from specmol_core.api.config import EmbedConfig, PaperConfig

__all__ = ["tables"]


def tables(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for backbones, runs, results and the page.")],
    dataset: Annotated[
        Path | None, typer.Argument(help="Dataset with the spectra; without it, only the page is written.")
    ] = None,
    pair_tables: Annotated[
        list[Path] | None,
        typer.Argument(metavar="tables", help="Test tables: CSV with candidate_smiles,label,spectrum_smiles."),
    ] = None,
    shifts: Annotated[
        list[Path] | None,
        typer.Option("--shifts", help="Parquet table from which the dataset was simulated; repeatable."),
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", help="Validation pair table, kept out of the training of backbones; repeatable."),
    ] = None,
    systems: Annotated[
        list[str] | None,
        typer.Option(
            "--systems",
            help="System to run: a name from specmol models, resnet50-imagenet, alignment or matchnet-x; repeatable."
            "  [default: all]",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Most runs of a system.")] = PaperConfig.seeds,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each run.")] = PaperConfig.epochs,
    batch_size: Annotated[int, typer.Option(min=2, help="Pairs per step.")] = PaperConfig.batch_size,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Learning rate.")] = PaperConfig.learning_rate,
    schedule: Annotated[str, typer.Option(help="Learning rate schedule: constant or cosine.")] = PaperConfig.schedule,
    images: Annotated[
        int, typer.Option("--images", min=1, help="Images that each backbone is trained on.")
    ] = PaperConfig.pretrain_images,
    imagenet: Annotated[
        Path | None, typer.Option(help="ResNet-50 (v1) weights trained on photographs, for resnet50-imagenet.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Page to write.  [default: reproduction.md in the folder]")] = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
    quiet: QuietOption = False,
) -> None:
    """Run the paper's systems and compare our tables with the paper's.

    Steps whose results are already in the folder are skipped.
    """
    from specmol_core import api

    reporter = Reporter(quiet)
    written = api.evaluate_paper(
        dataset,
        pair_tables or (),
        output,
        PaperConfig(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            schedule=schedule,
            seeds=seeds,
            pretrain_images=images,
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

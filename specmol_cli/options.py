"""Options that several commands share, their values and their panels in the help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_core.api.config import RankConfig
from specmol_core.errors import UsageError

__all__ = [
    "DEFAULT_DEVICE",
    "MODEL_PANEL",
    "OUTPUT_PANEL",
    "CheckpointOption",
    "Device",
    "DeviceOption",
    "ModelOption",
    "OutputOption",
    "QuietOption",
    "RankingFormat",
    "TableFormat",
    "TableFormatOption",
    "WorkersOption",
    "parse_window",
]


OUTPUT_PANEL, MODEL_PANEL = "Output", "Model"


class Device(StrEnum):
    """Device that runs the network."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


DEFAULT_DEVICE = Device(RankConfig.device)


class RankingFormat(StrEnum):
    """Format of a ranking."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    sdf = "sdf"


class TableFormat(StrEnum):
    """Format of a result that is a table."""

    table = "table"
    json = "json"


TableFormatOption = Annotated[
    TableFormat, typer.Option("--format", help="Format of the result.", rich_help_panel=OUTPUT_PANEL)
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File to write.  [default: standard output]", rich_help_panel=OUTPUT_PANEL),
]
CheckpointOption = Annotated[
    Path | None,
    typer.Option("--checkpoint", help="Trained model.  [default: the shipped one]", rich_help_panel=MODEL_PANEL),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help=f"Shipped model, see specmol models.  [default: {RankConfig.model}]",
        rich_help_panel=MODEL_PANEL,
    ),
]
DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Device of a network, such as --model matchnet; auto uses CUDA if present.",
        rich_help_panel=MODEL_PANEL,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and warnings on standard error.", rich_help_panel=OUTPUT_PANEL),
]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=0, help="Processes; 0 uses one per core.", rich_help_panel=MODEL_PANEL)
]


def parse_window(text: str | None, option: str) -> tuple[float, float] | None:
    """Return the range that an option gives as HIGH,LOW (ppm), or None without text.

    Raises
    ------
    UsageError
        If the text is not two finite numbers with the higher one first.
    """
    if text is None:
        return None
    try:
        high, low = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text}: give two numbers in ppm, HIGH,LOW, for example 12.05,-2") from None
    if not (-10_000 < low < high < 10_000):
        raise UsageError(f"{option} {text}: the higher shift comes first, and both are within 10,000 ppm")
    return high, low

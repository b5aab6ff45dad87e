"""Options that several commands share, and their values."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_core.api.config import RankConfig
from specmol_core.errors import UsageError

__all__ = [
    "DEFAULT_DEVICE",
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


class Device(StrEnum):
    """Where the network runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


DEFAULT_DEVICE = Device(RankConfig.device)


class RankingFormat(StrEnum):
    """Form of a ranking."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    sdf = "sdf"


class TableFormat(StrEnum):
    """Form of a result that is a table."""

    table = "table"
    json = "json"


TableFormatOption = Annotated[TableFormat, typer.Option("--format", help="Form of the result.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File instead of standard output.")]
CheckpointOption = Annotated[Path | None, typer.Option("--checkpoint", help="Trained model; the shipped one if none.")]
ModelOption = Annotated[str | None, typer.Option("--model", help="Shipped model to use instead of the default one.")]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where the network runs; auto takes CUDA if there.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no warnings on standard error.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=0, help="Processes; 0 takes one per core.")]


def parse_window(text: str | None, option: str) -> tuple[float, float] | None:
    """The range that an option gives as HIGH,LOW (ppm).

    Raises
    ------
    UsageError
        If the text is not two finite numbers, the higher first.
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

"""Result file of each run of the reproduction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from specmol_core.matchnet.reproduction.results import FORMAT
from specmol_core.matchnet.training.backbone_run import make_folder
from specmol_core.storage.atomic import atomic_write

__all__ = ["run_name", "write_result"]


def run_name(system: str, seed: int | None) -> str:
    """Return the name of the result file without its suffix.

    Examples
    --------
    >>> run_name("matchnet", 2)
    'matchnet-seed2'
    """
    return system if seed is None else f"{system}-seed{seed}"


def write_result(folder: Path, record: dict[str, Any]) -> None:
    """Write one result file atomically.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    make_folder(folder / "results")
    with atomic_write(folder / "results" / f"{run_name(record['system'], record['seed'])}.json") as file:
        json.dump({"format": FORMAT, **record}, file, indent=1, sort_keys=True)
        file.write("\n")

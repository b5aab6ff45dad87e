"""``specmol models``: list the models and their parameters."""

from __future__ import annotations

import json

from specmol_cli.options import OutputOption, TableFormat, TableFormatOption
from specmol_cli.output import table, write

__all__ = ["models"]

_COLUMNS = ("trainable", "frozen", "total", "joint_space")


def models(
    output_format: TableFormatOption = TableFormat.table,
    output: OutputOption = None,
) -> None:
    """List the models and their numbers of parameters."""
    from specmol_core import api

    entries = api.models()
    if output_format is TableFormat.json:
        write(json.dumps(entries, indent=2) + "\n", output)
        return
    rows = [
        (str(m["name"]), *("-" if m[c] is None else f"{m[c]:,}" for c in _COLUMNS), "yes" if m["shipped"] else "no")
        for m in entries
    ]
    notes = [
        "The paper counts trainable and frozen parameters; the joint space of the prefilter is not in its totals.",
        "matchnet-x is this project's own model and the default; the others are the paper's.",
    ]
    if any(m["total"] is None for m in entries):
        notes.append("-: needs torch, which is not installed; run pip install torch torch-geometric torchvision.")
    write(table(("name", *_COLUMNS, "weights shipped"), rows, notes, output, numbers=(1, 2, 3, 4)), output)

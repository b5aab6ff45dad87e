"""Tables of ``specmol evaluate mixtures --components``, ``--byproducts`` and ``--reactions``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specmol_cli.output import table
from specmol_core.storage.plain_text import plain_text

__all__ = ["byproduct_text", "component_text", "reaction_text"]

_SETS = {
    "mixtures": "mixtures", "set_first": "set first", "members": "members found", "fraction_error": "fraction error",
    "coverage": "coverage", "identified": "identified", "wrong_identified": "absent identified",
    "rejected_without": "rejected without one",
}  # fmt: skip
_BYPRODUCTS = {"reactions": "reactions", "first": "first", "first_five": "first five"}
_CONVERSIONS = {
    "reactions": "reactions", "spectra": "spectra", "absolute_error": "absolute error", "median_error": "median error",
    "coverage": "coverage", "seconds": "seconds a spectrum",
}  # fmt: skip
_COUNTS = ("mixtures", "reactions", "spectra")


def component_text(result: Mapping[str, Any], as_json: bool, output: Path | None) -> str:
    """Return the figures of sets of candidates, and each mixture whose best set is wrong."""
    if as_json:
        return _json(result, "mixtures")
    rows = [
        (name, shown, *_cells(values, _SETS))
        for name, by_nuclei in result["figures"].items()
        for shown, values in by_nuclei.items()
    ]
    wrong = [
        (plain_text(row.mixture), row.shown, " + ".join(row.found), " + ".join(row.truth), row.verdict)
        for row in result["mixtures"]
        if not row.set_is_first
    ]
    text = table(("set", "nuclei", *_SETS.values()), rows, [], output, numbers=range(2, 2 + len(_SETS)))
    return text + "\n" + table(("not first", "nuclei", "found", "components", "verdict"), wrong, [], output)


def byproduct_text(result: Mapping[str, Any], as_json: bool, output: Path | None) -> str:
    """Return the figures of by-products, and each one that is not first."""
    if as_json:
        return _json(result, "byproducts")
    rows = [(shown, *_cells(values, _BYPRODUCTS)) for shown, values in result["figures"].items()]
    text = table(("nuclei", *_BYPRODUCTS.values()), rows, [], output, numbers=range(1, 1 + len(_BYPRODUCTS)))
    missed = [(row.byproduct, row.shown, str(row.rank), row.first) for row in result["byproducts"] if row.rank > 1]
    return text + "\n" + table(("not first", "nuclei", "rank", "first"), missed, [], output, numbers=(2,))


def reaction_text(result: Mapping[str, Any], as_json: bool, output: Path | None) -> str:
    """Return the figures of conversions by field, and each conversion that is outside its interval."""
    if as_json:
        return _json(result, "conversions")
    rows = [(field, *_cells(values, _CONVERSIONS)) for field, values in result["figures"].items()]
    outside = [
        (row.reaction, f"{row.mhz:.0f}", row.method, *_found(row))
        for row in result["conversions"]
        if not row.low <= row.truth <= row.high
    ]
    figures = ("field and method", *_CONVERSIONS.values())
    text = table(figures, rows, [], output, numbers=range(1, len(figures)))
    header = ("outside the interval", "MHz", "method", "true", "found", "interval")
    return text + "\n" + table(header, outside, [], output, numbers=(1, 3, 4))


def _found(row: Any) -> tuple[str, str, str]:
    return f"{row.truth:.3f}", f"{row.found:.3f}", f"{row.low:.3f} to {row.high:.3f}"


def _cells(values: Mapping[str, float], names: Mapping[str, str]) -> list[str]:
    """Return numbers, with their interval where there is one."""
    cells = []
    for name in names:
        if name in _COUNTS:
            cells.append(f"{values[name]:.0f}")
        elif f"{name}_low" in values:
            cells.append(f"{values[name]:.3f} ({values[f'{name}_low']:.3f} to {values[f'{name}_high']:.3f})")
        else:
            cells.append(f"{values[name]:.3f}")
    return cells


def _json(result: Mapping[str, Any], key: str) -> str:
    return json.dumps({**result, key: [asdict(row) for row in result[key]]}, indent=2) + "\n"

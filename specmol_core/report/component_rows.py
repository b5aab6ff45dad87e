"""Rows of a table of sets of candidates: one for each component of each set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from specmol_core.retrieval.components import ComponentRanking, RankedComponent

__all__ = ["COMPONENT_COLUMNS", "component_rows"]

_NUCLEI = {"1H": "h1", "13C": "c13"}
COMPONENT_COLUMNS = (
    "set", "set_probability", "set_score", "component", "index", "name", "smiles", "formula", "fraction", "low", "high",
    "h1_signals", "h1_missing", "c13_signals", "c13_missing",
)  # fmt: skip
"""Columns of a component: shifts (ppm) of its signals and of its lines that are not observed, with spaces."""


def component_rows(components: ComponentRanking) -> Iterator[dict[str, Any]]:
    """Yield the values of ``COMPONENT_COLUMNS`` of each component of each set."""
    for one in components.sets:
        for number, component in enumerate(one.components, 1):
            yield {
                "set": one.rank,
                "set_probability": one.probability,
                "set_score": one.score,
                "component": number,
                "index": component.index,
                "name": plain_text(component.name),
                "smiles": component.smiles,
                "formula": component.formula,
                "fraction": component.fraction,
                "low": component.low,
                "high": component.high,
                **_signals(component),
            }


def _signals(component: RankedComponent) -> dict[str, str]:
    result = dict.fromkeys(("h1_signals", "h1_missing", "c13_signals", "c13_missing"), "")
    for part in component.signals:
        key = _NUCLEI[part.nucleus]
        result[f"{key}_signals"] = " ".join(map(str, part.ppm))
        result[f"{key}_missing"] = " ".join(map(str, part.missing_ppm))
    return result

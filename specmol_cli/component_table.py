"""The sets of candidates of ``specmol rank --components`` as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from specmol_cli.output import ranking_notes, table
from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from specmol_core.api import RankedComponent, RankedSet
    from specmol_core.report.result import QueryResult

__all__ = ["component_table"]

_HEADER = ("set", "probability", "component", "fraction", "interval", "signals", "index", "SMILES")
_MAX_SETS = 5


def component_table(result: QueryResult, output: Path | None) -> str:
    """Return the best sets, one row for each component, with the verdict on them."""
    ranking = result.components
    sets = () if ranking is None else ranking.sets[:_MAX_SETS]
    rows = [row for one in sets for row in _rows(one)]
    verdict = "components: no candidate" if ranking is None else f"components: {ranking.describe()}"
    notes = [verdict, *(_basis(ranking.amounts) if ranking is not None else []), *ranking_notes(result)]
    return table(_HEADER, rows, notes, output, numbers=(0, 1, 3, 6))


def _rows(one: RankedSet) -> list[tuple[str, ...]]:
    return [
        (
            str(one.rank) if first else "",
            f"{one.probability:.4f}" if first else "",
            plain_text(component.name),
            "" if component.fraction is None else f"{component.fraction:.2f}",
            "" if component.low is None else f"{component.low:.2f} to {component.high:.2f}",
            _signals(component),
            str(component.index),
            plain_text(component.smiles),
        )
        for first, component in zip((True, *[False] * len(one.components)), one.components, strict=False)
    ]


def _signals(component: RankedComponent) -> str:
    """Return how many of the predicted lines are observed, by nucleus."""
    parts = []
    for part in component.signals:
        missing = f", {len(part.missing_ppm)} missing" if part.missing_ppm else ""
        parts.append(f"{part.nucleus} {len(part.ppm)}{missing}")
    return "; ".join(parts)


def _basis(amounts: str) -> list[str]:
    words = {
        "fit": "a fit of the 1H spectrum (first set), and areas of its signals (other sets)",
        "areas": "areas of 1H signals",
        "heights": "heights of 13C lines, which say little about amounts",
    }
    return [f"fractions rest on {words[amounts]}"] if amounts else []

"""All figures of the reproduction in machine-readable form: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from specmol_core.matchnet.reproduction.figures import (
    FULL_PROTOCOL,
    METRICS,
    SOURCE,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TABLES,
    TITLES,
    UNTRAINED_SYSTEMS,
    PrintedFigure,
)
from specmol_core.matchnet.reproduction.page_tables import Summaries
from specmol_core.matchnet.reproduction.summary import (
    FEWER_SEEDS_MARK,
    OTHER_SETTINGS_MARK,
    SHORTER_MARK,
    SystemSummary,
)

__all__ = ["COLUMNS", "tables_csv", "tables_json"]

COLUMNS = ("system", "table", "metric", "mean", "sd", "seeds", "low", "high", "shortened", "paper", "paper_sd")
"""Columns of the CSV; ``low`` and ``high`` are the ends of the 95 % interval of the AUC."""
_FORMAT = "specmol-paper-tables-1"
_SHORTENED = {SHORTER_MARK: "training", FEWER_SEEDS_MARK: "seeds", OTHER_SETTINGS_MARK: "settings"}


def tables_csv(summaries: Summaries) -> str:
    """Return a CSV with one row for each system, pair table and metric.

    Cells of figures that were not run or are not printed in the paper are empty.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(summaries))
    return file.getvalue()


def tables_json(summaries: Summaries) -> str:
    """Return JSON with the rows of the CSV, the full protocol, and the runs of each system."""
    content = {
        "format": _FORMAT,
        "source": SOURCE,
        "protocol": asdict(FULL_PROTOCOL),
        "not_run": [name for name in (*SYSTEMS, *UNTRAINED_SYSTEMS) if name not in summaries],
        "systems": {name: _system(summary) for name, summary in summaries.items()},
        "figures": _rows(summaries),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _rows(summaries: Summaries) -> list[dict[str, Any]]:
    rows = []
    for system in (*SYSTEMS, *UNTRAINED_SYSTEMS):
        summary = summaries.get(system)
        for table in TABLES:
            for metric in (*METRICS, "calibration_error"):
                rows.append(_row(system, table, metric, summary))
        rows += _costs(system, summary)
    return rows


def _row(system: str, table: str, metric: str, summary: SystemSummary | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"system": system, "table": table, "metric": metric}
    if summary and (figure := summary.tables.get(table, {}).get(metric)):
        row |= {"mean": figure.mean, "sd": figure.sd, "seeds": figure.seeds, "shortened": _words(summary)}
        row |= dict(zip(("low", "high"), figure.interval or (None, None), strict=True))
    if printed := _printed(system, table, metric):
        row |= {"paper": printed.mean, "paper_sd": printed.sd}
    return row


def _printed(system: str, table: str, metric: str) -> PrintedFigure | None:
    """Return the printed figure, from Table 2 if possible, which has more digits than Table 1."""
    tables = TABLE_2.get(system) or TABLE_1.get(system) or {}
    return tables.get(table, {}).get(metric)


def _costs(system: str, summary: SystemSummary | None) -> list[dict[str, Any]]:
    ours = summary.costs[0] if summary and summary.costs else None
    printed = TABLE_3.get(system)
    if ours is None and printed is None:
        return []
    values = {
        "total_millions": (ours.total / 1e6 if ours else None, printed.total_millions if printed else None),
        "ms_per_batch": (ours.ms_per_batch if ours else None, printed.ms_per_batch if printed else None),
        "peak_mb": (ours.peak_mb if ours else None, printed.peak_mb if printed else None),
    }
    frame: dict[str, Any] = dict.fromkeys(COLUMNS) | {"system": system, "table": "cost"}
    return [frame | {"metric": name, "mean": mean, "paper": paper} for name, (mean, paper) in values.items()]


def _system(summary: SystemSummary) -> dict[str, Any]:
    return {
        "title": TITLES[summary.system],
        "note": summary.note,
        "seeds": list(summary.seeds),
        "shortened": _words(summary).split(),
        "pairs": dict(summary.pairs),
        "trainings": [asdict(training) for training in summary.trainings],
        "costs": [asdict(cost) for cost in summary.costs],
    }


def _words(summary: SystemSummary) -> str:
    return " ".join(word for mark, word in _SHORTENED.items() if mark in summary.marks)

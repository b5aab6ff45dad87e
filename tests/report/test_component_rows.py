from __future__ import annotations

from specmol_core.matcher.components import ExplainedSignals
from specmol_core.report.component_rows import COMPONENT_COLUMNS, component_rows
from specmol_core.retrieval.components import ComponentRanking, RankedComponent, RankedSet

SIGNALS = (ExplainedSignals("1H", (4.12, 1.26), (2.05,)), ExplainedSignals("13C", (171.4,), ()))


def test_each_component_of_each_set_has_a_row() -> None:
    ester = RankedComponent(3, "ester\n", "CCOC(C)=O", "C4H8O2", 0.7, 0.6, 0.8, SIGNALS)
    alcohol = RankedComponent(1, "", "CCO", "C2H6O", None, None, None, ())
    sets = (RankedSet(1, 0.8, 12.5, (ester, alcohol), ()), RankedSet(2, 0.1, 9.0, (alcohol,), ()))

    rows = list(component_rows(ComponentRanking(2, "probable", 0.05, (0.9, 0.8), "areas", sets)))

    assert all(tuple(row) == COMPONENT_COLUMNS for row in rows)
    assert [(row["set"], row["component"], row["index"]) for row in rows] == [(1, 1, 3), (1, 2, 1), (2, 1, 1)]
    assert rows[0]["name"] == "ester"
    assert (rows[0]["h1_signals"], rows[0]["h1_missing"], rows[0]["c13_signals"]) == ("4.12 1.26", "2.05", "171.4")
    assert rows[1]["fraction"] is None

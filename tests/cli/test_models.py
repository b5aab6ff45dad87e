"""``specmol models``."""

from __future__ import annotations

import json

import pytest

from specmol_cli.main import run

TOTALS = {
    "matchnet": "44.116",
    "matchnet-a": "42.913",
    "matchnet-b": "43.748",
    "matchnet-c": "44.115",
    "matchnet-d": "43.300",
}
"""Millions of parameters, to the digit printed in the paper's Table 2."""


def test_json_lists_every_model_with_the_papers_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--format", "json"]) == 0

    listed = json.loads(capsys.readouterr().out)
    own, *paper = listed
    assert (own["name"], own["frozen"]) == ("matchnet-x", 0)
    assert own["total"] < 10_000_000
    assert {m["name"]: f"{m['total'] / 1e6:.3f}" for m in paper if m["name"] in TOTALS} == TOTALS
    assert all(m["trainable"] + m["frozen"] == m["total"] for m in listed)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models"]) == 0

    out = capsys.readouterr().out
    assert out.startswith("name")
    assert all(name in out for name in TOTALS)

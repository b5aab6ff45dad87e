"""``specmol rank --components`` and ``--known``, with the shipped model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.documents import ROOT

from specmol_cli.main import run
from specmol_core.report.component_rows import COMPONENT_COLUMNS

pytestmark = pytest.mark.slow

ESTER = "167.3, 161.3, 144.2, 129.7, 127.2, 115.8, 114.3, 60.3, 55.4, 14.4"
ALDEHYDE = "190.8, 164.6, 132.0, 130.0, 114.3, 55.6"
MIXTURE = f"13C NMR δ {ESTER}, 190.8, 164.6, 132.0, 130.0, 55.6."
"""Ethyl 4-methoxycinnamate and 4-methoxybenzaldehyde."""
NAMES = ["4-methoxybenzaldehyde", "ethyl 4-methoxycinnamate"]
ALDEHYDE_SMILES, ESTER_SMILES = "COc1ccc(C=O)cc1", "CCOC(=O)/C=C/c1ccc(OC)cc1"

Rank = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "candidates.smi"
    path.write_bytes((ROOT / "examples" / "candidates.smi").read_bytes())
    return path


@pytest.fixture
def rank(library: Path, capfd: pytest.CaptureFixture[str]) -> Rank:
    def call(*options: object) -> tuple[int, str, str]:
        code = run(["rank", "--library", str(library), "--workers", "1", *map(str, options)])
        return code, *capfd.readouterr()

    return call


def found(rank: Rank, *options: object) -> dict[str, Any]:
    code, out, err = rank("--format", "json", *options)
    assert (code, err) == (0, "")
    result: dict[str, Any] = json.loads(out)
    return result


def test_the_set_of_a_mixture_has_its_components_and_signals(rank: Rank) -> None:
    result = found(rank, "--c13", MIXTURE, "--components", 2)

    components = result["components"]
    assert components["verdict"] in ("identified", "probable")
    assert components["most"] == 2
    best = components["sets"][0]
    assert sorted(c["name"] for c in best["components"]) == NAMES
    assert {c["fraction"] for c in best["components"]} == {None}
    signals = {c["name"]: c["signals"][0]["ppm"] for c in best["components"]}
    assert 190.8 in signals[NAMES[0]]
    assert 167.3 in signals[NAMES[1]]
    assert len(result["candidates"]) == 20


def test_one_component_is_not_two(rank: Rank) -> None:
    result = found(rank, "--c13", f"13C NMR δ {ESTER}.", "--components", 2)

    assert [c["name"] for c in result["components"]["sets"][0]["components"]] == [NAMES[1]]


def test_without_components_there_is_no_set(rank: Rank) -> None:
    result = found(rank, "--c13", MIXTURE)

    assert (result["components"], result["known"]) == (None, [])


def test_fractions_are_from_the_areas_of_a_spectrum(rank: Rank) -> None:
    result = found(rank, "--h1", ROOT / "examples" / "crude.zip", "--components", 2, "--known", "CCOC(C)=O")

    best = result["components"]["sets"][0]["components"]
    assert [c["name"] for c in best] == NAMES[::-1]
    assert [c["fraction"] for c in best] == pytest.approx([0.7, 0.3], abs=0.05)
    assert all(c["low"] < c["fraction"] < c["high"] for c in best)
    assert result["known"][0]["seen"] is True


def test_table_and_csv_have_a_row_for_each_component(rank: Rank) -> None:
    code, out, _ = rank("--c13", MIXTURE, "--components", 2)

    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["set", "probability", "component", "fraction", "interval", "signals", "index", "SMILES"]
    assert {line.split("  ")[0].strip() for line in lines[1:3]} >= {"1"} or lines[1].strip().startswith("1")
    assert "components: 2 components" in out

    code, out, _ = rank("--c13", MIXTURE, "--components", 2, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert set(COMPONENT_COLUMNS) < set(rows[0])
    assert sorted(row["name"] for row in rows if row["set"] == "1") == NAMES
    assert "190.8" in next(row["c13_signals"] for row in rows if row["set"] == "1" and row["name"] == NAMES[0])
    assert {row["verdict"] for row in rows} <= {"identified", "probable"}


def test_signals_of_a_known_compound_do_not_count(rank: Rank) -> None:
    mixed, rest = found(rank, "--c13", MIXTURE), found(rank, "--c13", MIXTURE, "--known", ESTER_SMILES)

    assert mixed["verdict"]["name"] == "mixture?"
    assert rest["candidates"][0]["name"] == NAMES[0]
    assert rest["verdict"]["name"] in ("identified", "probable", "open")
    assert rest["known"][0]["smiles"] == ESTER_SMILES
    assert 167.3 in rest["known"][0]["signals"][0]["ppm"]
    assert rest["provenance"]["settings"]["known"] == [ESTER_SMILES]


def test_a_known_compound_that_is_not_there_is_a_warning(rank: Rank) -> None:
    result = found(rank, "--c13", f"13C NMR δ {ESTER}.", "--known", "C1CCCCC1")

    assert result["known"][0]["seen"] is False
    assert any("known compound C1CCCCC1" in warning for warning in result["warnings"])


def test_queries_may_have_known_compounds(rank: Rank, tmp_path: Path) -> None:
    queries = tmp_path / "queries.csv"
    queries.write_text(
        f'id,h1,c13,known\nknown,,"{MIXTURE}",{ESTER_SMILES} C1CCCCC1\nplain,,"{MIXTURE}",\nwrong,,"{MIXTURE}",C1CC\n'
    )
    code, out, _ = rank("--queries", queries, "--components", 2)

    known, plain, wrong = map(json.loads, out.splitlines())
    assert code == 1
    assert len(known["known"]) == 2
    assert plain["known"] == []
    assert sorted(c["name"] for c in plain["components"]["sets"][0]["components"]) == NAMES
    assert wrong["error"]["exit_code"] == 2
    assert "column known" in wrong["error"]["message"]
    assert "C1CC" in wrong["error"]["message"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--components", 4), 2, "--components"),
        (("--components", 1), 2, "--components"),
        (("--components", 2, "--format", "sdf"), 2, "--components writes a table, JSON or CSV"),
        (("--known", "C1CC"), 2, "--known 'C1CC'"),
        (("--known", ""), 2, "is not a SMILES"),
        (("--known", "CCO.CC"), 2, "--known 'CCO.CC'"),
        (("--components", 2, "--model", "matchnet"), 2, "--components: matchnet"),
        (("--known", "CCO", "--model", "matchnet"), 2, "--known: matchnet"),
    ],
)
def test_bad_input_has_one_line(rank: Rank, options: tuple[object, ...], code: int, words: str) -> None:
    found_code, out, err = rank("--c13", MIXTURE, *options)

    assert (found_code, out) == (code, "")
    assert err.count("\n") == 1
    assert words in err


def test_a_known_compound_without_protons_needs_more_than_1h(rank: Rank) -> None:
    h1 = "1H NMR δ 9.88 (s, 1H), 7.84 (d, 2H), 7.00 (d, 2H), 3.88 (s, 3H)"

    code, _, err = rank("--h1", h1, "--known", "ClC(Cl)(Cl)Cl")

    assert code == 2
    assert err.count("\n") == 1
    assert "--known ClC(Cl)(Cl)Cl: has no proton on carbon" in err


def test_nothing_left_is_an_error_of_the_spectrum(rank: Rank) -> None:
    code, _, err = rank("--c13", f"13C NMR δ {ALDEHYDE}.", "--known", ALDEHYDE_SMILES)

    assert code == 3
    assert err.count("\n") == 1
    assert "the known compounds explain all signals" in err

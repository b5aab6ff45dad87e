"""``specmol evaluate mixtures --components`` and ``--byproducts``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specmol_cli.main import run

pytestmark = pytest.mark.slow

QUERIES = [
    {
        "id": "acetate", "truth": "CCOC(C)=O", "pool": ["CCOC(C)=O", "CCC(=O)OC"],
        "c13": [[14.2, 1], [21.0, 1], [60.5, 1], [171.4, 1]],
        "h1": [[1.26, 3, "t", []], [2.05, 3, "s", []], [4.12, 2, "q", []]],
    },
    {
        "id": "anisole", "truth": "COc1ccccc1", "pool": ["COc1ccccc1", "OCc1ccccc1"],
        "c13": [[55.1, 1], [113.9, 2], [120.7, 1], [129.5, 2], [159.6, 1]],
        "h1": [[3.79, 3, "s", []], [6.89, 2, "d", []], [6.93, 1, "t", []], [7.27, 2, "t", []]],
    },
]  # fmt: skip


def test_sets_are_measured_on_joined_lists_and_simulated_spectra(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lists = tmp_path / "lists.jsonl"
    lists.write_text("".join(json.dumps(query) + "\n" for query in QUERIES))

    code = run(["evaluate", "mixtures", "--components", "2", "--lists", str(lists), "--sums", "1", "--format", "json"])

    found = json.loads(capfd.readouterr().out)
    assert code == 0
    assert set(found["figures"]) == {"joined lists", "simulated"}
    assert found["figures"]["joined lists"]["both"]["set_first"] == 1.0
    assert {row["shown"] for row in found["mixtures"]} == {"both", "1H", "13C"}


def test_byproducts_are_measured_on_reactions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "reactions.csv"
    table.write_text(
        "reactants,products\nCOc1ccc(C=O)cc1.CC(C)=O,COc1ccc(C=CC(C)=O)cc1\nO=Cc1ccccc1.CC(C)=O,CC(=O)C=Cc1ccccc1\n"
    )

    code = run(["evaluate", "mixtures", "--byproducts", str(table), "--sums", "1"])

    out = capfd.readouterr().out
    assert code == 0
    assert out.splitlines()[0].split() == ["nuclei", "reactions", "first", "first", "five"]
    assert out.splitlines()[1].startswith("both")


def test_conversions_are_measured_on_reactions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "reactions.csv"
    table.write_text("reactants,products\nCOc1ccccc1C=O.CC(C)=O,COc1ccccc1C=CC(C)=O\n")

    code = run(["evaluate", "mixtures", "--reactions", str(table), "--sums", "1"])

    lines = capfd.readouterr().out.splitlines()
    assert code == 0
    assert lines[0].split()[:5] == ["field", "and", "method", "reactions", "spectra"]
    assert [line.split()[0] for line in lines[1:5]] == ["60", "80", "300", "500"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "no mixtures given"),
        (("--components", "2"), "no mixtures given"),
        (("--components", "2", "--pairs", "nowhere"), "give --library"),
        (("--byproducts", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_bad_input_has_one_line(options: tuple[str, ...], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    code = run(["evaluate", "mixtures", *options])

    out, err = capfd.readouterr()
    assert code in (2, 5)
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_a_series_needs_byproducts(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "mixtures", "--series"]) == 2
    assert "give --byproducts" in capfd.readouterr().err

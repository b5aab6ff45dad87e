"""Printed figures against the text of the paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specmol_core.matchnet.reproduction.figures import (
    FULL_PROTOCOL,
    METRICS,
    SYSTEMS,
    TABLE_1,
    TABLE_2,
    TABLE_3,
    TITLES,
    UNTRAINED_SYSTEMS,
    VARIANT_LETTERS,
    PrintedFigure,
)

BASELINES = {
    "GCN + ResNet-101": "gcn-resnet101",
    "DenseNet": "densenet121",
    "ResNet-50": "resnet50",
    "GAT + ResNet-101": "gat-resnet101",
    "EfficientNet": "efficientnet-b0",
    "Ours": "matchnet",
}
MODELS = {letter: name for name, letter in VARIANT_LETTERS.items()}


@pytest.fixture
def lines(shared: Path) -> list[str]:
    """The tables at the end of the paper's text."""
    path = shared / "reference" / "specmol-matchnet-paper.txt"
    if not path.is_file():
        pytest.skip("the paper's text is not beside the repository")
    text = path.read_text()
    return text[text.index("Table 1. Comparative") :].splitlines()


def test_table_1_is_the_printed_one(lines: list[str]) -> None:
    found: dict[str, dict[str, dict[str, PrintedFigure]]] = {}
    name = ""
    for line in lines:
        if match := re.fullmatch(r"(\D.*?)?(?:\s\[\d+\])?(Test_diff|Test_rand)((?:\d\.\d\d){5})", line):
            name = BASELINES[match[1]] if match[1] else name
            values = [PrintedFigure(float(v)) for v in re.findall(r"\d\.\d\d", match[3])]
            found.setdefault(name, {})[match[2].lower()] = dict(zip(METRICS, values, strict=True))

    assert found == TABLE_1


def test_table_2_is_the_printed_one(lines: list[str]) -> None:
    found: dict[str, dict[str, dict[str, PrintedFigure]]] = {}
    name = ""
    for line in lines:
        values = re.findall(r"(\d\.\d{3}) ± (\d\.\d{3})", line.replace("0 . ", "0."))
        if len(values) == len(METRICS):
            model, _, table = line.partition("Test_")
            name = MODELS[model] if model else name
            row = [PrintedFigure(float(mean), float(sd), 3) for mean, sd in values]
            found.setdefault(name, {})[f"test_{table.split()[0]}"] = dict(zip(METRICS, row, strict=True))

    assert found == TABLE_2


def test_table_3_is_the_printed_one(lines: list[str]) -> None:
    rows = [m for line in lines if (m := re.fullmatch(r"(A|B|C|D|all)(\d\d\.\d{3})(\d\d\.\d\d)(\d{3}\.\d\d)", line))]

    found = {MODELS[m[1]]: tuple(float(m[i]) for i in (2, 3, 4)) for m in rows}

    assert found == {name: (c.total_millions, c.ms_per_batch, c.peak_mb) for name, c in TABLE_3.items()}


def test_every_system_has_a_title_and_seeds() -> None:
    assert set(TITLES) == {*SYSTEMS, *UNTRAINED_SYSTEMS}
    assert set(FULL_PROTOCOL.seeds) == set(SYSTEMS)
    assert {*TABLE_1, *TABLE_2} <= set(SYSTEMS)


def test_figures_keep_their_printed_digits() -> None:
    assert str(TABLE_1["resnet50"]["test_rand"]["accuracy"]) == "0.80"
    assert str(TABLE_2["matchnet-b"]["test_diff"]["accuracy"]) == "0.823 ± 0.010"

"""Reproduction page."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.paper_fixtures import figures, fixed_result, full_protocol_result, save, training_result

from specmol_core.errors import DatasetError
from specmol_core.matchnet.reproduction.embedding import Embedding, write_embedding
from specmol_core.matchnet.reproduction.figures import SYSTEMS, TABLES, UNTRAINED_SYSTEMS
from specmol_core.matchnet.reproduction.page import write_page
from specmol_core.matchnet.reproduction.page_data import COLUMNS


def page(folder: Path, *results: dict[str, Any]) -> str:
    save(folder, *results)
    write_page(folder)
    return (folder / "reproduction.md").read_text()


def row(text: str, start: str, heading: str) -> list[str]:
    """Cells of the first row with this start, below a heading."""
    part = text[text.index(heading) :]
    line = next(line for line in part.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def embed(folder: Path, *systems: str) -> None:
    (folder / "tsne").mkdir()
    for system in systems:
        points = np.random.default_rng(0).normal(size=(10, 2))
        write_embedding(folder / "tsne" / f"{system}.csv", Embedding(points, np.arange(10) % 2))


def test_our_figures_are_beside_the_papers(tmp_path: Path) -> None:
    tables = {"test_diff": figures(0.98765, precision=0.9005, accuracy=0.79949)}
    text = page(tmp_path, training_result("densenet121", tables=tables))

    assert row(text, "DenseNet-121", "### Test_diff") == [
        "DenseNet-121",
        "0.9877 † (0.96)",
        "0.9777 to 0.9977",
        "0.901 † (0.93)",
        "0.800 † (0.81)",
        "0.850 † (0.86)",
        "0.799 † (0.87)",
    ]


def test_figures_that_were_not_run_are_dashes(tmp_path: Path) -> None:
    text = page(tmp_path, training_result("densenet121", tables={"test_diff": figures(0.9)}))

    assert row(text, "DenseNet-121", "### Test_rand")[1:4] == ["– (0.85)", "–", "– (0.75)"]
    assert row(text, "SpecMol-MatchNet", "### Test_diff")[1:3] == ["– (0.99)", "–"]
    assert row(text, "ResNet-50 (ImageNet)", "### Test_diff")[1:] == ["–"] * 6
    assert row(text, "*matchnet-x*", "### Test_sim")[1:] == ["–"] * 6
    assert row(text, "**C**", "## Table 2")[1:] == ["ours", *["–"] * 6]
    assert row(text, "**C**", "## Table 3")[3:] == ["– (44.115)", "– (23.78)", "– (339.66)", "–"]
    assert row(text, "C: plain CBAM", "## What was run")[1:5] == ["– of 40,625", "– of 5,804", "– of 100", "0 of 3"]
    assert "1 of the 11 systems were run" in text
    assert "The full model was not run" in text
    assert "Not drawn: there are no embeddings." in text


def test_variants_have_mean_and_deviation_above_the_papers(tmp_path: Path) -> None:
    runs = [training_result("matchnet-a", seed, auc) for seed, auc in ((0, 0.9105), (1, 0.9305))]
    text = page(tmp_path, *runs)

    ours = row(text, "**A**", "## Table 2")
    assert ours[1:4] == ["ours", "2", "0.921 ± 0.014 †‡"]
    assert "|  | paper | 5 | 0.921 ± 0.011 | 0.923 ± 0.011 | 0.518 ± 0.019 | 0.667 ± 0.015 | 0.742 ± 0.013 |" in text


def test_cost_and_what_was_run(tmp_path: Path) -> None:
    text = page(tmp_path, training_result("matchnet"))

    assert row(text, "**all**", "## Table 3")[1:] == [
        "1.615",
        "42.500",
        "44.116 (44.116)",
        "12.35 (21.22)",
        "338.20 (339.67)",
        "cpu, batches of 32",
    ]
    assert row(text, "SpecMol-MatchNet", "## What was run")[1:] == [
        "8,000 of 40,625",
        "1,000 of 5,804",
        "8 of 100 (best: 7)",
        "1 of 5",
        "resnet101, simulated spectra, 32 of 256 rows",
        "19,200",
        "32",
        "0.0001, constant",
        "2 min",
    ]


def test_a_full_run_has_no_mark(tmp_path: Path) -> None:
    text = page(tmp_path, full_protocol_result("resnet50"))

    assert row(text, "ResNet-50", "### Test_diff")[1] == "0.9500 (0.97)"
    assert row(text, "ResNet-50", "## What was run")[1] == "40,139 of 40,625 (all with spectra)"
    assert "Run in full: ResNet-50." in text
    assert "†" not in text


def test_the_verdict_follows_the_intervals(tmp_path: Path) -> None:
    text = page(
        tmp_path,
        training_result("matchnet", auc=0.95),
        training_result("densenet121", auc=0.90),
        training_result("resnet50", auc=0.94),
        training_result("gat-resnet101", auc=0.98),
        training_result("matchnet-a", auc=0.7),
        fixed_result("alignment", 0.99996),
    )

    assert (
        "Of the baselines, it beats DenseNet-121 (0.9000); it shows no clear difference from ResNet-50 (0.9400); it is "
        "behind GAT + ResNet-101 (0.9800). Of the variants, it beats variant A (0.7000). For reference, systems "
        "without training: Alignment of peak lists (> 0.9999)."
    ) in text
    assert "Uneven" not in text


def test_uneven_trainings_are_named(tmp_path: Path) -> None:
    other = training_result("resnet50", epochs=4, best_epoch=4)
    text = page(tmp_path, training_result("matchnet"), other)

    assert "Trained differently: ResNet-50 (8,000 molecules for 4 epochs" in text
    assert "the last epoch was the best): ResNet-50." in text


def test_a_note_is_escaped(tmp_path: Path) -> None:
    text = page(tmp_path, fixed_result("alignment", note="a | b\n# <script>"))

    assert "- *Alignment of peak lists*: a \\| b # &lt;script&gt;\n" in text


def test_the_csv_has_every_cell(tmp_path: Path) -> None:
    page(tmp_path, training_result("matchnet", 0, 0.94), training_result("matchnet", 1, 0.96))

    with (tmp_path / "tables.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(r["system"], r["table"], r["metric"]): r for r in rows}
    assert tuple(rows[0]) == COLUMNS
    assert len(found) == len(rows)
    assert {s for s, _, _ in found} == {*SYSTEMS, *UNTRAINED_SYSTEMS}
    assert all((system, table, "auc") in found for system in (*SYSTEMS, *UNTRAINED_SYSTEMS) for table in TABLES)
    cell = found["matchnet", "test_rand", "auc"]
    assert float(cell["mean"]) == pytest.approx(0.95)
    assert (cell["seeds"], cell["shortened"], cell["paper"], cell["paper_sd"]) == (
        "2",
        "training seeds",
        "0.922",
        "0.005",
    )
    assert found["gcn-resnet101", "test_diff", "auc"]["mean"] == ""
    assert found["gcn-resnet101", "test_diff", "auc"]["paper"] == "0.98"
    assert found["matchnet-c", "cost", "peak_mb"]["paper"] == "339.66"
    content = json.loads((tmp_path / "tables.json").read_text())
    assert len(content["figures"]) == len(rows)
    assert content["systems"]["matchnet"]["trainings"][1]["epochs"] == 8
    assert "alignment" in content["not_run"]


def test_every_file_is_written_and_linked(tmp_path: Path) -> None:
    save(tmp_path / "reproduction", training_result("matchnet"))
    embed(tmp_path / "reproduction", "matchnet", "matchnet-b")

    written = write_page(tmp_path / "reproduction", tmp_path / "reproduction.md")

    assert [p.name for p in written] == ["tables.json", "tables.csv", "tsne.svg", "tsne.png", "reproduction.md"]
    assert all(p.is_file() for p in written)
    text = written[-1].read_text()
    assert "](reproduction/tsne.svg)" in text
    assert "(reproduction/tables.csv)" in text
    assert "Not drawn: variant A, variant C and variant D." in text


def test_remarks_are_on_the_page(tmp_path: Path) -> None:
    save(tmp_path, training_result("matchnet"))
    (tmp_path / "remarks.md").write_text("Photographs teach little of spectra.\n")

    assert "## Remarks\n\nPhotographs teach little of spectra.\n" in write_page(tmp_path)[-1].read_text()
    (tmp_path / "remarks.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match=r"remarks\.md"):
        write_page(tmp_path)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    save(tmp_path, training_result("matchnet"))
    embed(tmp_path, "matchnet")

    first = [p.read_bytes() for p in write_page(tmp_path)]

    assert [p.read_bytes() for p in write_page(tmp_path)] == first


def test_an_embedding_of_an_unknown_system_is_refused(tmp_path: Path) -> None:
    save(tmp_path, training_result("matchnet"))
    embed(tmp_path, "vgg16")

    with pytest.raises(DatasetError, match=r"vgg16\.csv: is not named after a system"):
        write_page(tmp_path)


def test_a_damaged_result_leaves_the_old_page(tmp_path: Path) -> None:
    before = page(tmp_path, training_result("matchnet"))
    (tmp_path / "results" / "resnet50-seed0.json").write_text("{")

    with pytest.raises(DatasetError, match=r"resnet50-seed0\.json: damaged"):
        write_page(tmp_path)

    assert (tmp_path / "reproduction.md").read_text() == before


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="results: cannot be read"):
        write_page(tmp_path)

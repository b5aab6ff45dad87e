"""Names of earlier versions are refused with the new name, or still work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.command_tree import all_commands

from specmol_cli.main import run
from specmol_core import api

RENAMED = {
    "fit --measured m.jsonl": "specmol fit is now specmol train ranking",
    "dataset --shifts s.parquet": "specmol dataset is now specmol matchnet dataset",
    "pretrain": "specmol pretrain is now specmol matchnet pretrain",
    "encoder data.h5": "specmol encoder is now specmol matchnet pretrain-encoder",
    "evaluate pairs t.csv --dataset d.h5": "specmol evaluate pairs is now specmol matchnet pairs",
    "evaluate paper --help": "specmol evaluate paper is now specmol matchnet tables",
    "shifts train --output o": "specmol shifts train is now specmol train shifts",
    "train data.h5 --output run": "specmol train DATASET is now specmol matchnet train DATASET",
    "train runs/data --output run": "specmol train DATASET is now specmol matchnet train DATASET",
    "train --output run data.h5": "specmol train DATASET is now specmol matchnet train DATASET",
    "evaluate ranking b.jsonl --laboratory d": "specmol evaluate ranking --laboratory is now --background",
    "evaluate ranking b.jsonl --laboratory=d": "specmol evaluate ranking --laboratory is now --background",
}


@pytest.mark.parametrize("line", RENAMED)
def test_old_name_answers_with_the_new_one(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == 2

    assert capfd.readouterr() == ("", f"error: {RENAMED[line]}\n")


def test_new_names_exist() -> None:
    known = {" ".join(("specmol", *path)) for path in all_commands()}

    assert {answer.split(" is now ")[1].removesuffix(" DATASET") for answer in RENAMED.values()} - known == {
        "--background"
    }


@pytest.mark.parametrize("group", [(), ("train",), ("shifts",), ("evaluate",)])
def test_help_does_not_list_old_names(group: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*group, "--help"]) == 0

    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    old = {"": {"fit", "dataset", "pretrain", "encoder"}, "shifts": {"train"}, "evaluate": {"pairs", "paper"}}
    assert not listed & old.get(" ".join(group), set())


@pytest.mark.parametrize("word", ["rankin", "data"])
def test_misspelt_command_of_train_is_no_dataset(word: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["train", word]) == 2

    assert f"No such command '{word}'" in capfd.readouterr().err


@pytest.mark.parametrize("option", ["--images", "--pictures"])
def test_pictures_is_still_accepted(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handed: list[dict[str, Any]] = []
    monkeypatch.setattr(api, "evaluate_digitising", lambda *_, **__: handed.append({"read": "images"}) or [])
    monkeypatch.setattr(api, "evaluate_ranking", lambda *_, **options: handed.append(options) or [])
    monkeypatch.setattr(api, "evaluate_pairs", lambda *_, **options: handed.append(options) or [{"skipped": {}}])
    monkeypatch.setattr(
        api, "evaluate_paper", lambda *given, **_: handed.append({"images": given[3].pretrain_images}) or []
    )

    assert run(["evaluate", "readers", str(tmp_path), option, "--format", "json"]) == 0
    assert run(["evaluate", "ranking", "b.jsonl", option, "--format", "json"]) == 0
    assert run(["matchnet", "pairs", "t.csv", "--dataset", "d.h5", f"{option}=256", "--format", "json"]) == 0
    assert run(["matchnet", "tables", "--output", str(tmp_path), option, "64"]) == 0

    readers, ranking, pairs, tables = handed
    assert readers == {"read": "images"}
    assert (ranking["images"], pairs["image_columns"], tables["images"]) == (True, 256, 64)

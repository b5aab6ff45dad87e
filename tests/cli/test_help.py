"""What the help of each command and group shows."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from support.command_tree import all_commands, is_group

from specmol_cli.main import run

COMMANDS = all_commands()
LEAVES = {path: command for path, command in COMMANDS.items() if not is_group(command)}
COLUMNS = 80
"""Width of the terminal in these tests."""


def help_of(capsys: pytest.CaptureFixture[str], *path: str) -> str:
    assert run([*path, "--help"]) == 0
    return capsys.readouterr().out


def sections(text: str) -> dict[str, list[str]]:
    """First words of the rows under each title."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if re.fullmatch(r"\S.*:", line):
            found[line[:-1]] = []
        elif match := re.match(r"  (\S+)", line):
            found.setdefault(list(found)[-1] if found else "", []).append(match[1])
    return found


def test_top_level_lists_the_commands_in_panels(capsys: pytest.CaptureFixture[str]) -> None:
    found = sections(help_of(capsys))

    assert {title: rows for title, rows in found.items() if title not in ("", "Options", "Example")} == {
        "Identify a compound": ["rank", "embed", "inspect"],
        "Mixtures and reactions": ["quantify", "monitor"],
        "Predict and simulate": ["simulate", "shifts"],
        "Models": ["models", "train"],
        "Measure models and reproduce the paper": ["evaluate", "matchnet"],
    }


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("train", ["shifts", "ranking", "calibration"]),
        ("shifts", ["predict"]),
        ("evaluate", ["ranking", "library", "shifts", "readers", "simulator", "mixtures"]),
        ("matchnet", ["dataset", "pretrain", "pretrain-encoder", "train", "pairs", "tables"]),
    ],
)
def test_group_lists_its_commands(group: str, commands: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = sections(help_of(capsys, group))

    assert [row for title, rows in found.items() if title not in ("", "Options") for row in rows] == commands


def test_options_of_rank_are_in_panels(capsys: pytest.CaptureFixture[str]) -> None:
    found = sections(help_of(capsys, "rank"))

    assert [title for title in found if title] == [
        "Spectra",
        "Library",
        "Ranking",
        "Output",
        "Model",
        "Options",
        "Example",
    ]
    assert found["Options"] == ["-h,"]


def test_help_of_train_names_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of(capsys, "train").split())

    assert "default model, matchnet-x" in text
    assert "the model that specmol rank uses" in text
    assert "is trained by specmol matchnet train" in text


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_usage_and_line_length(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))

    text = help_of(capsys, *path)

    assert text.startswith(f"Usage: {' '.join(('specmol', *path))} ")
    assert [line for line in text.splitlines() if len(line) > COLUMNS] == []


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_parameter_is_explained(path: tuple[str, ...]) -> None:
    assert [p.name for p in LEAVES[path].params if not getattr(p, "help", None)] == []


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_shows_an_example_that_parses(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))

    shown = help_of(capsys, *path).split("\nExample:\n")[1]

    line = shown.replace("\\\n", " ")
    words: list[Any] = shlex.split(line)
    assert words[: len(path) + 1] == ["specmol", *path]
    LEAVES[path].make_context(path[-1], words[len(path) + 1 :]).close()

"""Ranking masks and lists solvent and impurities by default, and keeps them on request."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from specmol_cli.main import run

pytestmark = pytest.mark.usefixtures("quick_loading")

LINES = [(171.1, 0.3), (60.4, 0.9), (21.0, 0.8), (14.2, 0.8)]
CDCL3 = [(77.48, 2.0), (77.16, 2.0), (76.84, 2.0)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A 13C trace at 100 MHz as a table of ppm and intensity."""
    grid = np.linspace(200, 0, 40_000)
    trace = np.random.default_rng(0).normal(0, 0.003, grid.size)
    for ppm, height in (*LINES, *CDCL3):
        trace += height / (1 + ((grid - ppm) / 0.012) ** 2)
    path = tmp_path / "c13.csv"
    rows = "\n".join(f"{x:.4f},{y:.5f}" for x, y in zip(grid, trace, strict=True))
    path.write_text(f"ppm,intensity\n{rows}\n")
    return path


def ranked(
    table: Path, checkpoint: Path, library: Path, capfd: pytest.CaptureFixture[str], *options: str, nucleus: str = "c13"
) -> dict:  # type: ignore[type-arg]
    files = [f"--{nucleus}", str(table), "--library", str(library), "--checkpoint", str(checkpoint), "--workers", "1"]
    assert run(["rank", *files, "--no-cache", "--format", "json", *options]) == 0
    return json.loads(capfd.readouterr().out)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_solvent_is_masked_and_listed_or_kept(
    table: Path, tiny_checkpoint: Path, sdf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    masked = ranked(table, tiny_checkpoint, sdf, capfd)
    kept = ranked(table, tiny_checkpoint, sdf, capfd, "--keep-solvent")

    assert [round(line["ppm"], 1) for line in masked["masked_lines"]["c13"]] == [77.5, 77.2, 76.8]
    assert {line["reason"] for line in masked["masked_lines"]["c13"]} == {"CDCl3"}
    assert any("masked CDCl3" in text for text in masked["warnings"])
    assert masked["provenance"]["settings"]["keep_solvent"] is False
    assert kept["masked_lines"] == {}
    assert not any("masked " in text for text in kept["warnings"])
    assert [c["score"] for c in kept["candidates"]] != [c["score"] for c in masked["candidates"]]


@pytest.mark.slow
def test_solvent_that_is_given_is_masked_and_named_in_the_result(
    tmp_path: Path, tiny_checkpoint: Path, sdf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The line at 3.33 ppm is water only in DMSO, whose own line is missing, and no file names it."""
    table = _proton_table(tmp_path)

    plain = ranked(table, tiny_checkpoint, sdf, capfd, nucleus="h1")
    given = ranked(table, tiny_checkpoint, sdf, capfd, "--solvent", "d6-dmso", nucleus="h1")

    assert plain["masked_lines"]["h1"] == []
    assert plain["solvents"] == {"h1": None}
    assert [line["reason"] for line in given["masked_lines"]["h1"]] == ["water in DMSO-d6"]
    assert given["solvents"] == {"h1": {"name": "DMSO-d6", "source": "given"}}
    assert given["provenance"]["settings"]["solvent"] == "DMSO-d6"


def test_unknown_solvent_is_a_usage_error(table: Path, sdf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["rank", "--c13", str(table), "--library", str(sdf), "--solvent", "gin"]) == 2
    assert "--solvent: the solvent 'gin' is unknown; choose one of CDCl3, DMSO-d6" in capfd.readouterr().err
    assert run(["inspect", str(table), "--solvent", "gin"]) == 2


def test_inspect_takes_the_solvent_that_is_given(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(_proton_table(tmp_path))
    assert run(["inspect", path, "--nucleus", "1H", "--solvent", "dmso", "--format", "json"]) == 0

    found = json.loads(capfd.readouterr().out)

    assert (found["solvent"], found["solvent_source"], found["solvent_found"]) == ("DMSO-d6", "given", False)
    assert any("DMSO-d6, the solvent that was given, was found" in text for text in found["warnings"])


def _proton_table(folder: Path) -> Path:
    """A 1H trace at 400 MHz without DMSO, with a broad line of water."""
    grid = np.linspace(12, -1, 32_000)
    trace = np.random.default_rng(0).normal(0, 0.001, grid.size)
    for ppm, height, width in ((7.9, 0.5, 0.0015), (3.9, 0.9, 0.0015), (2.2, 0.9, 0.0015), (3.33, 0.7, 0.006)):
        trace += height / (1 + ((grid - ppm) / width) ** 2)
    path = folder / "h1.csv"
    path.write_text("ppm,intensity\n" + "\n".join(f"{x:.5f},{y:.6f}" for x, y in zip(grid, trace, strict=True)))
    return path


@pytest.mark.slow
def test_a_ranking_has_the_warnings_of_inspect(
    tmp_path: Path, table: Path, tiny_checkpoint: Path, sdf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ("--solvent", "CDCl3")
    assert run(["inspect", str(_proton_table(tmp_path)), "--nucleus", "1H", "--format", "json", *options]) == 0
    warnings = json.loads(capfd.readouterr().out)["warnings"]

    found = ranked(tmp_path / "h1.csv", tiny_checkpoint, sdf, capfd, *options, nucleus="h1")

    assert any("no line of CDCl3, the solvent that was given, was found" in text for text in warnings)
    assert {text.removeprefix(f"{tmp_path / 'h1.csv'}: ") for text in found["warnings"]} >= set(warnings)
    masked = ranked(table, tiny_checkpoint, sdf, capfd, "--solvent", "dmso")
    assert any("the solvent was given as DMSO-d6, but the lines are those of CDCl3" in t for t in masked["warnings"])

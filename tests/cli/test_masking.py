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


def ranked(table: Path, checkpoint: Path, library: Path, capfd: pytest.CaptureFixture[str], *options: str) -> dict:  # type: ignore[type-arg]
    files = ["--c13", str(table), "--library", str(library), "--checkpoint", str(checkpoint), "--workers", "1"]
    assert run(["rank", *files, "--no-cache", "--format", "json", *options]) == 0
    return json.loads(capfd.readouterr().out)  # type: ignore[no-any-return]


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

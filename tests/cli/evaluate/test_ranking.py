"""``specmol evaluate ranking``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import measured_fixtures

from specmol_cli.main import run

pytestmark = pytest.mark.slow


def test_evaluate_ranking(tiny_checkpoint: Path, benchmark_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["evaluate", "ranking", str(benchmark_set), "--checkpoint", str(tiny_checkpoint), "--format", "json"]) == 0
    )
    (entry,) = json.loads(capsys.readouterr().out)
    assert set(entry["ranking"]) == {"both", "13C", "1H"}
    assert entry["queries"] == 1
    assert [(name, values["queries"]) for name, values in entry["solvents"].items()] == [("unknown", 1)]

    assert run(["evaluate", "ranking", str(benchmark_set), "--checkpoint", str(tiny_checkpoint)]) == 0
    shown = capsys.readouterr().out
    assert "ms/candidate" in shown
    assert "top-1 by solvent, both nuclei: unknown" in shown


def test_benchmark_set_is_composited_into_measured_spectra(
    tiny_checkpoint: Path, benchmark_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, nucleus in (("h1", "1H"), ("c13", "13C")):
        measured_fixtures.write_jcamp(tmp_path / f"{name}.dx", measured_fixtures.measured(nucleus))  # type: ignore[arg-type]
    measured_fixtures.manifest(tmp_path)
    arguments = [
        str(benchmark_set),
        "--background",
        str(tmp_path),
        "--checkpoint",
        str(tiny_checkpoint),
        "--format",
        "json",
    ]

    assert run(["evaluate", "ranking", *arguments]) == 0

    drawn, composited = json.loads(capsys.readouterr().out)
    assert (drawn["set"], composited["set"]) == ("bench.jsonl", "bench.jsonl, in measured spectra, from files")
    assert composited["queries"] == 1


def test_background_needs_lines_that_point_up(
    tiny_checkpoint: Path, benchmark_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, nucleus in (("h1", "1H"), ("c13", "13C")):
        spectrum = measured_fixtures.measured(nucleus)  # type: ignore[arg-type]
        turned = np.where(spectrum.axis.grid() < 50, -1, 1).astype(np.float32) * spectrum.intensities
        measured_fixtures.write_jcamp(tmp_path / f"{name}.dx", replace(spectrum, intensities=turned))
    measured_fixtures.manifest(tmp_path)

    assert run(["evaluate", "ranking", str(benchmark_set), "--background", str(tmp_path)]) != 0

    assert "negative lines" in capsys.readouterr().err

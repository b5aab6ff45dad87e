"""``specmol embed``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from specmol_cli.main import run

pytestmark = pytest.mark.usefixtures("quick_loading")


def embed(library: Path, checkpoint: Path, *options: object) -> int:
    arguments = ["embed", library, "--checkpoint", checkpoint, "--workers", 1, *options]
    return run([str(argument) for argument in arguments])


@pytest.mark.slow
def test_counts_and_report(tiny_checkpoint: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    library, cache = tmp_path / "l.smi", tmp_path / "c.h5"
    library.write_text("CCO one\nOCC two\nno(smiles three\nCCC four\n")

    assert embed(library, tiny_checkpoint, "--cache", cache, "--report", tmp_path / "r.csv") == 0

    out, err = capfd.readouterr()
    assert out == f"{cache}: 4 read, 2 embedded, 1 duplicates, 1 rejected\n"
    assert err == ""
    assert [row["name"] for row in csv.DictReader((tmp_path / "r.csv").open())] == ["three"]


def test_cache_of_another_library_is_replaced_only_with_force(
    tiny_checkpoint: Path, sdf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache, other = tmp_path / "c.h5", tmp_path / "other.smi"
    other.write_text("CCO\n")

    assert embed(sdf, tiny_checkpoint, "--cache", cache) == 0
    assert embed(other, tiny_checkpoint, "--cache", cache) == 5
    assert str(cache) in capfd.readouterr().err
    assert embed(other, tiny_checkpoint, "--cache", cache, "--force") == 0


def test_strict(tiny_checkpoint: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    library = tmp_path / "l.smi"
    library.write_text("CCO\nno(smiles\n")

    assert embed(library, tiny_checkpoint, "--strict") == 4
    assert "record 1" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == [library]

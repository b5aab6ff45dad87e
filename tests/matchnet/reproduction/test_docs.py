"""docs/reproduction.md agrees with the result files of the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from specmol_core import api

ROOT = Path(__file__).parents[3]
FOLDER, PAGE = Path("docs/reproduction"), Path("docs/reproduction.md")


def test_the_page_agrees_with_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("results", "tsne"):
        shutil.copytree(ROOT / FOLDER / name, tmp_path / FOLDER / name)
    shutil.copy(ROOT / FOLDER / "remarks.md", tmp_path / FOLDER)
    monkeypatch.chdir(tmp_path)

    written = api.evaluate_paper(None, (), FOLDER, page=PAGE)

    assert PAGE in written
    for path in written:
        assert path.read_bytes() == (ROOT / path).read_bytes(), path

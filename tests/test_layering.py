"""Imports go downward only, as the contract in pyproject.toml requires."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_imports_go_downward_only(tmp_path: Path) -> None:
    pytest.importorskip("importlinter", reason="import-linter is not installed (pip install '.[dev]')")
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    done = subprocess.run(
        [sys.executable, "-c", code, "--cache-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_image_of_the_layers_matches_the_contract() -> None:
    spec = importlib.util.spec_from_file_location("make_layers_image", ROOT / "docs" / "make_layers_image.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    drawn = module.draw()

    shipped = (ROOT / "docs" / "images" / "layers.svg").read_text(encoding="utf-8")
    assert drawn == shipped, "run python docs/make_layers_image.py"


@pytest.mark.slow
def test_no_two_classes_have_one_name() -> None:
    classes: dict[str, list[str]] = {}
    for package in ("specmol", "specmol_cli", "specmol_core"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    classes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))

    assert {name: paths for name, paths in classes.items() if len(paths) > 1} == {}


def test_the_library_has_at_most_eight_loose_modules() -> None:
    loose = {path.name for path in (ROOT / "specmol_core").glob("*.py")} - {"__init__.py"}

    assert len(loose) <= 8, sorted(loose)

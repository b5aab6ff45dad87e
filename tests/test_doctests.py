"""The examples in docstrings run as they stand, in the root of the repository."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("specmol", "specmol_cli", "specmol_core")
SLOW = {
    "specmol",
    "specmol_core.mixtures.fitter",
    *(f"specmol_core.api.{name}" for name in ("ranking", "shifts", "simulator")),
}
"""Modules whose examples start processes or load a model."""


def modules_with_examples() -> list[str]:
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    found = (path.relative_to(ROOT).with_suffix("") for path in paths if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.parts).removesuffix(".__init__") for path in found]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in modules_with_examples()]
)
def test_examples_of_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(name)

    done = doctest.testmod(module)

    assert done.attempted > 0
    assert done.failed == 0


def test_the_public_interface_has_examples() -> None:
    assert SLOW | {"specmol_core.api.spectra"} <= set(modules_with_examples())

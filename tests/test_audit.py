"""``make audit`` never calls a package safe that nobody looked up."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_data_the_pinned_versions_are_listed(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    skipped = [{"name": "numpy", "skip_reason": "not found on PyPI"}]

    assert audit.report(skipped, "# pinned\nnumpy==2.4.6\n") == 2
    assert capsys.readouterr().out.endswith("The pinned versions are:\nnumpy==2.4.6\n")


def test_a_known_vulnerability_is_an_error(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    packages = [
        {"name": "pillow", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
        {"name": "numpy", "version": "2", "vulns": []},
    ]

    assert audit.report(packages, "") == 1
    assert "pillow 1: CVE-1, fixed in 2" in capsys.readouterr().out

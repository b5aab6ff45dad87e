"""``make audit`` never calls a package safe that nobody looked up."""

from __future__ import annotations

from types import ModuleType

import pytest
from support.benchmark_scripts import load_benchmark


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return load_benchmark("audit")


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

"""Optional packages are found without being imported, and named where they are missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from specmol_core.errors import MissingPackageError, UsageError
from specmol_core.runtime.packages import has_package, require_faiss, require_torch


def test_has_package_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "untouched_package.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)

    assert has_package("untouched_package")
    assert "untouched_package" not in sys.modules


@pytest.mark.parametrize("name", ["torch", "torch_geometric", "torchvision"])
def test_each_missing_package_of_torch_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.runtime.packages.has_package", lambda package: package != name)

    with pytest.raises(MissingPackageError, match=f"^training needs the package {name}, .* install torch") as caught:
        require_torch("training")
    assert caught.value.package == name


def test_nothing_is_raised_if_everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.runtime.packages.has_package", lambda package: True)

    require_torch("training")


def test_missing_faiss_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.runtime.packages.has_package", lambda package: False)

    with pytest.raises(MissingPackageError, match=r"^searching needs the package faiss, .* run pip install faiss-cpu$"):
        require_faiss("searching")


def test_faiss_that_does_not_load_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "faiss.py").write_text("raise ImportError('libcublas.so.12:\\ncannot open')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "faiss", raising=False)

    with pytest.raises(UsageError, match=r"does not load \(libcublas.so.12: cannot open\); run pip install faiss-cpu"):
        require_faiss("searching")

"""Dependencies and packages in pyproject.toml and constraints.txt."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIGHT = ROOT / "requirements-light.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower()


def test_every_requirement_has_its_tested_version() -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]

    assert {name_of(r) for r in wanted} - {"specmol"} <= set(pinned())


def test_build_includes_all_files_of_the_packages() -> None:
    taken = PROJECT["tool"]["setuptools"]["package-data"]

    for package, patterns in taken.items():
        present = {p for p in (ROOT / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        data = {p for p in present if p.suffix != ".py"}
        assert data == {p for pattern in patterns for p in (ROOT / package).glob(pattern)}


@pytest.mark.parametrize("package", ["specmol", "specmol_cli", "specmol_core"])
def test_every_folder_of_modules_is_a_package(package: str) -> None:
    folders = {p.parent for p in (ROOT / package).rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_light_requirements_are_pinned_as_everything_else() -> None:
    light = dict(line.split("==") for line in LIGHT.read_text().splitlines() if line and not line.startswith("#"))

    assert light.items() <= pinned().items()


def test_the_light_requirements_lack_torch_alone() -> None:
    """All direct requirements but torch; faiss-cpu in place of faiss-gpu, which needs CUDA libraries."""
    light = {line.split("==")[0] for line in LIGHT.read_text().splitlines() if line and not line.startswith("#")}
    wanted = {name_of(r) for r in PROJECT["project"]["dependencies"]}

    assert wanted - light == {"torch", "torch-geometric", "torchvision", "faiss-gpu"}


def test_the_light_requirements_are_complete() -> None:
    """Each package that one of them needs is one of them, so that pip adds nothing of another version."""
    packaging = pytest.importorskip("packaging.requirements")
    light = {line.split("==")[0] for line in LIGHT.read_text().splitlines() if line and not line.startswith("#")}
    needed = set()
    for name in light - {"faiss-cpu"}:
        requirements = map(packaging.Requirement, metadata.requires(name) or ())
        active = (r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""}))
        needed |= {re.sub(r"[-_.]+", "-", r.name).lower() for r in active}

    assert needed - light == set()

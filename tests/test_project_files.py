"""What an open project has beside its code: version, release, hooks, workflow, templates, citation."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import specmol

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def read_yaml(path: Path) -> Any:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    newest = re.findall(r"^## (\d+\.\d+\.\d+)", text, re.MULTILINE)[0]
    assert newest == specmol.__version__


def test_citation_has_the_version_and_the_paper() -> None:
    citation = read_yaml(ROOT / "CITATION.cff")

    assert citation["version"] == specmol.__version__
    assert citation["license"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    assert citation["references"][0]["doi"] in (ROOT / "README.md").read_text(encoding="utf-8")
    for entry in (citation, *citation["references"]):
        assert all(entry[key] for key in ("title", "type", "authors"))


def test_hooks_run_what_make_lint_runs() -> None:
    (repo,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]

    assert repo["repo"] == "local"
    tools = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in repo["hooks"]}
    assert tools == set(re.findall(r"\$\(BIN\)/([\w-]+)", lint))


def test_workflow_calls_the_script_of_ci_on_every_python() -> None:
    workflow = read_yaml(ROOT / ".github" / "workflows" / "ci.yml")
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]

    full, light = workflow["jobs"]["full"], workflow["jobs"]["light"]
    assert full["steps"][-1] == {"run": ".ci/run"}
    assert {"run": "make demo LIGHT=1"} in light["steps"]
    assert full["strategy"]["matrix"]["python"] == [
        text.rpartition(" ")[2] for text in classifiers if "Python :: 3." in text
    ]


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda p: p.name)
def test_issue_forms_are_complete(path: Path) -> None:
    form = read_yaml(path)

    if path.name != "config.yml":
        assert {"name", "description", "body"} <= set(form)
        names = [field["id"] for field in form["body"]]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["oldest", "release", "run"])
def test_scripts_are_sound_shell_and_executable(name: str) -> None:
    script = ROOT / ".ci" / name

    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0

"""The commands of the documentation: each one parses, those on the examples run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from specmol_cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SHIPPED = ROOT / "specmol_core" / "weights" / "matchnet.safetensors"
needs_weights = pytest.mark.skipif(not SHIPPED.is_file(), reason="no weights are shipped with this checkout")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


LINES = [
    line for page in PAGES for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines() if line
]


def on_the_examples(line: str) -> bool:
    """Whether a line reads nothing but what is in examples/."""
    files = [word for word in line.split(" > ")[0].split() if "." in word]
    made = "candidates.h5"
    return bool(re.match(r"specmol (rank|embed|models)\b", line)) and all(
        word.startswith("examples/") or word == made for word in files
    )


def leaf(command: Any, arguments: list[str]) -> tuple[Any, list[str]]:
    """The command that a command line names, and its own arguments."""
    while hasattr(command, "commands"):
        name, *arguments = arguments
        assert name in command.commands, f"{name} is no command"
        command = command.commands[name]
    return command, arguments


def commands(command: Any, prefix: str = "specmol") -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {prefix: command}
    return {k: v for name, part in command.commands.items() for k, v in commands(part, f"{prefix} {name}").items()}


def test_the_documentation_has_commands_that_run() -> None:
    assert sum(map(on_the_examples, LINES)) >= 4


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_parses(line: str) -> None:
    words = shlex.split(line.split(" > ")[0])
    assert words[0] == "specmol"

    command, arguments = leaf(typer.main.get_command(app), words[1:])

    command.make_context(words[1], arguments).close()


def test_every_command_is_documented() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = commands(typer.main.get_command(app))

    assert "specmol rank" in known
    assert [name for name in known if name not in text] == []


def test_every_option_of_rank_is_documented_and_every_documented_option_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = commands(typer.main.get_command(app))
    options = {name: {o for p in c.params for o in p.opts if o.startswith("--")} for name, c in known.items()}
    everywhere = set().union(*options.values()) | {"--check"}  # the last belongs to make_examples.py
    named = {o for page in PAGES for o in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", page.read_text(encoding="utf-8"))}

    assert {o for o in options["specmol rank"] if o not in text} - {"--help"} == set()
    assert named <= everywhere


def test_links_lead_somewhere() -> None:
    links = [(p, link) for p in PAGES for link in re.findall(r"\]\(([^)#]+)\)", p.read_text(encoding="utf-8"))]

    assert links
    assert [(p.name, link) for p, link in links if "://" not in link and not (p.parent / link).exists()] == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the examples, where commands may leave what they like."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    program = folder / "bin" / "specmol"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m specmol_cli "$@"\n')
    program.chmod(0o755)
    return folder


def in_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@needs_weights
@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in LINES if on_the_examples(line)])
def test_commands_on_the_examples_run(line: str, place: Path) -> None:
    done = in_shell(line, place)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout or " > " in line


@needs_weights
@pytest.mark.slow
def test_python_of_the_readme_names_the_molecule_of_the_readme(place: Path) -> None:
    (source,) = blocks(ROOT / "README.md", "python")
    (place / "question.py").write_text(source)
    shown = re.search(r"^ +1 {2}(\S.*?) {2}", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert shown is not None

    done = in_shell(f'"{sys.executable}" question.py', place)

    assert done.returncode == 0, done.stderr
    name, probability = done.stdout.strip().rsplit(" ", 1)
    assert name == shown.group(1)
    assert 0.5 < float(probability) <= 1

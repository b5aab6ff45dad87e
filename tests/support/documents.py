"""The pages of the documentation, their code blocks, and the commands in them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
DOCS = sorted((ROOT / "docs").glob("**/*.md"))
PAGES = [README, *DOCS, ROOT / "CONTRIBUTING.md", ROOT / "MODEL_CARD.md", ROOT / "benchmarks" / "README.md"]
REFERENCE = ROOT / "docs" / "guide" / "reference.md"

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?(.*?)\n.*?^\1$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block of code."""

    language: str
    source: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of a page in these languages, in order."""
    found = [Block(*match) for match in _FENCE.findall(page.read_text(encoding="utf-8"))]
    return [block for block in found if block.language in languages]


def specmol_commands(script: str) -> list[list[str]]:
    """The words of each ``specmol`` command of a shell script."""
    lines = _HERE_DOCUMENT.sub(r"<< \1\2", script).replace("\\\n", " ").splitlines()
    commands: list[list[str]] = []
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        command: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("();<>|&"):
                commands += [command] if command[:1] == ["specmol"] else []
                command = []
            else:
                command.append(word)
    return commands


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {text.strip().replace(" ", "-") for text in plain}


class Workplace:
    """A folder with a copy of examples/, and specmol on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("*.specmol*", "__pycache__")
        )
        programs = {
            "specmol": f'exec "{sys.executable}" -m specmol_cli "$@"',
            "python": f'exec "{sys.executable}" "$@"',
        }
        (folder / "bin").mkdir()
        for name, line in programs.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
            (folder / "bin" / name).chmod(0o755)

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        """Run a block as it stands, as a shell script that stops at the first error, or as a Python script."""
        if block.language == "python":
            (self.folder / "script.py").write_text(block.source, encoding="utf-8")
            command = [sys.executable, "script.py"]
        else:
            command = ["bash", "-e", "-o", "pipefail", "-c", block.source]
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(self.folder)}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=900, check=False
        )

"""Shell completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with the program specmol in its bin."""
    program = tmp_path / "bin" / "specmol"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m specmol_cli "$@"\n')
    program.chmod(0o755)
    return tmp_path


def bash(script: str, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # The last command keeps bash from replacing itself by specmol, which looks for its shell among its parents.
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ntrue"],
        cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


COMPLETE = """
eval "$(specmol --show-completion)"
COMP_WORDS=({words}) COMP_CWORD={index}
_specmol_completion specmol
echo "${{COMPREPLY[@]}}"
"""


@needs_bash
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["specmol", "ma"], {"matchnet"}),
        (["specmol", "train", ""], {"shifts", "ranking", "calibration"}),
        (["specmol", "matchnet", "pretrain"], {"pretrain", "pretrain-encoder"}),
        (["specmol", "rank", "--explain"], {"--explain", "--explain-format"}),
        (["specmol", "rank", "--format", "js"], {"json", "jsonl"}),
        (["specmol", "fit", "--meas"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bash_completes_commands_options_and_values(words: list[str], completed: set[str], home: Path) -> None:
    quoted = " ".join(f'"{word}"' for word in words)

    found = bash(COMPLETE.format(words=quoted, index=len(words) - 1), home)

    assert set(found.split()) == completed


@needs_bash
def test_installed_completion_is_loaded_by_bash(home: Path) -> None:
    message = bash("specmol --install-completion", home)

    assert "bash completion installed" in message
    assert "_specmol_completion specmol" in bash("source ~/.bashrc\ncomplete -p specmol", home)

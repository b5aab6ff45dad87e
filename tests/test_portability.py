"""What runs on other systems than Linux, as far as it can be tried on Linux."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "specmol_core").rglob("*.py"), *(ROOT / "specmol_cli").rglob("*.py")])
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}

WITHOUT_POSIX = """
import builtins, os, signal, sys
import h5py, numba, numpy, rdkit.Chem, rich, subprocess, tempfile, typer
hidden, plain = {"fcntl", "resource", "pwd", "grp", "posix"}, builtins.__import__

def without(name, globals=None, *rest, **named):
    if name in hidden and str((globals or {}).get("__name__", "")).startswith("specmol"):
        raise ImportError(f"no {name} on this system")
    return plain(name, globals, *rest, **named)

builtins.__import__ = without
for name in ("geteuid", "getuid", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "sched_getaffinity", "uname"):
    delattr(os, name)
for name in ("setitimer", "ITIMER_PROF", "SIGPROF", "SIGXCPU"):
    delattr(signal, name)
from specmol_cli.main import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("cached", [True, False])
def test_ranking_without_the_modules_of_posix(cached: bool, tmp_path: Path) -> None:
    library = tmp_path / "Bibliothek Nr. 1 (ä).smi"
    lines = (ROOT / "examples/candidates.smi").read_text(encoding="utf-8").splitlines()[:20]
    # The last one has so many rings that a worker process reads it.
    library.write_bytes("\r\n".join([*lines, "C1CC1" * 9 + " rings"]).encode())
    options = ["--c13", ROOT / "examples/second_c13.png", "--library", library, "--format", "json", "--top", "0"]
    command = [sys.executable, "-c", WITHOUT_POSIX, "rank", *options, *([] if cached else ["--no-cache"])]

    for _ in range(2 if cached else 1):  # the second time from the cache
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr.decode()
        result = json.loads(done.stdout)

    assert result["library"]["read"] == 21
    assert result["library"]["rejected"] == 0
    assert [path.suffix for path in tmp_path.iterdir() if path != library] == ([".h5"] if cached else [])


def _writes_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    modes = [value.value for value in values if isinstance(value, ast.Constant)]
    return name == "write_text" or (name == "open" and any(mode in ("w", "a", "x", "r+") for mode in modes))


def test_text_files_have_the_same_bytes_on_every_system() -> None:
    """Each file that is written as text states its encoding and its line ends."""
    calls = [node for path in SOURCES for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)]
    written = [call for call in calls if _writes_text(call)]
    unstated = [ast.unparse(c) for c in written if not {"encoding", "newline"} <= {k.arg for k in c.keywords}]

    assert len(written) > 2
    # The null device, and a file of the Linux kernel.
    assert [text for text in unstated if "null" not in text and "/proc/" not in text] == []


def test_modules_of_posix_are_optional() -> None:
    """A module that only POSIX has is imported within ``try``, or within a function."""
    imports = [node for path in SOURCES for node in TREES[path].body if isinstance(node, ast.Import)]
    names = {alias.name for node in imports for alias in node.names}

    assert not {"fcntl", "resource", "pwd", "grp", "posix", "termios"} & names

"""Files that are within every limit and cost as much as they can are read or refused in a process with limits.

``PYTHONPATH=$PWD/tests python -m support.heavy_files`` prints the time and memory of each.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.heavy_files import HEAVY

from specmol_core.runtime.child_processes import Limits, run

# Address space, which is larger than the memory in use, and processor time: far above what each file takes.
LIMITS = Limits(memory=12 << 30, seconds=120)


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HEAVY[name]())
    arguments = ("support.heavy_files:measure", str(path), name.split()[0])

    done = run(*arguments, content=b"", timeout=300, limits=LIMITS)

    assert done.returncode == 0, done.stderr.decode()

"""What is within every limit is read or refused within 20 seconds and 2 GB."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.heavy_files import HEAVY

from specmol_core.runtime.child_processes import Limits, run


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_takes_less_than_20_seconds_and_2_gigabytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HEAVY[name]())
    arguments = ("support.heavy_files:measure", str(path), name.split()[0])

    done = run(*arguments, content=b"", timeout=120, limits=Limits(seconds=60))

    assert done.returncode == 0, done.stderr.decode()
    seconds, megabytes, _ = json.loads(done.stdout)
    assert megabytes < 2048
    assert seconds < 20 * 3  # a busy machine; on a quiet one the slowest takes 14

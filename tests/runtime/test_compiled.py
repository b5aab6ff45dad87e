from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from specmol_core.runtime import compiled as module
from specmol_core.runtime.compiled import compiled, run_in_chunks

_MODULE = """
from specmol_core.compiled import compiled

@compiled
def total(values):
    found = 0.0
    for value in values:
        found += value
    return found
"""
_CALL = "import numpy, kept; print(kept.total(numpy.arange(5.0)), sum(kept.total.stats.cache_hits.values()))"


def total(values: np.ndarray) -> float:
    found = 0.0
    for value in values:
        found += value
    return found


def test_a_compiled_function_computes_the_same() -> None:
    assert compiled(total)(np.arange(5.0)) == 10.0


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(function: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(module, "_FaultTolerantCache", refused)

    assert compiled(total)(np.arange(4.0)) == 6.0


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damage_to_what_is_kept_costs_no_more_than_a_compilation(tmp_path: Path, kind: str) -> None:
    (tmp_path / "kept.py").write_text(_MODULE)

    def call() -> list[str]:
        done = subprocess.run([sys.executable, "-c", _CALL], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert call() == ["10.0", "0"]
    assert call() == ["10.0", "1"]
    (path,) = (tmp_path / "__pycache__").glob(f"*.{kind}")
    path.write_bytes(path.read_bytes()[:50])
    assert call() == ["10.0", "0"]
    assert call() == ["10.0", "1"]


@pytest.mark.parametrize(("count", "parts"), [(0, 1), (5, 1), (20, 2), (31, 3), (1000, 3)])
def test_work_is_shared_out_in_parts_that_are_worth_it(monkeypatch: pytest.MonkeyPatch, count: int, parts: int) -> None:
    monkeypatch.setattr(module, "core_count", lambda: 3)
    done: list[tuple[int, int]] = []

    run_in_chunks(lambda start, stop: done.append((start, stop)), count, 10)

    assert len(done) == parts
    assert sorted(i for start, stop in done for i in range(start, stop)) == list(range(count))


def test_an_error_of_a_part_is_told() -> None:
    def fail(start: int, stop: int) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_in_chunks(fail, 1000, 1)

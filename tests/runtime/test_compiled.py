from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from specmol_core.runtime import compiled as module
from specmol_core.runtime.compiled import compiled, compiled_exactly, run_in_chunks

ROOT = Path(__file__).parents[2]
_MODULE = """
from specmol_core.runtime.compiled import compiled

@compiled
def total(values):
    result = 0.0
    for value in values:
        result += value
    return result
"""
_CALL = "import numpy, cached; print(cached.total(numpy.arange(5.0)), sum(cached.total.stats.cache_hits.values()))"


def total(values: np.ndarray) -> float:
    result = 0.0
    for value in values:
        result += value
    return result


def test_compiled_function_gives_the_same_result() -> None:
    assert compiled(total)(np.arange(5.0)) == 10.0


def test_compiled_exactly_rounds_every_operation() -> None:
    values = np.array([1e16, 1.0, -1e16, 1.0])

    assert compiled_exactly(total)(values) == total(values) == 1.0


def test_function_is_compiled_even_if_it_cannot_be_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(function: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(module, "_FaultTolerantCache", refuse)

    assert compiled(total)(np.arange(4.0)) == 6.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damaged_cache_file_only_costs_a_compilation(tmp_path: Path, kind: str) -> None:
    (tmp_path / "cached.py").write_text(_MODULE)

    def call() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", _CALL], cwd=tmp_path, capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return done.stdout.split()

    assert call() == ["10.0", "0"]
    assert call() == ["10.0", "1"]
    (path,) = (tmp_path / "__pycache__").glob(f"*.{kind}")
    path.write_bytes(path.read_bytes()[:50])
    assert call() == ["10.0", "0"]
    assert call() == ["10.0", "1"]


@pytest.mark.parametrize(("count", "parts"), [(0, 1), (5, 1), (20, 2), (31, 3), (1000, 3)])
def test_chunks_cover_the_range_and_are_large_enough(monkeypatch: pytest.MonkeyPatch, count: int, parts: int) -> None:
    monkeypatch.setattr(module, "core_count", lambda: 3)
    done: list[tuple[int, int]] = []

    run_in_chunks(lambda start, stop: done.append((start, stop)), count, 10)

    assert len(done) == parts
    assert sorted(i for start, stop in done for i in range(start, stop)) == list(range(count))


def test_error_in_a_chunk_is_raised() -> None:
    def fail(start: int, stop: int) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_in_chunks(fail, 1000, 1)


def call_cached(folder: Path, before: str = "", **environment: str) -> list[str]:
    """Call a compiled function in two processes; return the second one's result and cache hits."""
    (folder / "cached.py").write_text(_MODULE)
    code = before + _CALL
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True,
            env=os.environ | {"HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)} | environment,
        )  # fmt: skip
    return done.stdout.split()


_FLIPS = """
import sys, random
from pathlib import Path
import numpy
from specmol_core.runtime.compiled import compiled
import kept

random.seed(int(sys.argv[1]))
values = numpy.arange(5.0)
assert kept.total(values) == 10.0
files = sorted(Path("__pycache__").glob("*.nb?"))
assert len(files) == 2
for path in files * 40:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    path.write_bytes(content)
    again = compiled(kept.total.py_func)
    assert again(values) == 10.0
    assert not again.stats.cache_hits, path
"""


@pytest.mark.slow
def test_a_flipped_bit_in_kept_machine_code_costs_a_compilation(tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text(_MODULE)

    done = subprocess.run(
        [sys.executable, "-c", _FLIPS, "1"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_nothing_is_loaded_from_a_folder_writable_by_others(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "__pycache__"
    folder.mkdir()
    folder.chmod(mode)

    assert call_cached(tmp_path) == ["10.0", "1"]
    assert not list(folder.glob("*.nb?"))
    assert list((tmp_path / "home" / ".cache" / "specmol" / "kernels").rglob("*.nbc"))


@pytest.mark.slow
def test_nothing_is_loaded_from_a_file_writable_by_others(tmp_path: Path) -> None:
    folder = tmp_path / "__pycache__"
    folder.mkdir()
    (folder / "cached.total-4.py311.nbi").touch()
    (folder / "cached.total-4.py311.nbi").chmod(0o666)

    assert call_cached(tmp_path) == ["10.0", "1"]
    assert not list(folder.glob("*.nbc"))


@pytest.mark.slow
def test_user_without_a_home_has_no_cache(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").touch()
    no_home = "import os, pwd; os.environ.pop('HOME'); pwd.getpwuid = {}.__getitem__; "

    assert call_cached(tmp_path, before=no_home) == ["10.0", "0"]
    assert {path.name for path in tmp_path.iterdir()} == {"cached.py", "__pycache__"}


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "hits"), [("absolute", "1"), ("relative", "0")])
def test_numba_cache_dir_must_be_absolute(tmp_path: Path, folder: str, hits: str) -> None:
    (tmp_path / "__pycache__").touch()
    (tmp_path / "home").touch()
    path = str(tmp_path / folder) if folder == "absolute" else folder

    assert call_cached(tmp_path, NUMBA_CACHE_DIR=path) == ["10.0", hits]
    assert not (tmp_path / "relative").exists()

"""Child processes import nothing from the current folder, and keep to their limits."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import specmol_core
from specmol_core.errors import ChildError
from specmol_core.runtime import child_processes as children
from specmol_core.runtime.child_processes import Limits

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

# Each kind of child process that specmol starts.
STARTS = {
    "records of a library": """
from specmol_core.molecules.records import RawRecord
from specmol_core.molecules.worker_pool import WorkerPool
def work():
    pool = WorkerPool(60, 10.0)
    results = pool.parse([RawRecord(0, "", "CCO", "smiles")])
    pool.close()
    return results[0].smiles == "CCO"
""",
    "parallel map": """
from specmol_core.runtime.ordered_pool import ordered_map
def work():
    return list(ordered_map(abs, range(-3, 0), 2)) == [3, 2, 1]
""",
    "pages of a PDF": """
from pathlib import Path
import pypdfium2
from specmol_core.spectra.readers.images import pdf
content = Path(sys.argv[2]).read_bytes()
def work():
    return pdf._draw_in_process(content, "").startswith(b"\\x89PNG")
""",
}
SCRIPT = """
import os, sys
{start}
os.chdir(sys.argv[1])
{change}
if __name__ == "__main__":
    print("done" if work() else "failed")
"""
PLANT = """
import os
with open({marks!r}, "a") as file:
    file.write(f"{{__name__}} {{os.getpid()}}\\n")
"""


def plant(folder: Path, marks: Path) -> None:
    """Write modules that log their import, named as those of Python, of other packages and of specmol."""
    text = PLANT.format(marks=str(marks))
    names = set(sys.stdlib_module_names) - set(sys.builtin_module_names)
    for name in {*names, "numpy", "rdkit", "pypdfium2", "PIL", "scipy", "numba", "sitecustomize", "usercustomize"}:
        (folder / f"{name}.py").write_text(text)
    (folder / "specmol_core").mkdir()
    (folder / "specmol_core" / "__init__.py").write_text(text)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stream = io.BytesIO()
    Image.new("RGB", (80, 30), "white").save(stream, format="PDF")
    path = tmp_path_factory.mktemp("pdf") / "a.pdf"
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize("change", ["", "sys.path.insert(0, '')", "sys.path.insert(0, os.getcwd())"])
@pytest.mark.parametrize("kind", STARTS)
def test_child_imports_no_modules_of_the_current_folder(kind: str, change: str, tmp_path: Path, document: Path) -> None:
    if kind == "pages of a PDF":
        pytest.importorskip("pypdfium2")
    folder, marks, script = tmp_path / "downloads", tmp_path / "marks", tmp_path / "script.py"
    folder.mkdir()
    marks.touch()
    plant(folder, marks)
    script.write_text(SCRIPT.format(start=STARTS[kind], change=change))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    with subprocess.Popen(
        [sys.executable, script, folder, document], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        out, _ = process.communicate(timeout=120)

    ran = [line.split() for line in marks.read_text().splitlines()]
    assert not [name for name, pid in ran if int(pid) != process.pid]
    assert not ran or change  # the parent itself may import them if it changed its search path
    if not ran:
        assert out == "done\n"


def test_child_imports_the_same_specmol_as_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "target.py").write_text("import specmol_core\ndef where():\n    print(specmol_core.__file__)\n")
    monkeypatch.syspath_prepend(tmp_path)

    done = children.run("target:where", content=b"", timeout=60, limits=Limits())

    assert done.stdout.decode().strip() == specmol_core.__file__


def test_only_child_processes_starts_processes() -> None:
    names = ("import subprocess", "import multiprocessing", "ProcessPoolExecutor", "os.fork", "os.exec", "os.spawn")
    sources = [path for package in ("specmol_core", "specmol_cli") for path in (ROOT / package).rglob("*.py")]
    found = {path.name for path in sources if any(name in path.read_text() for name in names)}

    # The others only use exceptions and types of subprocess.
    assert found == {"child_processes.py", "hdf5_trial.py", "pdf.py", "ordered_pool.py"}
    for name in ("hdf5_trial.py", "pdf.py", "ordered_pool.py"):
        (path,) = [path for path in sources if path.name == name]
        assert not any(call in path.read_text() for call in ("subprocess.run(", "subprocess.Popen("))


HUNGRY = """
import sys
def eat(size):
    try:
        bytearray(size)
    except MemoryError:
        return 7
def burn():
    while True:
        pass
def limits():
    import resource
    for name in ("AS", "CPU", "CORE"):
        print(*resource.getrlimit(getattr(resource, f"RLIMIT_{name}")))
"""


@pytest.fixture
def hungry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hungry.py").write_text(HUNGRY)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("hungry")
def test_memory_and_time_of_a_child_are_limited() -> None:
    limits = Limits(memory=1 << 30, seconds=1)

    assert children.run("hungry:eat", 2 << 30, content=b"", timeout=60, limits=limits).returncode == 7
    assert children.run("hungry:eat", 1 << 20, content=b"", timeout=60, limits=limits).returncode == 0
    assert children.run("hungry:burn", content=b"", timeout=60, limits=limits).returncode == -signal.SIGXCPU


@pytest.mark.usefixtures("hungry")
def test_hard_limits_of_a_child_are_set() -> None:
    done = children.run("hungry:limits", content=b"", timeout=60, limits=Limits(memory=1 << 30, seconds=5))

    assert done.stdout.decode().split() == [str(1 << 30)] * 2 + ["5", "6", "0", "0"]


def test_child_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)

    with pytest.raises(ChildError, match=r"cannot be started .*temporarily unavailable.*; check memory and limits"):
        children.start("os:abort")

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from specmol_core.errors import ChildError
from specmol_core.molecules import worker_pool
from specmol_core.molecules.records import Molecule, RawRecord
from specmol_core.molecules.worker_pool import WorkerPool

FAULTY = """
import os, sys
from specmol_core.molecules.parse import parse_text

def parse(text, kind, max_atoms):
    if text == "hang":
        while True:
            pass
    if text == "exit":
        os._exit(3)
    if text == "kill":
        os.kill(os.getpid(), 9)
    if text == "crash":
        os.abort()
    print("noise")
    os.write(2, b"noise")
    return parse_text(text, kind, max_atoms)
"""

pytestmark = pytest.mark.slow

MakePool = Callable[[str], WorkerPool]


@pytest.fixture
def make_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePool]:
    (tmp_path / "faulty_parser.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)
    crews: list[WorkerPool] = []

    def make(parser: str) -> WorkerPool:
        crews.append(WorkerPool(60, 0.5, parser))
        return crews[-1]

    yield make
    for pool in crews:
        pool.close()


def records(*texts: str) -> list[RawRecord]:
    return [RawRecord(i, "", text, "smiles") for i, text in enumerate(texts)]


def read(pool: WorkerPool, *texts: str) -> list[str]:
    return [m.smiles if isinstance(m, Molecule) else m for m in pool.parse(records(*texts))]


def test_only_the_fatal_record_is_rejected(make_pool: MakePool) -> None:
    found = read(make_pool("faulty_parser:parse"), "CCO", "hang", "CCN", "exit", "crash")

    assert found == [
        "CCO",
        "timed out: reading it takes more than 0.5 s",
        "CCN",
        "unparsable: RDKit crashes on it (exit code 3)",
        "unparsable: RDKit crashes on it (SIGABRT)",
    ]


def test_worker_that_cannot_start_is_an_error(make_pool: MakePool) -> None:
    with pytest.raises(ChildError, match="do not start"):
        read(make_pool("no_such_module:parse"), "CCO")


def test_empty_request_starts_no_worker(make_pool: MakePool) -> None:
    assert read(make_pool("no_such_module:parse")) == []


def test_workers_that_keep_being_killed_are_an_error(make_pool: MakePool) -> None:
    with pytest.raises(ChildError, match=r"keep being killed .*; check memory"):
        read(make_pool("faulty_parser:parse"), *["kill"] * 10)


def test_record_that_exhausts_the_memory_is_rejected(make_pool: MakePool) -> None:
    found = read(make_pool("faulty_parser:parse"), "CCO", "kill", "CCN")

    assert found == ["CCO", "unparsable: reading it takes more memory than is available", "CCN"]


def test_record_that_hangs_is_rejected_where_processes_have_no_timers(
    make_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "HAS_TIMERS", False)

    found = read(make_pool("faulty_parser:parse"), "CCO", "hang", "CCN", "exit")

    assert found == [
        "CCO",
        "timed out: reading it takes more than 0.5 s",
        "CCN",
        "unparsable: RDKit crashes on it (exit code 3)",
    ]

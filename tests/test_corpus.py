"""Every file that ``make fuzz`` found is read or refused with one line, within its limits of time and memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.targets import TARGETS
from fuzz.worker import Worker

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parent / "corpus"
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    started: dict[str, Worker] = {}
    yield started
    for worker in started.values():
        worker.close()


@pytest.mark.parametrize("path", KEPT, ids=[path.relative_to(CORPUS).as_posix() for path in KEPT])
def test_what_the_fuzz_found_is_read_or_refused(workers: dict[str, Worker], path: Path) -> None:
    target = path.parent.name
    assert target in TARGETS
    if target not in workers:
        workers[target] = Worker(target)

    assert workers[target].run(path.read_bytes()) == ""

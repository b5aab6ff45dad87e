from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specmol_core.errors import LibraryError
from specmol_core.molecules.library import open_library
from specmol_core.molecules.parallel import SMALL_LIBRARY_RECORDS, parse_records
from specmol_core.molecules.records import Candidate, ParsedRecord, RawRecord
from specmol_core.molecules.worker_pool import PARSER

SLOW = "c*c1*n2*n3cccn4c5nn1***c**5cc4c1*n*n*4ncc***cc**nc**ccnc*nn*c1nc4c*nc*c3*c2"
"""RDKit tries all meanings of the wildcard atoms, which takes minutes at least."""
SHIFTS = "specmol_core.shifts.records:parse_shifts"


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def plain(found: list[ParsedRecord]) -> list[tuple[object, ...]]:
    return [
        (p.index, p.name, p.smiles, p.formula, p.key, p.graph.codes.tolist(), p.graph.bonds.tolist())
        if isinstance(p, Candidate)
        else (p.index, p.name, p.reason)
        for p in found
    ]


def run(path: Path, **settings: Any) -> list[ParsedRecord]:
    return [p for batch in parse_records(open_library(path), **settings) for p in batch]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    molecules = [
        "CCO",
        "c1ccccc1C(=O)O",
        "C[C@H](N)C(=O)O",
        "[Na+].[Cl-]",
        "broken(",
        "CBr",
        "[13CH4]",
        "CC(=O)[O-].[K+]",
    ]
    return [f"{molecules[i % len(molecules)]} n{i}" for i in range(SMALL_LIBRARY_RECORDS + 500)]


@pytest.mark.slow
def test_one_process_and_several_agree(lines: list[str], tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.smi", lines)
    small = write(tmp_path / "small.smi", lines[:800])
    one, two, here = run(whole, workers=1), run(whole, workers=2), run(small)

    assert [p.index for p in one] == list(range(len(lines)))
    assert plain(one) == plain(two)
    assert plain(one[:800]) == plain(here)


@pytest.mark.slow
def test_another_parser_is_used_here_and_in_workers(lines: list[str], tmp_path: Path) -> None:
    whole = run(write(tmp_path / "whole.smi", lines), workers=1, parser=SHIFTS)
    here = run(write(tmp_path / "small.smi", lines[:300]), parser=SHIFTS)

    assert plain(whole[:300]) == plain(here)
    assert isinstance(here[0], Candidate)
    assert here[0].graph.codes.shape == (3, 7)
    assert here[0].graph.bonds.shape == (4, 3)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("parser", [PARSER, SHIFTS])
def test_quick_records_of_a_small_library_start_no_process(parser: str) -> None:
    batches = parse_records(Few(300), parser=parser)
    next(batches)
    crew = [process for process in children() if "molecules.worker" in process]
    batches.close()  # type: ignore[attr-defined]

    assert not crew


def test_start_skips_records_and_keeps_indices(lines: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "a.smi", lines[:20])

    assert plain(run(path, start=15)) == plain(run(path)[15:])


def test_slow_records_of_a_small_library_go_to_a_worker(tmp_path: Path) -> None:
    long = "C" * 400
    found = run(write(tmp_path / "a.smi", ["CCO a", f"{long} b", "CCN c"]))

    assert [p.name for p in found] == ["a", "b", "c"]
    assert plain(found)[1] == (1, "b", "too large: 400 heavy atoms, at most 100")


class Breaking:
    """A library that raises an error after some records."""

    def __init__(self, count: int) -> None:
        self.count = count

    def records(self) -> Iterator[RawRecord]:
        for i in range(self.count):
            yield RawRecord(i, "", "CCO", "smiles")
        raise LibraryError("lib", "breaks off")


class Few:
    """A library of some quick records."""

    def __init__(self, count: int) -> None:
        self.count = count

    def records(self) -> Iterator[RawRecord]:
        return (RawRecord(i, "", "CCO", "smiles") for i in range(self.count))


@pytest.mark.parametrize("count", [0, 10, SMALL_LIBRARY_RECORDS + 300])
def test_results_before_an_error_are_yielded(count: int) -> None:
    seen: list[ParsedRecord] = []

    def collect() -> None:
        for batch in parse_records(Breaking(count), workers=1):
            seen.extend(batch)

    with pytest.raises(LibraryError, match="breaks off"):
        collect()

    assert len(seen) == count


def children() -> list[str]:
    """Command lines of the child processes of this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append((path.parent / "cmdline").read_text())
        except OSError:
            continue
    return found


class Endless:
    """An infinite library that counts the records taken from it."""

    taken = 0

    def records(self) -> Iterator[RawRecord]:
        while True:
            yield RawRecord(self.taken, "", "CCO", "smiles")
            self.taken += 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_few_records_are_held_and_close_ends_the_workers() -> None:
    library = Endless()
    batches = parse_records(library, workers=1)
    for _ in range(4):
        next(batches)
    crew = [process for process in children() if "molecules.worker" in process]
    batches.close()  # type: ignore[attr-defined]

    assert library.taken < SMALL_LIBRARY_RECORDS + 3_000
    assert len(crew) == 1
    assert not [process for process in children() if "molecules.worker" in process]


@pytest.mark.slow
def test_script_without_a_main_guard_can_use_workers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.smi", ["CCO"] * (SMALL_LIBRARY_RECORDS + 10))
    script = tmp_path / "script.py"
    script.write_text(
        "from specmol_core.molecules.library import open_library, parse_records\n"
        f"print(sum(map(len, parse_records(open_library({str(path)!r}), workers=1))))\n"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=True)

    assert done.stdout == f"{SMALL_LIBRARY_RECORDS + 10}\n"


@pytest.mark.slow
def test_slow_record_of_a_small_library_takes_only_its_time_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.smi", ["CCO", SLOW, "CCN"])
    code = (
        "import sys\n"
        "from specmol_core.molecules.library import open_library, parse_records\n"
        f"found = [p for b in parse_records(open_library({str(path)!r}), record_seconds=0.2) for p in b]\n"
        "print(found[0].smiles, found[-1].smiles, {p.reason for p in found[1:-1]})\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)

    assert done.stdout == "CCO CCN {'timed out: reading it takes more than 0.2 s'}\n"


@pytest.mark.slow
def test_many_slow_records_go_to_all_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.molecules.parallel._MAX_SLOW_RECORDS", 2)
    monkeypatch.setattr("specmol_core.molecules.parallel._BATCH_RECORDS", 2)
    lines = ["CCO", "C1CC1" * 9, "C1CC1" * 9, "C1CC1" * 9, "CCN"]

    batches = list(parse_records(open_library(write(tmp_path / "a.smi", lines)), workers=2))

    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [p.index for batch in batches for p in batch if isinstance(p, Candidate)] == [0, 1, 2, 3, 4]

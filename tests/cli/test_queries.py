"""``specmol rank --queries``: many pairs in one process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from specmol_cli.main import run
from specmol_core import session
from specmol_core.retrieval import open_libraries

pytestmark = pytest.mark.slow

Batch = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def batch(
    quick_loading: None,
    tiny_checkpoint: Path,
    spectra: tuple[Path, Path],
    sdf: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> Batch:
    """Rank a list of queries; ``{h1}``, ``{c13}`` and ``{sdf}`` in it are the paths of the fixtures."""

    def call(text: str, *options: object) -> tuple[int, list[dict[str, Any]], str]:
        path = tmp_path / "queries.csv"
        path.write_text(text.format(h1=spectra[0], c13=spectra[1], sdf=sdf))
        arguments = ["rank", "--queries", path, "--checkpoint", tiny_checkpoint, "--workers", 1, *options]
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return call


def test_one_line_per_query_in_order(batch: Batch, sdf: Path) -> None:
    code, lines, err = batch("id,h1,c13\na,{h1},{c13}\nb,,{c13}\nc,{h1},\n", "--library", sdf)

    assert (code, err) == (0, "")
    assert [(line["id"], line["nuclei"]) for line in lines] == [("a", ["1H", "13C"]), ("b", ["13C"]), ("c", ["1H"])]
    assert all(len(line["candidates"]) == 5 for line in lines)


def test_query_may_name_its_library(batch: Batch, sdf: Path, tmp_path: Path) -> None:
    (tmp_path / "own.smi").write_text("CCO\n")

    code, lines, _ = batch("id,h1,c13,library\na,{h1},,own.smi\nb,{h1},,\n", "--library", sdf)

    assert code == 0
    assert [len(line["candidates"]) for line in lines] == [1, 5]


def test_failed_query_is_a_line_and_the_others_continue(batch: Batch, sdf: Path) -> None:
    code, lines, err = batch(
        "id,h1,c13,library\na,none.png,,\nb,,,\nc,{h1},,none.sdf\nd,{h1},{c13},\n", "--library", sdf
    )

    assert (code, err) == (1, "")
    assert [(line["id"], line.get("error", {}).get("exit_code")) for line in lines] == [
        ("a", 3), ("b", 2), ("c", 4), ("d", None),
    ]  # fmt: skip
    assert "none.png" in lines[0]["error"]["message"]


def test_a_fault_of_ours_costs_one_query(batch: Batch, sdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = session.read_pair

    def faulty(h1: Path | None, c13: Path | None, read: object, sample: object) -> object:
        if h1 is not None and h1.name in ("bug.png", "memory.png", "odd.png"):
            raise {"b": ZeroDivisionError("a\nb"), "m": MemoryError(), "o": PermissionError(13, "no", "x")}[h1.name[0]]
        return real(h1, c13, read, sample)

    monkeypatch.setattr(session, "read_pair", faulty)
    code, lines, err = batch("id,h1,c13\na,bug.png,\nb,memory.png,\nc,odd.png,\nd,{h1},{c13}\n", "--library", sdf)

    assert (code, err) == (1, "")
    assert [line.get("error", {}).get("exit_code") for line in lines] == [70, 70, 70, None]
    assert "ZeroDivisionError: a b" in lines[0]["error"]["message"]
    assert "open an issue" in lines[0]["error"]["message"]
    assert "out of memory" in lines[1]["error"]["message"]


def test_query_without_library_fails_alone(batch: Batch) -> None:
    code, lines, _ = batch("id,h1,c13,library\na,{h1},,\nb,{h1},,{sdf}\n")

    assert code == 1
    assert lines[0]["error"]["exit_code"] == 2
    assert lines[1]["id"] == "b"


def test_model_and_libraries_are_loaded_once(batch: Batch, sdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(module: ModuleType, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, **k: (calls.append(name), real(*a, **k))[1])

    counted(session, "load_model")
    counted(open_libraries, "open_library")

    code, lines, _ = batch("id,h1,c13,library\na,{h1},,\nb,{h1},,x.sdf\nc,{h1},,x.sdf\nd,,{c13},\n", "--library", sdf)

    assert (code, len(lines)) == (1, 4)
    assert sorted(calls) == ["load_model", "open_library", "open_library"]


def test_unusable_checkpoint_ends_the_batch(batch: Batch, sdf: Path, tmp_path: Path) -> None:
    code, lines, err = batch("id,h1,c13\na,{h1},\n", "--library", sdf, "--checkpoint", tmp_path / "none")

    assert (code, lines) == (5, [])
    assert err.count("\n") == 1


def test_output_of_a_batch(batch: Batch, sdf: Path, tmp_path: Path) -> None:
    code, lines, err = batch("id,h1,c13\na,{h1},\nb,x.png,\n", "--library", sdf, "--output", tmp_path / "r.jsonl")

    assert (code, lines, err) == (1, [], "")
    assert [json.loads(line)["id"] for line in (tmp_path / "r.jsonl").read_text().splitlines()] == ["a", "b"]

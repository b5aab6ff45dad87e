"""The light installation: everything but training and the paper's network runs without torch.

The packages that it lacks are refused by the import system of each process; ``make demo LIGHT=1``
makes a real one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.without_packages import LIGHT, run_without

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "examples" / "candidates.sdf"
SPECTRA = ("--h1", ROOT / "examples" / "demo_h1.png", "--c13", ROOT / "examples" / "demo_c13.png")
REMEDY = "which is not installed; run pip install torch torch-geometric torchvision"


def specmol(
    tmp_path: Path, *arguments: str | Path, without: tuple[str, ...] = LIGHT
) -> subprocess.CompletedProcess[str]:
    return run_without(without, tmp_path / "blocker", ["-m", "specmol_cli", *arguments], cwd=tmp_path)


def assert_done(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr


def assert_refused(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_the_blocker_blocks(tmp_path: Path) -> None:
    for package in LIGHT:
        done = run_without(LIGHT, tmp_path / "blocker", ["-c", f"import {package}"], cwd=tmp_path)
        assert f"No module named '{package}'" in done.stderr


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_rank_and_explain(tmp_path: Path, suffix: str) -> None:
    explain = ("--explain", "explained", "--explain-format", suffix, "--assign", "1")
    done = specmol(tmp_path, "rank", *SPECTRA, "--library", LIBRARY, "--no-cache", "--format", "json", *explain)

    assert_done(done)
    assert json.loads(done.stdout)["candidates"][0]["name"] == "ethyl 4-methoxycinnamate"
    assert len(list((tmp_path / "explained").glob(f"*.{suffix}"))) == 1


def test_rank_from_an_embedded_library_with_several_processes(tmp_path: Path) -> None:
    shutil.copy(LIBRARY, tmp_path / "candidates.sdf")
    assert_done(specmol(tmp_path, "embed", "candidates.sdf", "--cache", "candidates.h5", "--workers", "2"))

    query = ("rank", *SPECTRA, "--library", "candidates.sdf", "--cache", "candidates.h5")
    # faiss-gpu, which may be installed here, needs the CUDA libraries; faiss-cpu does not.
    torch = ("torch", "torchvision", "torch_geometric")
    done = specmol(tmp_path, *query, "--format", "csv", "--prefilter", "5", without=torch)

    assert_done(done)
    assert "ethyl 4-methoxycinnamate" in done.stdout


def test_rank_a_batch(tmp_path: Path) -> None:
    queries = ROOT / "examples" / "queries.csv"
    done = specmol(tmp_path, "rank", "--queries", queries, "--library", LIBRARY, "--no-cache", "--top", "1")

    assert_done(done)
    assert len(done.stdout.splitlines()) == 3


def test_inspect(tmp_path: Path) -> None:
    assert_done(specmol(tmp_path, "inspect", SPECTRA[3], "--nucleus", "13C", "--plot", "c13.png"))

    assert (tmp_path / "c13.png").stat().st_size > 0


def test_predict_shifts(tmp_path: Path) -> None:
    assert_done(specmol(tmp_path, "shifts", "predict", LIBRARY, "--output", "shifts.csv"))

    assert len((tmp_path / "shifts.csv").read_text().splitlines()) > 73


def test_simulate(tmp_path: Path) -> None:
    (tmp_path / "one.smi").write_text("CCOC(C)=O ethyl acetate\n")
    assert_done(specmol(tmp_path, "simulate", "one.smi", "--output", "spectra.h5", "--png", "images"))

    assert list((tmp_path / "images").glob("*.png"))


def test_models_are_listed_without_the_numbers_of_networks(tmp_path: Path) -> None:
    done = specmol(tmp_path, "models", "--format", "json")

    assert_done(done)
    totals = {entry["name"]: entry["total"] for entry in json.loads(done.stdout)}
    assert totals.pop("matchnet-x") > 0
    assert set(totals.values()) == {None}
    assert "run pip install torch torch-geometric torchvision" in specmol(tmp_path, "models").stdout


@pytest.mark.parametrize(
    ("arguments", "task"),
    [
        (("rank", *SPECTRA, "--library", LIBRARY, "--no-cache", "--model", "matchnet"), "--model matchnet"),
        (("rank", *SPECTRA, "--library", LIBRARY, "--no-cache", "--device", "cuda"), "--device cuda"),
        (("embed", LIBRARY, "--cache", "library.h5", "--model", "matchnet"), "--model matchnet"),
        (
            ("train", "shifts", "--measured", "measured.jsonl", "--output", "shifts.safetensors"),
            "training a shift predictor",
        ),
        (("evaluate", "shifts", "set.jsonl"), "measuring predicted shifts"),
        (("matchnet", "pretrain", "--shifts", "s.parquet", "--output", "run"), "pretraining a backbone"),
        (("matchnet", "pretrain-encoder", "data.h5", "--output", "e.safetensors"), "pretraining the molecular branch"),
        (("matchnet", "train", "data.h5", "--output", "run"), "training the paper's network"),
        (("matchnet", "tables", "--output", "paper"), "training and measuring the paper's systems"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value[:2])),
)
def test_a_task_that_needs_torch_says_so(tmp_path: Path, arguments: tuple[str | Path, ...], task: str) -> None:
    for name in ("measured.jsonl", "set.jsonl", "s.parquet", "data.h5"):
        (tmp_path / name).write_text("")

    done = specmol(tmp_path, *arguments)

    assert_refused(done, f"{task} needs the package torch, {REMEDY}")
    assert list(tmp_path.glob("run*")) == []


def test_tests_of_matchnet_x_import_no_torch() -> None:
    files = [*(ROOT / "tests" / "matchnet_x").rglob("*.py"), ROOT / "tests" / "conftest.py"]
    packages = re.compile(r"^(?:import|from) (?:torch|torchvision|torch_geometric)\b", re.MULTILINE)

    assert [path.name for path in files if packages.search(path.read_text(encoding="utf-8"))] == []


def test_faiss_is_needed_only_above_the_prefilter(tmp_path: Path) -> None:
    query = ("rank", *SPECTRA, "--library", LIBRARY, "--no-cache")
    assert_done(specmol(tmp_path, *query, without=(*LIGHT, "faiss")))

    done = specmol(tmp_path, *query, "--prefilter", "5", without=(*LIGHT, "faiss"))
    assert_refused(done, "needs the package faiss, which is not installed; run pip install faiss-cpu")


def test_faiss_that_does_not_load_is_named(tmp_path: Path) -> None:
    (tmp_path / "faiss.py").write_text("raise ImportError('libcublas.so.12: cannot open\\nshared object file')\n")
    query = ("rank", *SPECTRA, "--library", LIBRARY, "--no-cache", "--prefilter", "5")

    done = specmol(tmp_path, *query)

    reason = "which does not load (libcublas.so.12: cannot open shared object file); run pip install faiss-cpu"
    assert_refused(done, reason)


def test_an_import_that_nobody_checked_is_no_fault_of_specmol(tmp_path: Path) -> None:
    code = "import sys; from specmol_cli.failures import exit_code_of\ntry:\n    import torch\n"
    code += "except ImportError as error:\n    sys.exit(exit_code_of(error))"
    done = run_without(LIGHT, tmp_path / "blocker", ["-c", code], cwd=tmp_path)

    assert_refused(done, f"this task needs the package torch, {REMEDY}")

"""Small files with known content: what is right counts as right, and each fault is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specmol_core.errors import DatasetError
from specmol_core.evaluation.readers.vendor_cases import VendorCase
from specmol_core.evaluation.readers.vendor_files import (
    evaluate_vendor_files,
    holds_vendor_files,
    truth_ranker,
    vendor_totals,
)
from specmol_core.retrieval.models import load_model
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

LIST = "1H NMR (400 MHz, CDCl3) δ 7.26 (d, J = 8.0 Hz, 2H), 3.71 (s, 3H), 1.20 (t, J = 7.0 Hz, 3H)."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ppm = np.linspace(10.0, 0.0, 4001)
    trace = 1 / (1 + ((ppm - 7.0) / 0.01) ** 2) + 1 / (1 + ((ppm - 2.0) / 0.01) ** 2)
    rows = "".join(f"{x:.4f},{y:.5f}\n" for x, y in zip(ppm, trace, strict=True))
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text(rows)
    (tmp_path / "tables" / "b.csv").write_text(rows)
    (tmp_path / "tables" / "list.txt").write_text(LIST)
    (tmp_path / "tables" / "notes.txt").write_text("no spectrum")
    (tmp_path / "tables" / "ab.smi").write_text("CCO ethanol\nCC(=O)C acetone\n")
    (tmp_path / "tables" / "bad.smi").write_text("CCO ethanol\nC(( nothing\n")
    return tmp_path


def ranker(spectrum: Spectrum, isomers: Sequence[str]) -> str:
    return "" if isomers[0] == "CCO" else "ranked second"


def faults(folder: Path, name: str, **expected: Any) -> str:
    case = VendorCase(f"tables/{name}", **expected)
    (result,) = evaluate_vendor_files(folder, ranker, [case])
    return "; ".join(result.faults)


@pytest.mark.parametrize(
    ("name", "right", "wrong", "fault"),
    [
        ("a.csv", {"lines": (7.0, 2.0)}, {"lines": (7.0, 3.0)}, "no line at 3.00 ppm"),
        ("a.csv", {"absent": (5.0,)}, {"absent": (7.01,)}, "a line at 7.01 ppm"),
        ("a.csv", {"lines": (7.0, 2.0), "only_lines": True}, {"lines": (7.0,), "only_lines": True}, "lines at 2.00"),
        ("a.csv", {"trace_points": 4001}, {"trace_points": 4000}, "4001 points, not as a trace of 4000"),
        ("list.txt", {}, {"trace_points": 4001}, "3 peaks"),
        ("a.csv", {"axis_high": 10.0}, {"axis_high": 10.2}, "begins at 10.00 ppm, not at 10.20"),
        ("a.csv", {"same_as": "tables/b.csv"}, {"same_as": "tables/list.txt"}, "its axis differs"),
        ("list.txt", {"frequency_mhz": 400.0}, {"frequency_mhz": 500.0}, "is 400 MHz, not 500"),
        ("list.txt", {"protons": (2.0, 3.0, 3.0)}, {"protons": (2.0, 3.0, 9.0)}, "not in the ratio"),
        ("a.csv", {"ranked_first": ("CCO", "COC")}, {"ranked_first": ("COC", "CCO")}, "ranked second"),
        ("a.csv", {"no_warning": "mirrored"}, {"warning": "mirrored"}, "no warning says 'mirrored'"),
        ("a.csv", {}, {"solvent": "CDCl3"}, "CDCl3 is not recognised"),
        ("notes.txt", {"or_refused": "no known format"}, {"or_refused": "damaged"}, "refused: holds text in no known"),
        ("ab.smi", {"kind": "library", "records": 2}, {"kind": "library", "records": 3}, "2 candidates, not 3"),
        ("ab.smi", {"kind": "library", "records": 2, "names": ("ethanol", "acetone")},
         {"kind": "library", "records": 2, "names": ("ethanol", "")}, "the names are ethanol, acetone"),
        ("bad.smi", {"kind": "library", "records": 1, "or_refused": "x"}, {"kind": "library", "records": 1},
         "1 of 2 records are rejected"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(
    folder: Path, name: str, right: dict[str, Any], wrong: dict[str, Any], fault: str
) -> None:
    if name != "bad.smi":
        assert faults(folder, name, **right) == ""
    assert fault in faults(folder, name, **wrong)


def test_a_warning_may_excuse_a_fault(folder: Path) -> None:
    wrong: dict[str, Any] = {"lines": (9.0,), "nucleus": "13C"}

    assert faults(folder, "a.csv", **wrong, or_warning="looks like a 1H spectrum") == ""
    assert faults(folder, "a.csv", **wrong, or_warning="mirrored") != ""


def test_files_that_are_missing_are_faults(folder: Path) -> None:
    cases = [VendorCase("tables/a.csv"), VendorCase("jeol/none.jdf")]
    results = list(evaluate_vendor_files(folder, ranker, cases))

    assert [result.faults for result in results] == [(), ("is not in the folder",)]
    assert [(entry["format"], entry["right"]) for entry in vendor_totals(results)] == [
        ("tables", 1), ("jeol", 0), ("all", 1),
    ]  # fmt: skip
    assert holds_vendor_files(folder, cases)
    assert not holds_vendor_files(folder)
    with pytest.raises(DatasetError, match="holds no file of the table"):
        list(evaluate_vendor_files(folder, ranker))


@pytest.mark.slow
def test_the_model_ranks_the_isomers_of_a_spectrum(folder: Path) -> None:
    rank = truth_ranker(load_model(None, None, "cpu"))
    anisole, other = "COc1ccccc1C", "Cc1ccc(CO)cc1"
    ppm = np.linspace(10.0, 0.0, 8001)
    lines = ((7.14, 2.0), (6.85, 1.0), (6.82, 1.0), (3.82, 3.0), (2.22, 3.0))
    trace = sum(height / (1 + ((ppm - shift) / 0.005) ** 2) for shift, height in lines).astype(np.float32)
    spectrum = Spectrum("1H", PpmAxis(10.0, 0.0, 8001), trace, frequency_mhz=400.0, solvent="CDCl3")

    assert f"{anisole} is ranked before {other}" in rank(spectrum, (other, anisole))
    assert "is ranked before" not in rank(spectrum, (anisole, other))


@pytest.mark.slow
def test_the_vendor_files_are_read_right(shared: Path) -> None:
    """Each file that instruments, programs and authors write is read as the table says."""
    folder = shared / "data" / "vendor_files"
    if not holds_vendor_files(folder):
        pytest.skip("the vendor files are not beside the repository")
    results = list(evaluate_vendor_files(folder, truth_ranker(load_model(None, None, "cpu"))))

    assert {result.path: result.faults for result in results if result.faults} == {}

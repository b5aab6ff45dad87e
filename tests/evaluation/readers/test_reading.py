"""Measured pairs are read, and the results are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specmol_core.errors import DatasetError
from specmol_core.evaluation.readers.reading import evaluate_readers, reading_totals
from specmol_core.shifts.atoms import AtomShifts

ETHYL_ACETATE = {0: 14.2, 1: 60.4, 3: 171.1, 5: 21.0}


@pytest.fixture
def folder(spectra: tuple[Path, Path], tmp_path: Path) -> Path:
    entry = {"compound": "ethyl acetate", "smiles": "CCOC(=O)C"}
    good = {**entry, "h1": {"path": str(spectra[0])}, "c13": {"path": str(spectra[1]), "solvent": "CDCl3"}}
    swapped = {**entry, "h1": {"path": str(spectra[1])}, "c13": {"path": "none.dx"}}
    (tmp_path / "manifest.json").write_text(json.dumps([good, swapped]))
    return tmp_path


def test_reading_figures(folder: Path) -> None:
    pairs = list(evaluate_readers(folder, lambda mol, solvent: AtomShifts(c13=ETHYL_ACETATE, c13_uncertainty={3: 1.0})))

    good, bad = pairs
    assert [(file.failure, file.nucleus_is_right) for file in good.files] == [("", True), ("", True)]
    assert good.lines is not None
    assert good.lines.expected == 4
    assert good.lines.picked == 4
    assert all(file.failure for file in bad.files)
    assert bad.lines is None
    figures = reading_totals(pairs)
    assert (figures["files"], figures["read"], figures["nucleus_is_right"], figures["compared"]) == (4, 2, 2, 1)
    assert figures["c13_expected"] == 4
    assert figures["c13_found_share"] == good.lines.found / 4


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        list(evaluate_readers(tmp_path, lambda mol, solvent: AtomShifts()))


@pytest.mark.slow
def test_the_measured_pairs(shared: Path) -> None:
    """The first measured pair is read with the right nuclei, and its 13C solvent is recognised."""
    source = shared / "data" / "raw_spectra" / "manifest.json"
    if not source.is_file():
        pytest.skip("the measured spectra are not beside the repository")
    pairs = []
    for number, pair in enumerate(evaluate_readers(source, lambda mol, solvent: AtomShifts())):
        pairs.append(pair)
        if number >= 8:
            break
    files = [file for pair in pairs for file in pair.files]

    assert [file.failure for file in files] == [""] * len(files)
    assert all(file.nucleus_is_right for file in files)
    assert all(file.has_solvent_lines for file in files if file.nucleus == "13C")

"""The example files are reproducible and consistent."""

from __future__ import annotations

import csv
import fnmatch
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from rdkit import Chem
from support.documents import Workplace, blocks

from specmol_core import api
from specmol_core.config import RankConfig
from specmol_core.queries import read_queries
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SPECTRA = {
    "Bruker": ("sample.zip", "sample.zip"),
    "JCAMP-DX": ("spectra/sample_h1.jdx", "spectra/sample_c13.jdx"),
    "CSV": ("spectra/sample_h1.csv", "spectra/sample_c13.csv"),
    "peak list": ("spectra/sample_h1_peaks.csv", "spectra/sample_c13_peaks.csv"),
    "sentence": ("si_text.txt", "si_text.txt"),
    "image": ("demo_h1.png", "demo_c13.png"),
}
"""The 1H and the 13C spectrum of the demo compound in each format."""
RECORDED: dict[str, Nucleus] = {
    "crude.zip": "1H",
    "sample.zip": "13C",
    "spectra/sample_h1.jdx": "1H",
    "spectra/sample_c13.jdx": "13C",
    "spectra/sample_h1.csv": "1H",
    "spectra/sample_c13.csv": "13C",
}
"""Files of recorded spectra, and the nucleus that is compared."""
SHIPPED = ROOT / "specmol_core" / "weights" / "matchnet.safetensors"
needs_weights = pytest.mark.skipif(not SHIPPED.is_file(), reason="no weights are shipped with this checkout")


def structures(path: Path) -> list[tuple[str, str]]:
    if path.suffix == ".smi":
        rows = [line.split(" ", 1) for line in path.read_text().splitlines()]
        return [(name, Chem.CanonSmiles(smiles)) for smiles, name in rows]
    return [(mol.GetProp("_Name"), Chem.MolToSmiles(mol)) for mol in Chem.SDMolSupplier(str(path))]


def example_files() -> list[Path]:
    """All files of the folder but compiled Python and embedded libraries."""
    files = [path for path in EXAMPLES.rglob("*") if path.is_file()]
    return [path for path in files if "__pycache__" not in path.parts and ".specmol-" not in path.name]


def recorded(path: Path, nucleus: Nucleus) -> np.ndarray:
    intensities = read_spectrum(path, nucleus, None, (12.0, 0.0)).intensities
    return intensities / np.abs(intensities).max()


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The module make_examples.py, loaded as if it were run as a script."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        return importlib.import_module("make_examples")


@pytest.fixture(scope="module")
def anew(maker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    maker.write_examples(folder)
    return folder


@pytest.mark.slow
def test_regenerated_examples_are_identical(anew: Path) -> None:
    made = sorted(str(p.relative_to(anew)) for p in anew.rglob("*") if p.is_file())
    assert len(made) >= 16

    for name in made:
        if name.endswith(".png"):
            old, new = (Image.open(folder / name) for folder in (EXAMPLES, anew))
            assert old.text == new.text
            assert np.array_equal(np.asarray(old), np.asarray(new)), name
        elif name.endswith((".sdf", ".smi")):
            # Coordinates may differ between versions of RDKit.
            assert structures(EXAMPLES / name) == structures(anew / name)
        elif name in RECORDED:
            # Another processor may round the last digit differently.
            old, new = (recorded(folder / name, RECORDED[name]) for folder in (EXAMPLES, anew))
            assert np.abs(old - new).max() < 1e-5, name
        else:
            assert (EXAMPLES / name).read_text() == (anew / name).read_text()


def test_both_libraries_have_the_same_unique_candidates() -> None:
    sdf, smi = (structures(EXAMPLES / f"candidates.{kind}") for kind in ("sdf", "smi"))

    assert sdf == smi
    assert len({Chem.CanonSmiles(s, useChiral=False) for _, s in smi}) == len(smi) == len(dict(smi))


def test_every_candidate_is_supported_by_the_model() -> None:
    for _, smiles in structures(EXAMPLES / "candidates.smi"):
        mol = Chem.MolFromSmiles(smiles)
        assert {a.GetSymbol() for a in mol.GetAtoms()} <= {"C", "H", "N", "O"}
        assert mol.GetNumHeavyAtoms() <= 16


def test_files_of_every_query_exist() -> None:
    for name in ("queries.csv", "reaction.csv"):
        for query in read_queries(EXAMPLES / name):
            assert all(path.is_file() for path in (query.h1, query.c13, query.library) if path is not None)


@pytest.mark.parametrize(
    ("nucleus", "name", "shifts"),
    [("1H", "demo_h1.png", (1.33, 3.83)), ("13C", "demo_c13.png", (114.3, 129.7, 55.4, 60.3))],
)
def test_lines_are_at_the_given_shifts(nucleus: Nucleus, name: str, shifts: tuple[float, ...]) -> None:
    # The image has no axis, so it is read with this range.
    spectrum = read_spectrum(EXAMPLES / name, nucleus, None, (1.0, 0.0))
    assert (spectrum.axis.high, spectrum.axis.low) == (Geometry.h1_window if nucleus == "1H" else Geometry.c13_window)
    relative = spectrum.intensities / spectrum.intensities.max()

    for shift in shifts:
        near = np.abs(spectrum.axis.grid() - shift) < 1.5 * spectrum.axis.step
        assert relative[near].max() > 0.2


def test_spectra_are_small() -> None:
    sizes = {path: path.stat().st_size for path in example_files()}

    assert sizes[EXAMPLES / "sample.zip"] <= 400_000
    assert sum(sizes.values()) <= 2_000_000


@pytest.mark.parametrize("name", ["Bruker", "JCAMP-DX", "CSV"])
def test_every_line_of_the_recorded_spectra_is_the_compounds_or_known(maker: ModuleType, name: str) -> None:
    """No noise is called a signal."""
    compound = maker.COMPOUNDS[maker.DEMO]
    shifts = {"1H": {s[0] for s in maker.DEMO_H1}, "13C": set(compound.c13)}
    solvents = {"1H": {"CDCl3", "tetramethylsilane"}, "13C": {"CDCl3", "tetramethylsilane"}}

    for nucleus, file, reach in zip(("1H", "13C"), SPECTRA[name], (0.05, 0.03), strict=True):
        lines = api.inspect_spectrum(EXAMPLES / file, nucleus)["peaks"]
        own = [line["ppm"] for line in lines if line["kind"] == "compound"]
        assert all(min(abs(ppm - shift) for shift in shifts[nucleus]) < reach for ppm in own)
        assert all(min(abs(ppm - shift) for ppm in own) < reach for shift in shifts[nucleus])
        assert {line["reason"] for line in lines if line["kind"] != "compound"} == solvents[nucleus]


def test_lists_and_sentences_have_the_shifts_of_the_compound(maker: ModuleType) -> None:
    compound = maker.COMPOUNDS[maker.DEMO]
    assert {shift for shift, *_ in maker.DEMO_H1} == set(compound.h1)
    assert sum(protons for _, protons, *_ in maker.DEMO_H1) == 14

    for name in ("peak list", "sentence"):
        h1, c13 = (
            read_spectrum(EXAMPLES / file, nucleus, None, (12.0, 0.0))
            for file, nucleus in zip(SPECTRA[name], ("1H", "13C"), strict=True)
        )
        assert [(p.ppm, p.protons, p.multiplicity) for p in h1.peaks] == [s[:3] for s in maker.DEMO_H1]
        assert {p.ppm for p in c13.peaks} == set(compound.c13)
        assert h1.solvent == c13.solvent == "CDCl3"


@needs_weights
@pytest.mark.slow
def test_right_structure_is_first_from_each_format(maker: ModuleType) -> None:
    session = api.Session(api.RankOptions(RankConfig(top=3)), libraries=api.LibraryOptions(use_cache=False))

    for name, (h1, c13) in SPECTRA.items():
        ranking = session.rank(api.QueryFiles(name, EXAMPLES / h1, EXAMPLES / c13), EXAMPLES / "candidates.sdf")
        assert ranking.candidates[0].name == maker.DEMO, name
        assert ranking.candidates[0].probability > 0.9, name


def test_compounds_are_not_in_training_or_validation(maker: ModuleType, shared: Path) -> None:
    import gzip

    flat = {Chem.CanonSmiles(c.smiles, useChiral=False) for c in maker.COMPOUNDS.values()}
    for table in ("train", "validation"):
        with gzip.open(shared / "data" / "matching_pairs" / f"{table}.csv.gz", "rt") as file:
            met = {row["candidate_smiles"] for row in csv.DictReader(file)}
        assert len(met) > 1000
        assert not flat & met


@needs_weights
@pytest.mark.slow
def test_python_example_runs() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, EXAMPLES / "rank_from_python.py"],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == [
        "both: 73 candidates scored",
        "1H alone: 73 candidates scored",
        "13C alone: 73 candidates scored",
    ]


@needs_weights
@pytest.mark.slow
def test_shell_example_runs(tmp_path: Path) -> None:
    program = tmp_path / "specmol"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m specmol_cli "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "STOP_PUMP": "touch stopped"}
    done = subprocess.run(
        [EXAMPLES / "monitor_reaction.sh"], env=environment, capture_output=True, text=True, timeout=300, check=False,
        cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout == "conversion reached: pump stopped\n"
    assert (tmp_path / "stopped").exists()
    rows = [json.loads(line) for line in (tmp_path / "monitor.jsonl").read_text().splitlines()]
    assert [row["spectrum"] for row in rows] == [f"series/{number}.jdx" for number in range(1, 9)]
    environment["STOP_PUMP"] = "false"
    failed = subprocess.run(
        [EXAMPLES / "monitor_reaction.sh"], env=environment, capture_output=True, text=True, timeout=300, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "the pump does not stop: false" in failed.stderr
    true = 1 - np.exp(-7e-4 * np.array([60, 300, 600, 1200, 1800, 2700, 3600, 5400]))
    assert [row["conversion"] for row in rows] == pytest.approx(true.tolist(), abs=0.04)


def test_readme_names_every_file() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w*/.]+\.\w+)`", text)) | {"README.md"}

    for path in example_files():
        name = path.relative_to(EXAMPLES).as_posix()
        assert any(fnmatch.fnmatch(name, pattern) for pattern in named), name


@needs_weights
@pytest.mark.slow
def test_commands_of_the_readme_run(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path)

    for block in blocks(EXAMPLES / "README.md", "sh")[1:]:
        done = workplace.run(block)

        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n   1  ethyl 4-methoxycinnamate ") == block.source.count("specmol rank")
        assert done.stdout.count("73 read, 73 simulated") == block.source.count("specmol simulate")

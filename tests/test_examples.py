"""The example files are reproducible and consistent."""

from __future__ import annotations

import csv
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from rdkit import Chem

from specmol_core.queries import read_queries
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SHIPPED = ROOT / "specmol_core" / "weights" / "matchnet.safetensors"
needs_weights = pytest.mark.skipif(not SHIPPED.is_file(), reason="no weights are shipped with this checkout")


def structures(path: Path) -> list[tuple[str, str]]:
    if path.suffix == ".smi":
        rows = [line.split(" ", 1) for line in path.read_text().splitlines()]
        return [(name, Chem.CanonSmiles(smiles)) for smiles, name in rows]
    return [(mol.GetProp("_Name"), Chem.MolToSmiles(mol)) for mol in Chem.SDMolSupplier(str(path))]


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


def test_regenerated_examples_are_identical(anew: Path) -> None:
    made = sorted(p.name for p in anew.iterdir())
    assert len(made) >= 8

    for name in made:
        if name.endswith(".png"):
            old, new = (Image.open(folder / name) for folder in (EXAMPLES, anew))
            assert old.text == new.text
            assert np.array_equal(np.asarray(old), np.asarray(new)), name
        elif name.endswith((".sdf", ".smi")):
            # Coordinates may differ between versions of RDKit.
            assert structures(EXAMPLES / name) == structures(anew / name)
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
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [EXAMPLES / "monitor_reaction.sh"], env=environment, capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    start, end = ([float(row[name]) for row in rows] for name in list(rows[0])[1:3])
    assert [row["percent"] for row in rows] == ["0", "25", "50", "75", "100"]
    assert start[0] > start[-1]
    assert end[-1] > end[0]

"""``import specmol`` is cheap, and every public name resolves and is documented."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import specmol
from specmol_core import errors
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Nucleus

ROOT = Path(__file__).parents[1]


def test_import_loads_neither_numpy_nor_torch() -> None:
    code = "import json, sys, specmol; specmol.__version__; dir(specmol); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    heavy = {"numpy", "torch", "rdkit", "scipy", "h5py", "numba", "PIL"}
    assert heavy & set(json.loads(done.stdout)) == set()


@pytest.mark.parametrize("name", specmol.__all__)
def test_every_name_resolves_and_has_a_docstring(name: str) -> None:
    value = getattr(specmol, name)

    assert name in dir(specmol)
    if name != "__version__":
        assert inspect.getdoc(value)
        assert not value.__doc__.startswith(f"{name}("), "the docstring is the one that dataclasses write"


def test_every_error_is_public() -> None:
    kinds = {n for n in errors.__all__ if isinstance(getattr(errors, n), type)}

    assert kinds <= set(specmol.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = specmol.no_such_name


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_image_without_an_axis_is_read_over_the_canonical_window(nucleus: Nucleus, tmp_path: Path) -> None:
    name = "demo_h1.png" if nucleus == "1H" else "demo_c13.png"
    path = tmp_path / name
    Image.fromarray(np.asarray(Image.open(ROOT / "examples" / name))).save(path)  # without the range in its header

    spectrum = specmol.read_spectrum(path, nucleus)

    expected = Geometry.h1_window if nucleus == "1H" else Geometry.c13_window
    assert (spectrum.axis.high, spectrum.axis.low) == expected


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_window_of_the_caller_is_kept(nucleus: Nucleus, tmp_path: Path) -> None:
    name = "demo_h1.png" if nucleus == "1H" else "demo_c13.png"
    path = tmp_path / name
    Image.fromarray(np.asarray(Image.open(ROOT / "examples" / name))).save(path)

    spectrum = specmol.read_spectrum(path, nucleus, (10.0, 0.0))

    assert (spectrum.axis.high, spectrum.axis.low) == (10.0, 0.0)


def test_path_of_a_spectrum_may_be_a_text() -> None:
    spectrum = specmol.read_spectrum(str(ROOT / "examples" / "demo_c13.png"), "13C")

    assert spectrum.nucleus == "13C"
    assert isinstance(spectrum, specmol.Spectrum)


def test_unknown_nucleus_is_a_usage_error() -> None:
    with pytest.raises(specmol.UsageError, match="choose 1H or 13C"):
        specmol.read_spectrum("examples/demo_c13.png", "31P")

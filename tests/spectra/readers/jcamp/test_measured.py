"""JCAMP-DX files of spectrometers, if the measured pairs are available."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.jcamp import READER
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile

ROOT = Path(__file__).parents[5] / "shared" / "data" / "raw_spectra"


def entries() -> Iterator[tuple[str, dict]]:
    manifest = ROOT / "manifest.json"
    if manifest.is_file():
        for pair in json.loads(manifest.read_text()):
            for key, nucleus in (("h1", "1H"), ("c13", "13C")):
                if pair[key]["format"] == "JCAMP-DX":
                    yield nucleus, pair[key]


ENTRIES = list(entries())
pytestmark = pytest.mark.skipif(not ENTRIES, reason="the measured pairs (shared/data/raw_spectra) are not here")
WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def read(nucleus: str, entry: dict):
    source = SourceFile.load(ROOT / entry["path"])
    assert READER.matches(source.content[:4096], source.path)
    return READER.read(source, Request(nucleus, None, WINDOWS[nucleus]))


def triplet(spectrum) -> float | None:
    """Middle of the CDCl3 triplet (ppm), None where it is not found."""
    grid, trace = spectrum.axis.grid()[::-1], spectrum.intensities[::-1].astype(np.float64)
    spacing = 32.1 / spectrum.frequency_mhz
    middle = np.arange(76.0, 78.3, 0.005)
    lines = np.minimum.reduce([np.interp(middle + shift, grid, trace) for shift in (-spacing, 0.0, spacing)])
    noise = np.median(np.abs(np.diff(trace)))
    return float(middle[lines.argmax()]) if lines.max() > 20 * noise else None


@pytest.mark.slow
def test_spectra_agree_with_the_manifest() -> None:
    seen = 0
    for nucleus, entry in ENTRIES:
        spectrum = read(nucleus, entry)
        assert spectrum.nucleus == nucleus
        assert spectrum.frequency_mhz == pytest.approx(float(entry["freq_mhz"]), abs=1e-6), entry["path"]
        assert spectrum.solvent == entry["solvent"], entry["path"]
        assert all(note.startswith("the axis was moved") for note in spectrum.warnings), entry["path"]
        if nucleus == "13C" and entry["solvent"] in ("CDCl3", "CHLOROFORM-d") and (middle := triplet(spectrum)):
            assert middle == pytest.approx(77.16, abs=0.3), entry["path"]
            seen += 1
    assert seen >= 20


def test_the_other_nucleus_is_refused() -> None:
    for nucleus, entry in ENTRIES[:6]:
        with pytest.raises(NucleusError, match=f"is a {nucleus} spectrum"):
            read("1H" if nucleus == "13C" else "13C", entry)


@pytest.mark.slow
def test_points_agree_with_nmrglue() -> None:
    nmrglue = pytest.importorskip("nmrglue")
    smallest = sorted(ENTRIES, key=lambda pair: pair[1]["bytes"])
    for nucleus, entry in smallest[:8] + [pair for pair in smallest if pair[1]["path"].endswith(".dx")][:8]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, theirs = nmrglue.jcampdx.read(str(ROOT / entry["path"]))
        real = theirs[0] if isinstance(theirs, list) else theirs
        np.testing.assert_allclose(read(nucleus, entry).intensities, real.astype(np.float32), rtol=1e-6)

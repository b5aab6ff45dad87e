"""Images of simulated spectra for queries; a seed determines their shifts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from specmol_core.spectra.canonical_image import canonical_image, write_image
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = ["query_list", "read_spectrum_pair", "spectrum_pair"]


def spectrum_pair(folder: Path, number: int) -> tuple[Path, Path]:
    """Write images of a 1H and a 13C spectrum; return their paths; each number differs."""
    h1, c13 = (_image(folder / f"query-{number}-{nucleus}.png", nucleus, number) for nucleus in NUCLEI)
    return h1, c13


def read_spectrum_pair(folder: Path, number: int, geometry: Geometry) -> SpectrumPair:
    """The spectra of ``spectrum_pair``, read for a model of this geometry."""
    windows = geometry.h1_window, geometry.c13_window
    files = zip(spectrum_pair(folder, number), NUCLEI, windows, strict=True)
    return SpectrumPair(*(read_spectrum(path, nucleus, None, window) for path, nucleus, window in files))


def query_list(folder: Path, count: int) -> Path:
    """Write a table of this many queries with different spectra; return its path."""
    path = folder / f"queries-{count}.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "h1", "c13"))
        rows.writerows((f"q{number}", *(p.name for p in spectrum_pair(folder, number))) for number in range(count))
    return path


def _image(path: Path, nucleus: Nucleus, number: int) -> Path:
    geometry = Geometry()
    generator = np.random.default_rng((number, NUCLEI.index(nucleus)))
    axis = geometry.axis(nucleus)
    low, high = ((1.0, 8.0), (15.0, 170.0))[NUCLEI.index(nucleus)]
    lines = generator.uniform(low, high, generator.integers(4, 12))
    width = axis.span / 500
    trace = (width**2 / ((axis.grid()[:, None] - lines) ** 2 + width**2)).sum(1)
    spectrum = Spectrum(nucleus, axis, trace.astype(np.float32))
    window = geometry.h1_window if nucleus == "1H" else geometry.c13_window
    write_image(path, canonical_image(spectrum, geometry), nucleus, window)
    return path

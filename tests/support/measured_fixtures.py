"""Spectra of ethyl acetate that look measured, for the tests of the evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from rdkit import Chem

from specmol_core.evaluation.measured.raw_pairs import RawPair
from specmol_core.evaluation.ranking.measured_background import MeasuredBackground, remove_compound
from specmol_core.evaluation.simulator.counterpart import prepare_pairs
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

SMILES = "CCOC(C)=O"
SHIFTS = AtomShifts({0: 14.2, 1: 60.5, 3: 171.4, 4: 21.0}, {0: [1.26] * 3, 1: [4.12] * 2, 4: [2.05] * 3})
_H1 = [
    *((1.26 + k * 7.1 / 400, a) for k, a in ((-1, 0.75), (0, 1.5), (1, 0.75))),
    *((4.12 + k * 7.1 / 400, a) for k, a in ((-1.5, 0.25), (-0.5, 0.75), (0.5, 0.75), (1.5, 0.25))),
    (2.05, 3.0),
]
_C13 = [(14.2, 1.0), (60.5, 1.0), (171.4, 0.3), (21.0, 0.9)]
_SOLVENT = {"1H": [(7.26, 0.3)], "13C": [(77.16 + k * 32.0 / 100.6, 0.5) for k in (-1, 0, 1)]}
NOISE = {"1H": 2e-4, "13C": 2e-3}
"""Standard deviation of the noise, relative to the strongest line."""


def measured(nucleus: Nucleus, width_hz: float = 1.5, seed: int = 0) -> Spectrum:
    """Return a spectrum at 400 MHz in CDCl3 whose strongest compound line has height 1."""
    mhz, window = (400.0, (14.0, -2.0)) if nucleus == "1H" else (100.6, (220.0, -10.0))
    axis = PpmAxis(*window, 32768)
    lines = _H1 if nucleus == "1H" else _C13
    top = max(area for _, area in lines)
    values = np.random.default_rng(seed).normal(0.0, NOISE[nucleus], axis.points)
    for ppm, area in [*((p, a / top) for p, a in lines), *_SOLVENT[nucleus]]:
        values += area / (1 + ((axis.grid() - ppm) * mhz / (width_hz / 2)) ** 2)
    return Spectrum(nucleus, axis, values.astype(np.float32), f"{nucleus}.dx", frequency_mhz=mhz, solvent="CDCl3")


def pair(compound: str = "ethyl acetate", seed: int = 0) -> RawPair:
    """Return both spectra with the structure.

    Each seed is a different group for cross-validation.
    """
    spectra: dict[Nucleus, Spectrum] = {"1H": measured("1H", seed=seed), "13C": measured("13C", seed=seed)}
    return RawPair(compound, f"{SMILES} {seed}" if seed else SMILES, SMILES, "made", spectra)


def predict(mols: list[Chem.Mol], solvent: str) -> list[AtomShifts]:
    """Return the shifts of ethyl acetate for every molecule."""
    return [SHIFTS for _ in mols]


def make_background(nucleus: Nucleus, width_hz: float = 1.5) -> MeasuredBackground:
    """Return the spectrum of one nucleus without ethyl acetate."""
    spectra = dict.fromkeys(NUCLEI, measured(nucleus, width_hz))
    (prepared,) = prepare_pairs([replace(pair(), spectra=spectra)], predict)
    return remove_compound(prepared, nucleus)


def at(spectrum: Spectrum, values: np.ndarray, ppm: float, reach: float) -> np.ndarray:
    """Return the values within ``reach`` (ppm) of a shift."""
    return values[np.abs(spectrum.axis.grid() - ppm) <= reach]


def manifest(folder: Path, **entry: object) -> Path:
    """Write a manifest of one pair, with entries replaced."""
    complete = {"compound": "x", "smiles": SMILES, "h1": {"path": "h1.dx"}, "c13": {"path": "c13.dx"}, **entry}
    path = folder / "manifest.json"
    path.write_text(json.dumps([complete]))
    return path


def write_jcamp(path: Path, spectrum: Spectrum) -> None:
    """Write the spectrum as a JCAMP-DX file."""
    axis, mhz = spectrum.axis, float(spectrum.frequency_mhz or 0.0)
    values = np.rint(spectrum.intensities * 1e6).astype(int)
    step = axis.step * mhz
    first, last = (axis.high - axis.step / 2) * mhz, (axis.low + axis.step / 2) * mhz
    rows = [
        f"{first - i * step:.4f} {' '.join(map(str, values[i : i + 8]))}" for i in range(0, len(values), 8)
    ]  # fmt: skip
    head = {
        "TITLE": "ethyl acetate", "JCAMP-DX": "5.00", "DATA TYPE": "NMR SPECTRUM", ".OBSERVE FREQUENCY": mhz,
        ".OBSERVE NUCLEUS": f"^{spectrum.nucleus}", ".SOLVENT NAME": spectrum.solvent, "XUNITS": "HZ",
        "YUNITS": "ARBITRARY UNITS", "FIRSTX": first, "LASTX": last, "DELTAX": -step, "XFACTOR": 1,
        "YFACTOR": 1, "NPOINTS": len(values), "FIRSTY": values[0],
    }  # fmt: skip
    text = [f"##{key}={value}" for key, value in head.items()]
    path.write_text("\n".join([*text, "##XYDATA=(X++(Y..Y))", *rows, "##END=", ""]))

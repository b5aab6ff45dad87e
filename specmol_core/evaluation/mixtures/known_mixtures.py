"""Mixtures of known composition: measured ones, and sums of measured spectra of pure compounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.errors import DatasetError
from specmol_core.evaluation.measured.raw_pairs import RawPair
from specmol_core.mixtures.species import Species
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["KnownMixture", "measured_mixtures", "summed_pairs"]

Float = NDArray[np.float64]

_MAX_BYTES = 1 << 28
_GAP_STEPS = 5.0
"""Distance of points of an uneven axis over which the trace is 0."""
_SHIFT_SD_PPM, _MAX_BROADENING_HZ = 0.004, 0.5
"""By how much the two spectra of a sum are moved and broadened."""
_LOWEST_PPM = 0.3
"""Shift below which only tetramethylsilane has a line."""
_FIELD_STEP_MHZ = 100.0
"""Spectra are summed if their fields round to one multiple of this."""


@dataclass(frozen=True)
class KnownMixture:
    """One mixture and its composition."""

    name: str
    species: tuple[Species, ...]
    fractions: Float
    """True mole fraction of each species (species,)."""
    spectrum: Spectrum
    """Without a frequency if the source states none."""
    pure: tuple[Spectrum, ...] = ()
    """Measured spectra of the pure species; empty if they are not to be used."""


def measured_mixtures(folder: Path) -> Iterator[KnownMixture]:
    """Yield the mixtures that ``truth.json`` of a folder lists, with the spectra of their components.

    Each entry has ``tag``, ``file`` (npz with ``ppm``, ``mix``, ``comp0`` and so on, also
    ``ppm_comp0``), ``components``, ``smiles`` and ``molar_fraction``.

    Raises
    ------
    DatasetError
        If the list or a file is missing or malformed.
    """
    path = folder / "truth.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(path, f"cannot be read ({error}); give a folder with truth.json and its spectra") from None
    for entry in entries:
        yield _measured(folder, entry)


def _measured(folder: Path, entry: dict[str, Any]) -> KnownMixture:
    path = folder / str(entry.get("file", ""))
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("it is too large")
        with np.load(path, allow_pickle=False) as arrays:
            values = {name: np.asarray(arrays[name], dtype=np.float64) for name in arrays.files}
        fractions = np.array(entry["molar_fraction"], dtype=np.float64)
        species = tuple(Species(n, s) for n, s in zip(entry["components"], entry["smiles"], strict=True))
        pure = tuple(
            _spectrum(values.get(f"ppm_comp{k}", values["ppm"]), values[f"comp{k}"], f"{path}, {one.name}")
            for k, one in enumerate(species)
        )
        mixture = _spectrum(values["ppm"], values["mix"], str(path))
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(path, f"is not a mixture of truth.json ({error})") from None
    return KnownMixture(str(entry["tag"]), species, fractions / fractions.sum(), mixture, pure)


def _spectrum(ppm: Float, trace: Float, source: str) -> Spectrum:
    """Return a spectrum on an even axis; where points are missing the trace is 0."""
    order = np.argsort(ppm)
    ppm, trace = ppm[order], trace[order]
    step = float(np.median(np.diff(ppm)))
    axis = PpmAxis(float(ppm[-1]) + step / 2, float(ppm[0]) - step / 2, round(float(ppm[-1] - ppm[0]) / step) + 1)
    grid = axis.grid()
    values = np.interp(grid, ppm, trace)
    right = np.clip(np.searchsorted(ppm, grid), 1, len(ppm) - 1)
    values[ppm[right] - ppm[right - 1] > _GAP_STEPS * step] = 0.0
    return Spectrum("1H", axis, values.astype(np.float32), source=source)


def summed_pairs(pairs: list[RawPair], rng: np.random.Generator) -> Iterator[KnownMixture]:
    """Yield a sum of the 1H spectra of each two compounds in one solvent and at one field.

    The fractions are drawn from 0.1 to 0.9. Each spectrum is moved by some thousandths of a ppm and
    broadened by up to half a hertz. Compounds with protons on other atoms than carbon are left out:
    the area of their spectra is not that of the protons on carbon.
    """
    usable: dict[str, RawPair] = {}
    for pair in pairs:
        solvent = solvent_named(pair.spectra["1H"].solvent)
        only_carbon = all(
            atom.GetAtomicNum() == 6 or not atom.GetTotalNumHs() for atom in Species("", pair.smiles).mol.GetAtoms()
        )
        if only_carbon and solvent is not None and not solvent.deuterium_exchange:
            usable.setdefault(pair.group, pair)
    for first, second in combinations(usable.values(), 2):
        a, b = first.spectra["1H"], second.spectra["1H"]
        fields = [round(float(s.frequency_mhz or 0.0) / _FIELD_STEP_MHZ) for s in (a, b)]
        if solvent_named(a.solvent) != solvent_named(b.solvent) or fields[0] != fields[1]:
            continue
        share = float(rng.uniform(0.1, 0.9))
        fractions = np.array([share, 1.0 - share])
        axis = _common_axis(a, b)
        trace = sum(
            amount * _normalised(pair, axis, rng) for amount, pair in zip(fractions, (first, second), strict=True)
        )
        spectrum = Spectrum(
            "1H", axis, np.asarray(trace, dtype=np.float32), source=f"{first.compound} + {second.compound}",
            frequency_mhz=a.frequency_mhz, solvent=a.solvent,
        )  # fmt: skip
        species = tuple(Species(p.compound, p.smiles) for p in (first, second))
        yield KnownMixture(spectrum.source, species, fractions, spectrum)


def _common_axis(a: Spectrum, b: Spectrum) -> PpmAxis:
    high = min(max(a.axis.high, b.axis.high), 14.0)
    low = max(min(a.axis.low, b.axis.low), -1.0)
    return PpmAxis(high, low, int((high - low) / min(a.axis.step, b.axis.step)))


def _normalised(pair: RawPair, axis: PpmAxis, rng: np.random.Generator) -> Float:
    """Return a trace (axis.points,) whose area without solvent and impurities is the number of protons."""
    spectrum = pair.spectra["1H"]
    masked = np.asarray(Analysis(spectrum).masked_spectrum.intensities, dtype=np.float64)
    masked = masked - estimate_noise_floor(masked).baseline
    whole = np.asarray(spectrum.intensities, dtype=np.float64)
    whole = whole - estimate_noise_floor(whole).baseline
    ppm = spectrum.axis.grid()
    area = float(masked[ppm > _LOWEST_PPM].sum()) * spectrum.axis.step
    moved = ppm + rng.normal(0.0, _SHIFT_SD_PPM)
    whole[ppm <= _LOWEST_PPM] = 0.0
    width = rng.uniform(0.0, _MAX_BROADENING_HZ) / float(spectrum.frequency_mhz or 1.0) / axis.step
    trace = np.interp(-axis.grid(), -moved, whole, left=0.0, right=0.0)
    return np.asarray(gaussian_filter1d(trace, max(width, 1e-2)) / area * Species("", pair.smiles).nuclei("1H"))

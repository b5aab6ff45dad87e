"""Paired 1H and 13C spectra of a molecule from the chemical shifts of its atoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.config import SimulationConfig
from specmol_core.data.couplings import couplings, multiplet
from specmol_core.spectra.axis import PpmAxis

__all__ = ["AtomShifts", "SimulatedPair", "simulate"]

_FINE = 4
"""Cells of the line-shape grid per point of the trace; the trace keeps the extreme of each group."""


@dataclass(frozen=True)
class AtomShifts:
    """Chemical shifts of one molecule (ppm), keyed by heavy-atom index of its SMILES."""

    c13: dict[int, float] = field(default_factory=dict)
    h1: dict[int, list[float]] = field(default_factory=dict)
    """One shift per proton on the atom."""


@dataclass(frozen=True)
class SimulatedPair:
    """Both spectra of one molecule as an instrument would give them."""

    h1_trace: NDArray[np.float32]
    """(points,), high to low shift, strongest line 1."""
    c13_trace: NDArray[np.float32]
    """(points,), high to low shift, strongest line 1."""
    h1_peaks: NDArray[np.float32]
    """(signals, 2): shift (ppm) and protons of each signal of the compound."""
    c13_peaks: NDArray[np.float32]
    """(signals, 2): shift (ppm) and carbons of each line of the compound."""


def simulate(mol: Chem.Mol, shifts: AtomShifts, rng: np.random.Generator, settings: SimulationConfig) -> SimulatedPair:
    """Draw one pair of spectra: random error on every shift, multiplets, line shape, noise and baseline.

    Equivalent atoms (RDKit's symmetry classes) share one signal at their mean shift.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens, its atoms in the order of the shifts.
    rng
        The only source of chance: the same state gives the same pair, bit for bit.
    """
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    frequency = float(rng.choice(settings.frequencies_mhz))
    h1_peaks, h1_lines = _proton_lines(mol, shifts, classes, frequency, rng, settings)
    c13_peaks, c13_lines = _carbon_lines(mol, shifts, classes, rng, settings)
    h1_axis, c13_axis = settings.axis("1H"), settings.axis("13C")
    h1_width = rng.uniform(*settings.h1_width_hz) / frequency
    h1_extra = _extra_lines(settings.h1_impurities_ppm, h1_lines, rng, settings)
    c13_extra = _extra_lines(settings.c13_impurities_ppm, c13_lines, rng, settings)
    h1 = _trace(np.concatenate((h1_lines, h1_extra)), h1_width, h1_axis)
    h1 += _broad_lines(mol, shifts, h1_axis, rng, settings)
    c13 = _trace(np.concatenate((c13_lines, c13_extra)), rng.uniform(*settings.c13_width_ppm), c13_axis)
    return SimulatedPair(
        _instrument(h1, rng, settings.h1_noise, settings),
        _instrument(c13, rng, settings.c13_noise, settings),
        h1_peaks,
        c13_peaks,
    )


def _class_means(values: dict[int, float], classes: list[int]) -> dict[int, tuple[float, list[int]]]:
    """Mean value and members of every symmetry class that has one, in order of its first atom."""
    members: dict[int, list[int]] = {}
    for atom in sorted(values):
        members.setdefault(classes[atom], []).append(atom)
    return {c: (float(np.mean([values[a] for a in atoms])), atoms) for c, atoms in members.items()}


def _carbon_lines(
    mol: Chem.Mol, shifts: AtomShifts, classes: list[int], rng: np.random.Generator, settings: SimulationConfig
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    peaks, lines = [], []
    for mean, atoms in _class_means(shifts.c13, classes).values():
        ppm = mean + rng.normal(0.0, settings.c13_error_ppm)
        low, high = settings.quaternary_intensity
        bare = mol.GetAtomWithIdx(atoms[0]).GetTotalNumHs() == 0
        intensity = len(atoms) * (rng.uniform(low, high) if bare else 1.0) * np.exp(rng.normal(0.0, 0.2))
        peaks.append((ppm, len(atoms)))
        lines.append((ppm, intensity))
    return _rows(peaks).astype(np.float32), _rows(lines)


def _proton_lines(
    mol: Chem.Mol,
    shifts: AtomShifts,
    classes: list[int],
    frequency: float,
    rng: np.random.Generator,
    settings: SimulationConfig,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    carbons = {a: float(np.mean(v)) for a, v in shifts.h1.items() if v and mol.GetAtomWithIdx(a).GetAtomicNum() == 6}
    peaks, lines = [], [np.zeros((0, 2))]
    for mean, atoms in _class_means(carbons, classes).values():
        ppm = mean + rng.normal(0.0, settings.h1_error_ppm)
        protons = sum(len(shifts.h1[a]) for a in atoms)
        offsets, areas = multiplet(couplings(mol, mol.GetAtomWithIdx(atoms[0]), classes, rng))
        peaks.append((ppm, protons))
        lines.append(np.stack((ppm + offsets / frequency, areas * protons * np.exp(rng.normal(0.0, 0.05))), 1))
    return _rows(peaks).astype(np.float32), np.concatenate(lines)


def _broad_lines(
    mol: Chem.Mol, shifts: AtomShifts, axis: PpmAxis, rng: np.random.Generator, settings: SimulationConfig
) -> NDArray[np.float64]:
    """Exchangeable protons: broad, moved, often missing."""
    total = np.zeros(axis.points)
    for atom, values in sorted(shifts.h1.items()):
        if mol.GetAtomWithIdx(atom).GetAtomicNum() == 6 or not values:
            continue
        if rng.random() < settings.exchangeable_missing:
            continue
        ppm = float(np.mean(values)) + rng.normal(0.0, settings.exchangeable_error_ppm)
        half = np.exp(rng.uniform(*np.log(settings.exchangeable_width_ppm))) / 2
        # Broad against a cell, so the Lorentzian can be sampled; area in the units of _trace.
        density = half / np.pi / ((axis.grid() - ppm) ** 2 + half**2)
        total += len(values) * density * axis.step / _FINE
    return total


def _extra_lines(
    shifts: tuple[float, ...], lines: NDArray[np.float64], rng: np.random.Generator, settings: SimulationConfig
) -> NDArray[np.float64]:
    """Solvent, water and reference lines that the compound does not have."""
    strongest = lines[:, 1].max(initial=0.0)
    kept = [p for p in shifts if rng.random() < settings.impurity_probability]
    low, high = np.log(settings.impurity_intensity)
    return _rows([(p + rng.normal(0.0, 0.02), strongest * np.exp(rng.uniform(low, high))) for p in kept])


def _trace(lines: NDArray[np.float64], width: float, axis: PpmAxis) -> NDArray[np.float64]:
    """Sum of Lorentzian lines of one full width at half height (ppm); area 1 per unit of intensity."""
    points = axis.points * _FINE
    position = axis.position(lines[:, 0]) * _FINE - 0.5
    inside = (position >= 0) & (position < points - 1)
    position, area = position[inside], lines[inside, 1]
    cell = position.astype(np.int64)
    part = position - cell
    sticks = np.bincount(cell, area * (1 - part), points) + np.bincount(cell + 1, area * part, points)
    # The Fourier transform of a Lorentzian is an exponential; padding keeps the tails from wrapping.
    decay = np.exp(-np.pi * width / (axis.step / _FINE) * np.fft.rfftfreq(2 * points))
    smooth = np.fft.irfft(np.fft.rfft(sticks, 2 * points) * decay)[:points]
    extremes: NDArray[np.float64] = smooth.reshape(-1, _FINE).max(1)
    return extremes


def _instrument(
    trace: NDArray[np.float64], rng: np.random.Generator, noise: tuple[float, float], settings: SimulationConfig
) -> NDArray[np.float32]:
    """Scale to 1, then add noise and a slowly rolling baseline."""
    trace = trace / max(trace.max(), 1e-12)
    sigma = np.exp(rng.uniform(*np.log(noise)))
    x = np.linspace(0.0, 1.0, len(trace))
    roll = sum(
        rng.normal(0.0, settings.baseline_roll) * np.sin(np.pi * k * x + rng.uniform(0, 2 * np.pi)) for k in (1, 2, 3)
    )
    noisy: NDArray[np.float32] = (trace + roll + rng.normal(0.0, sigma, len(trace))).astype(np.float32)
    return noisy


def _rows(values: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64).reshape(-1, 2)

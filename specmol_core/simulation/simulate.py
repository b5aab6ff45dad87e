"""Simulate paired 1H and 13C spectra of a molecule from the chemical shifts of its atoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.background import Background, draw_background, satellites
from specmol_core.simulation.carbons import carbon_lines
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.equivalence import chemical_classes
from specmol_core.simulation.exchange import exchangeable_lines
from specmol_core.simulation.grid import Grid
from specmol_core.simulation.instrument import Instrument, draw_instrument, line_width, record
from specmol_core.simulation.lines import SharpLines
from specmol_core.simulation.lineshape import strongest_height
from specmol_core.simulation.protons import proton_lines
from specmol_core.simulation.ranges import Ranges
from specmol_core.simulation.sample import SOLVENTS
from specmol_core.simulation.shift_draws import drawn_shifts
from specmol_core.simulation.topology import Topology, read_topology
from specmol_core.spectra.reference.solvents import Solvent
from specmol_core.spectra.spectrum import C13_FREQUENCY_RATIO

__all__ = ["EXPERIMENTS", "PARAMETERS", "SimulatedPair", "simulate"]

EXPERIMENTS = ("1D", "DEPT-90", "DEPT-135", "APT")
"""13C experiments that can be simulated; the 1H spectrum is always a standard 1D spectrum."""

_BACKGROUND_FIELDS = ("solvent_height", "reference_height", "water_height", "impurity_height", "stray_count")
PARAMETERS = np.dtype(
    [("solvent", "S12"), ("experiment", "S8")]
    + [(f"{n}_{f.name}", "<f4") for n in ("h1", "c13") for f in fields(Instrument)]
    + [(f"{n}_{name}", "<f4") for n in ("h1", "c13") for name in _BACKGROUND_FIELDS]
    + [(f"{n}_impurities", "<u4") for n in ("h1", "c13")]
)
"""Record type of all drawn parameters of one pair except shifts: solvent, experiment, the fields of
``Instrument`` and ``Background``, and impurities as bits in the order of ``sample.IMPURITIES``."""


@dataclass(frozen=True)
class SimulatedPair:
    """Simulated 1H and 13C spectra of one molecule."""

    h1_trace: NDArray[np.float32]
    """(points,) from high to low shift, strongest line 1; all 0 if the compound has no line."""
    c13_trace: NDArray[np.float32]
    """(points,) from high to low shift, strongest line 1; all 0 if the compound has no line.

    DEPT and APT have negative lines.
    """
    h1_peaks: NDArray[np.float32]
    """(signals, 2): shift (ppm, on the spectrum's axis) and number of protons of each signal of
    protons on carbon."""
    c13_peaks: NDArray[np.float32]
    """(signals, 2): shift (ppm, on the spectrum's axis) and number of carbons of each visible
    line."""
    h1_atoms: tuple[tuple[int, ...], ...]
    """Heavy atoms of each 1H signal."""
    c13_atoms: tuple[tuple[int, ...], ...]
    """Carbons of each 13C line."""
    parameters: NDArray[Any]
    """One record of type ``PARAMETERS``, shape ()."""


def simulate(mol: Chem.Mol, shifts: AtomShifts, rng: np.random.Generator, settings: SimulationConfig) -> SimulatedPair:
    """Return a simulated pair of spectra with drawn shift errors, couplings, sample, instrument.

    Chemically equivalent atoms have the same shift.

    Parameters
    ----------
    mol
        Molecule with implicit hydrogens; atom indices are those of the shifts.
    rng
        The only source of randomness; the same state gives the same pair, bit for bit.
    """
    ranges: Ranges = settings.ranges
    topology = read_topology(mol)
    classes = chemical_classes(mol, topology, shifts.h1)
    frequency, solvent = _conditions(settings, rng)
    instruments = {
        "1H": draw_instrument(rng, ranges.h1, frequency),
        "13C": draw_instrument(rng, ranges.c13, frequency * C13_FREQUENCY_RATIO),
    }
    drawn = drawn_shifts(mol, shifts, classes, rng, (settings.h1_error_ppm, settings.c13_error_ppm))
    h1 = _h1_spectrum(mol, topology, drawn, classes, instruments["1H"], solvent, rng, settings)
    c13 = _c13_spectrum(mol, topology, drawn, classes, instruments["13C"], solvent, rng, settings)
    return SimulatedPair(
        h1.trace, c13.trace, h1.peaks, c13.peaks, h1.atoms, c13.atoms,
        _parameters(solvent, settings.experiment, instruments, {"1H": h1.background, "13C": c13.background}),
    )  # fmt: skip


@dataclass(frozen=True)
class _SimulatedSpectrum:
    trace: NDArray[np.float32]
    peaks: NDArray[np.float32]
    atoms: tuple[tuple[int, ...], ...]
    background: Background


def _conditions(settings: SimulationConfig, rng: np.random.Generator) -> tuple[float, Solvent]:
    frequencies, solvents = settings.ranges.frequencies_mhz, settings.ranges.solvents
    frequency = frequencies[_weighted_choice(rng, [w for _, w in frequencies])][0]
    solvent = solvents[_weighted_choice(rng, [w for _, w in solvents])][0]
    return settings.frequency_mhz or frequency, SOLVENTS[settings.solvent or solvent]


def _weighted_choice(rng: np.random.Generator, weights: Sequence[float]) -> int:
    steps = np.cumsum(weights)
    return int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))


def _h1_spectrum(
    mol: Chem.Mol,
    topology: Topology,
    shifts: AtomShifts,
    classes: list[int],
    instrument: Instrument,
    solvent: Solvent,
    rng: np.random.Generator,
    settings: SimulationConfig,
) -> _SimulatedSpectrum:
    ranges: Ranges = settings.ranges
    compound = proton_lines(mol, shifts, instrument.mhz, rng, topology)
    shifts_are_in_solvent = bool(settings.solvent)
    broad = exchangeable_lines(
        mol, topology, shifts, classes, solvent, rng, ranges.exchange, shifts_are_in_solvent=shifts_are_in_solvent
    )
    extra_width = _extra_widths(compound.ppm, [s.ppm for s in compound.signals], ranges.h1.max_extra_width, rng)
    lines = SharpLines(compound.ppm, compound.area, extra_width)
    height = _strongest_line_height(settings, "1H", instrument, lines)
    compound_lines = satellites(lines, instrument.mhz) if ranges.satellites else lines
    background = draw_background("1H", solvent, "1D", instrument.mhz, height, rng, ranges.h1, ranges.exchange)
    trace = np.zeros(settings.points, np.float32)
    if height > 0:
        all_lines = SharpLines.join((compound_lines, background.lines))
        trace = record(settings.axis("1H"), instrument, all_lines, (*broad, *background.broad), height, rng)
    peaks = [(s.ppm + instrument.reference_ppm, s.protons) for s in compound.signals]
    return _SimulatedSpectrum(trace, _peak_rows(peaks), tuple(tuple(s.atoms) for s in compound.signals), background)


def _c13_spectrum(
    mol: Chem.Mol,
    topology: Topology,
    shifts: AtomShifts,
    classes: list[int],
    instrument: Instrument,
    solvent: Solvent,
    rng: np.random.Generator,
    settings: SimulationConfig,
) -> _SimulatedSpectrum:
    ranges: Ranges = settings.ranges
    compound = carbon_lines(mol, topology, shifts, classes, instrument.mhz, settings.experiment, rng, ranges)
    extra_width = _extra_widths(compound.ppm, [s.ppm for s in compound.signals], ranges.c13.max_extra_width, rng)
    lines = SharpLines(compound.ppm, compound.area, extra_width)
    height = _strongest_line_height(settings, "13C", instrument, lines)
    if compound.broad:
        width = line_width(instrument)
        height = max(height, *(abs(b.area) * width / (width + b.width_hz) for b in compound.broad))
    background = draw_background(
        "13C", solvent, settings.experiment, instrument.mhz, height, rng, ranges.c13, ranges.exchange
    )
    trace = np.zeros(settings.points, np.float32)
    if height > 0:
        all_lines = SharpLines.join((lines, background.lines))
        signed = settings.experiment not in ("1D", "DEPT-90")
        trace = record(settings.axis("13C"), instrument, all_lines, compound.broad, height, rng, signed=signed)
    peaks = [(s.ppm + instrument.reference_ppm, s.carbons) for s in compound.signals]
    return _SimulatedSpectrum(trace, _peak_rows(peaks), tuple(s.atoms for s in compound.signals), background)


def _extra_widths(
    lines: NDArray[np.float64], signals: Sequence[float], max_extra_width: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the additional width of each line (n,), drawn once per signal."""
    if not len(lines) or not signals:
        return np.zeros(len(lines))
    order = np.argsort(signals)
    shifts = np.asarray(signals)[order]
    # A line belongs to the nearest signal.
    nearest = np.searchsorted((shifts[1:] + shifts[:-1]) / 2, lines)
    drawn: NDArray[np.float64] = (max_extra_width * rng.random(len(shifts)) ** 1.5)[nearest]
    return drawn


def _strongest_line_height(
    settings: SimulationConfig, nucleus: str, instrument: Instrument, lines: SharpLines
) -> float:
    width = line_width(instrument)
    grid = Grid.of(settings.axis(nucleus), instrument.mhz, width)
    return strongest_height(grid, lines.ppm, lines.area / (1 + lines.extra_width), width)


def _parameters(
    solvent: Solvent, experiment: str, instruments: dict[str, Instrument], backgrounds: dict[str, Background]
) -> NDArray[Any]:
    row = np.zeros((), PARAMETERS)
    row["solvent"], row["experiment"] = solvent.name.encode(), experiment.encode()
    for prefix, nucleus in (("h1", "1H"), ("c13", "13C")):
        for item in fields(Instrument):
            row[f"{prefix}_{item.name}"] = getattr(instruments[nucleus], item.name)
        for name in _BACKGROUND_FIELDS:
            row[f"{prefix}_{name}"] = getattr(backgrounds[nucleus], name)
        row[f"{prefix}_impurities"] = sum(1 << i for i in backgrounds[nucleus].impurities)
    return row


def _peak_rows(values: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float64).reshape(-1, 2).astype(np.float32)

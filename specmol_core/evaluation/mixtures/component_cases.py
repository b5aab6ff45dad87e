"""Mixtures whose components are to be found among candidates: lists, simulated and measured spectra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.measured.raw_pairs import RawPair
from specmol_core.evaluation.mixtures.known_mixtures import KnownMixture
from specmol_core.evaluation.mixtures.simulated import simulated_mixture
from specmol_core.evaluation.ranking.pools import listed_peaks
from specmol_core.molecules.without_stereo import constitution_smiles
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.simulation.listed_shifts import with_listed_carbon_shifts, with_listed_proton_shifts
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.lists.sticks import render_peaks
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["ComponentCase", "list_cases", "measured_cases", "pair_cases", "simulated_cases"]

Float = NDArray[np.float64]

_POINTS: dict[Nucleus, int] = {"1H": 65_536, "13C": 65_536}
_WINDOWS: dict[Nucleus, tuple[float, float]] = {"1H": (14.0, -1.0), "13C": (230.0, -10.0)}
_LOWEST_PPM = 0.3
"""Shift below which only tetramethylsilane has a line."""
_MIN_FRACTION = 0.1
_LIST_MHZ: dict[Nucleus, float] = {"1H": 400.0, "13C": 100.6}


@dataclass(frozen=True)
class ComponentCase:
    """One mixture."""

    name: str
    spectra: SpectrumPair
    truth: tuple[str, ...]
    """SMILES of the components, without stereochemistry."""
    fractions: tuple[float, ...] | None
    """Mole fraction of each; None if they are not known."""
    pools: tuple[tuple[str, ...], ...]
    """Isomers and other near candidates of each component; empty if they are to be found in a library."""


def list_cases(queries: Sequence[BenchmarkQuery], components: int, count: int, seed: int) -> Iterator[ComponentCase]:
    """Yield joined peak lists of compounds that have both lists, in equal amounts."""
    rng = np.random.default_rng(seed)
    for chosen in _drawn(queries, components, count, rng):
        spectra: dict[Nucleus, Spectrum] = {}
        for nucleus in _WINDOWS:
            peaks = tuple(peak for query in chosen for peak in listed_peaks(query)[nucleus])
            axis = PpmAxis(max(p.ppm for p in peaks) + 1.0, min(p.ppm for p in peaks) - 1.0, 4096)
            trace = render_peaks(peaks, nucleus, _LIST_MHZ[nucleus], axis)
            spectra[nucleus] = Spectrum(nucleus, axis, trace, peaks=peaks)
        yield _case(chosen, spectra, (1.0 / components,) * components)


def simulated_cases(
    queries: Sequence[BenchmarkQuery], components: int, count: int, seed: int, predictor: ShiftBackend
) -> Iterator[ComponentCase]:
    """Yield simulated spectra of mixtures of compounds at their listed shifts, with fractions of at least a tenth."""
    rng = np.random.default_rng(seed)
    for chosen in _drawn(queries, components, count, rng):
        compounds = []
        for query in chosen:
            mol = Chem.MolFromSmiles(query.truth)
            shifts = with_listed_carbon_shifts(mol, predictor.predict([mol])[0], query.lines("13C").tolist())
            compounds.append((mol, with_listed_proton_shifts(mol, shifts, [ppm for ppm, *_ in query.h1])))
        fractions = _fractions(components, rng)
        yield _case(chosen, simulated_mixture(compounds, fractions, rng), fractions)


def _drawn(
    queries: Sequence[BenchmarkQuery], components: int, count: int, rng: np.random.Generator
) -> Iterator[list[BenchmarkQuery]]:
    usable = [query for query in queries if query.c13 and query.h1]
    made = 0
    while made < count:
        chosen = [usable[k] for k in rng.choice(len(usable), components, replace=False)]
        if len({query.truth for query in chosen}) == components:
            made += 1
            yield chosen


def _fractions(components: int, rng: np.random.Generator) -> tuple[float, ...]:
    while True:
        drawn = rng.dirichlet(np.ones(components))
        if drawn.min() >= _MIN_FRACTION:
            return tuple(drawn.tolist())


def _case(
    chosen: Sequence[BenchmarkQuery], spectra: dict[Nucleus, Spectrum], fractions: tuple[float, ...]
) -> ComponentCase:
    return ComponentCase(
        " + ".join(query.name for query in chosen),
        SpectrumPair(spectra.get("1H"), spectra.get("13C")),
        tuple(query.truth for query in chosen),
        fractions,
        tuple(query.pool for query in chosen),
    )


def measured_cases(mixtures: Sequence[KnownMixture]) -> Iterator[ComponentCase]:
    """Yield measured 1H spectra of mixtures."""
    for mixture in mixtures:
        truth = tuple(constitution_smiles(one.mol) for one in mixture.species)
        yield ComponentCase(mixture.name, SpectrumPair(mixture.spectrum), truth, tuple(mixture.fractions.tolist()), ())


def pair_cases(pairs: Sequence[RawPair], count: int, seed: int) -> Iterator[ComponentCase]:
    """Yield sums of the measured spectra of two compounds in one solvent, at fractions of 0.1 to 0.9.

    Parameters
    ----------
    count
        Number of sums; 0 for all.
    """
    rng = np.random.default_rng(seed)
    unique = list({pair.group: pair for pair in reversed(pairs)}.values())
    sums = [
        (a, b)
        for a, b in combinations(unique, 2)
        if solvent_named(a.spectra["1H"].solvent) == solvent_named(b.spectra["1H"].solvent)
    ]
    for k in sorted(rng.permutation(len(sums))[: count or None].tolist()):
        share = float(rng.uniform(_MIN_FRACTION, 1.0 - _MIN_FRACTION))
        fractions = (share, 1.0 - share)
        spectra = {nucleus: _sum(sums[k], fractions, nucleus) for nucleus in _WINDOWS}
        yield ComponentCase(
            " + ".join(pair.compound for pair in sums[k]),
            SpectrumPair(spectra["1H"], spectra["13C"]),
            tuple(pair.group for pair in sums[k]),
            fractions,
            (),
        )


def _sum(pairs: tuple[RawPair, RawPair], fractions: tuple[float, float], nucleus: Nucleus) -> Spectrum:
    axis = PpmAxis(*_WINDOWS[nucleus], _POINTS[nucleus])
    trace = np.zeros(axis.points)
    for pair, fraction in zip(pairs, fractions, strict=True):
        trace += fraction * _normalised(pair, nucleus, axis)
    first = pairs[0].spectra[nucleus]
    return Spectrum(
        nucleus, axis, trace.astype(np.float32), source=" + ".join(pair.compound for pair in pairs),
        frequency_mhz=first.frequency_mhz, solvent=first.solvent,
    )  # fmt: skip


def _normalised(pair: RawPair, nucleus: Nucleus, axis: PpmAxis) -> Float:
    """Return a trace (axis.points,) whose area without solvent and impurities is the number of nuclei."""
    spectrum = pair.spectra[nucleus]
    masked = np.asarray(Analysis(spectrum).masked_spectrum.magnitudes, dtype=np.float64)
    masked = masked - estimate_noise_floor(masked).baseline
    whole = np.asarray(spectrum.magnitudes, dtype=np.float64)
    whole = whole - estimate_noise_floor(whole).baseline
    ppm = spectrum.axis.grid()
    if nucleus == "1H":
        whole = np.where(ppm > _LOWEST_PPM, whole, 0.0)
        masked = np.where(ppm > _LOWEST_PPM, masked, 0.0)
    mol = Chem.AddHs(Chem.MolFromSmiles(pair.smiles))
    solvent = solvent_named(spectrum.solvent)
    number = {"1H": 1, "13C": 6}[nucleus]
    nuclei = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == number]
    if nucleus == "1H" and solvent is not None and solvent.deuterium_exchange:
        nuclei = [atom for atom in nuclei if atom.GetNeighbors()[0].GetAtomicNum() == 6]
    area = float(np.maximum(masked, 0.0).sum()) * spectrum.axis.step
    moved = np.interp(-axis.grid(), -ppm, whole, left=0.0, right=0.0)
    return np.asarray(moved * len(nuclei) / area)

"""Spiked spectra: the listed signals of a benchmark query inserted into a measured background.

A benchmark set lists the signals of hundreds of compounds, but measured spectra exist only for a
few dozen. The listed signals are inserted into the backgrounds of these spectra, with the shape of
the spectrum's own lines. Multiplets that a list does not state are simulated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy import fft

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.measured.compound_mask import carbon_classes
from specmol_core.evaluation.measured.line_fit import pseudo_voigt
from specmol_core.evaluation.ranking.measured_background import MeasuredBackground
from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
from specmol_core.evaluation.ranking.pools import listed_peaks
from specmol_core.evaluation.simulator.counterpart import Predict
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.listed_shifts import nearest_or_assigned, with_listed_proton_shifts
from specmol_core.simulation.protons import proton_lines
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import line_pattern
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = ["StickSignal", "carbon_stick_signals", "insert_queries", "insert_signals", "proton_stick_signals"]

_BROAD_SIGNAL_WIDTH_HZ = 15.0
"""Width of a signal that is listed as broad (Hz)."""
_OVERSAMPLING = 4
"""Points per sample of the spectrum at which lines are drawn."""
_MAX_COVERED_DISTANCE_PPM = 0.12
"""Maximum distance of a signal from the centre of the listed multiplet that covers it (ppm)."""


class StickSignal(NamedTuple):
    """The lines of one signal."""

    ppm: NDArray[np.float64]
    """(lines,) shift of each line (ppm)."""
    area: NDArray[np.float64]
    """(lines,) area of each line. The sum is the number of nuclei, for 13C times the height of the
    kind of carbon."""
    broad: bool = False


def carbon_stick_signals(
    background: MeasuredBackground, peaks: Sequence[Peak], rng: np.random.Generator
) -> list[StickSignal]:
    """Return the lines of listed carbons, whose ``multiplicity`` is the kind of carbon.

    Heights are drawn from those of the spectrum's own compound.
    """
    signals = []
    for peak in peaks:
        offsets, shares = line_pattern(peak, "13C")
        area = float(peak.protons or 1.0) * float(rng.choice(background.heights[peak.multiplicity]))
        signals.append(StickSignal(peak.ppm + offsets / _frequency_mhz(background), area * shares))
    return signals


def proton_stick_signals(
    peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts, mhz: float, rng: np.random.Generator
) -> list[StickSignal]:
    """Return the lines of listed 1H signals, with the listed multiplicity or a simulated one.

    Many lists state no multiplicity or only *m*; these signals get the pattern of the truth's spin
    system. It is simulated at the listed shifts. Unlisted signals have their predicted shifts.
    Protons that share a listed multiplet keep their predicted distances. Each simulated line
    belongs to the nearest signal.

    Parameters
    ----------
    truth, shifts
        The right structure and its predicted shifts.
    mhz
        1H frequency (MHz).
    """
    at = with_listed_proton_shifts(truth, shifts, [peak.ppm for peak in peaks])
    signals_of_atom = {a: {n for n, peak in enumerate(peaks) if peak.ppm in values} for a, values in at.h1.items()}
    for number, peak in enumerate(peaks):
        if peak.multiplicity == "m":
            _spread_multiplet(peak, [a for a, numbers in signals_of_atom.items() if number in numbers], shifts, at)
    drawn = proton_lines(truth, at, mhz, rng)
    listed = [_nearest(s.ppm, peaks, signals_of_atom[s.atoms[0]]) for s in drawn.signals]
    signal_ppm = np.array([s.ppm for s in drawn.signals])
    lines: dict[int, list[int]] = defaultdict(list)
    for line, ppm in enumerate(drawn.ppm):
        lines[listed[int(np.abs(signal_ppm - ppm).argmin())]].append(line)
    signals = []
    for number, peak in enumerate(peaks):
        count, broad = float(peak.protons or 1.0), "br" in peak.multiplicity
        if peak.multiplicity in ("", "m") and lines[number]:
            area = drawn.area[lines[number]]
            signals.append(StickSignal(drawn.ppm[lines[number]], area * count / area.sum(), broad))
        else:
            offsets, shares = line_pattern(peak, "1H")
            signals.append(StickSignal(peak.ppm + offsets / mhz, count * shares, broad))
    return signals


def _nearest(ppm: float, peaks: Sequence[Peak], numbers: set[int]) -> int:
    """Return the index, out of ``numbers``, of the listed signal nearest to ``ppm``.

    -1 if there is none.
    """
    return min(numbers, key=lambda n: abs(peaks[n].ppm - ppm), default=-1)


def _spread_multiplet(peak: Peak, atoms: Sequence[int], predicted: AtomShifts, at: AtomShifts) -> None:
    """Space protons that share a listed multiplet as predicted, centred on its shift, in place."""
    predicted_ppm = np.array([np.mean(predicted.h1[a]) for a in atoms])
    for atom, atom_ppm in zip(atoms, predicted_ppm, strict=True):
        moved = peak.ppm + float(
            np.clip(atom_ppm - predicted_ppm.mean(), -_MAX_COVERED_DISTANCE_PPM, _MAX_COVERED_DISTANCE_PPM)
        )
        at.h1[atom] = [moved if ppm == peak.ppm else ppm for ppm in at.h1[atom]]


def _frequency_mhz(background: MeasuredBackground) -> float:
    return float(background.spectrum.frequency_mhz or 0.0)


def insert_signals(background: MeasuredBackground, signals: Sequence[StickSignal]) -> Spectrum | None:
    """Return a measured background with signals inserted; None if all are outside its window.

    The strongest inserted line is as high as the strongest line of the original compound.
    """
    axis = background.spectrum.axis
    sticks_by_breadth: dict[bool, NDArray[np.float64]] = {}
    for signal in signals:
        if not axis.low < np.average(signal.ppm, weights=signal.area) < axis.high:
            continue
        sticks = sticks_by_breadth.setdefault(signal.broad, np.zeros(axis.points * _OVERSAMPLING))
        index = np.rint(axis.position(signal.ppm) * _OVERSAMPLING - _OVERSAMPLING / 2).astype(np.int64)
        is_inside = (index >= 0) & (index < len(sticks))
        np.add.at(sticks, index[is_inside], signal.area[is_inside])
    if not sticks_by_breadth:
        return None
    inserted = sum(
        _broaden_sticks(background, sticks, _BROAD_SIGNAL_WIDTH_HZ if broad else background.width_hz)
        for broad, sticks in sticks_by_breadth.items()
    )
    trace = (background.values + inserted / np.max(inserted)).astype(np.float32)
    source = f"{background.spectrum.source} without its compound"
    return replace(background.spectrum, intensities=trace, source=source, sha256="")


def _broaden_sticks(
    background: MeasuredBackground, sticks: NDArray[np.float64], width_hz: float
) -> NDArray[np.float64]:
    """Return sticks (points * _OVERSAMPLING,) convolved with the line shape (points,)."""
    step = background.spectrum.axis.step * _frequency_mhz(background) / _OVERSAMPLING
    length = fft.next_fast_len(2 * len(sticks), real=True)
    # Offsets in FFT order: from 0 up, then from the lowest negative one to -1.
    x = np.fft.fftfreq(length, 1 / length) * step
    shape = pseudo_voigt(
        x, 0.0, 1 / width_hz, width_hz, background.lorentzian_fraction, np.radians(background.phase_deg)
    )
    convolved = fft.irfft(fft.rfft(sticks, length) * fft.rfft(shape), length)
    return np.asarray(convolved[_OVERSAMPLING // 2 : len(sticks) : _OVERSAMPLING])


def insert_queries(
    backgrounds: Sequence[dict[Nucleus, MeasuredBackground]], queries: Sequence[BenchmarkQuery], predict: Predict
) -> list[MeasuredQuery]:
    """Return each benchmark query as measured spectra with its signals inserted.

    Backgrounds are used in turn; one whose windows contain all signals of the query is preferred.
    The truth is the first candidate. A query is left out if all its signals are outside both
    windows.

    Parameters
    ----------
    predict
        Predicts the shifts of the truth.
    """
    spiked_queries = []
    for number, query in enumerate(queries):
        peaks, truth = listed_peaks(query), _organic(query.truth)
        shifts = predict([truth], "CDCl3")[0]
        carbons = _with_carbon_kinds(peaks["13C"], truth, shifts)
        rotation = [backgrounds[(number + k) % len(backgrounds)] for k in range(len(backgrounds))]
        # A real measurement would have a window that contains the compound's signals.
        background = next((r for r in rotation if all(r[n].covers(peaks[n]) for n in NUCLEI)), rotation[0])
        mhz = _frequency_mhz(background["1H"])
        h1 = insert_signals(
            background["1H"], proton_stick_signals(peaks["1H"], truth, shifts, mhz, np.random.default_rng((number, 1)))
        )
        c13 = insert_signals(
            background["13C"], carbon_stick_signals(background["13C"], carbons, np.random.default_rng(number))
        )
        if h1 is not None or c13 is not None:
            pool = (query.truth, *(s for s in query.pool if s != query.truth))
            spiked_queries.append(MeasuredQuery(query.name, pool, SpectrumPair(h1, c13)))
    return spiked_queries


def _organic(smiles: str) -> Chem.Mol:
    """Return the parts of a salt that have carbon."""
    parts = [Chem.MolFromSmiles(part) for part in smiles.split(".")]
    organic = [part for part in parts if any(atom.GetAtomicNum() == 6 for atom in part.GetAtoms())]
    return Chem.MolFromSmiles(".".join(map(Chem.MolToSmiles, organic)))


def _with_carbon_kinds(peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts) -> list[Peak]:
    """Return the listed carbons with the kind and the number of carbons of their assigned atoms.

    Lists rarely state them. Lines are assigned to the predicted shifts at the lowest total
    distance; an unassigned line takes kind and number from the nearest prediction.
    """
    if not peaks:
        return []
    members = carbon_classes(truth, shifts)
    predicted_ppm = np.array([np.mean([shifts.c13[a] for a in atoms]) for atoms in members])
    assigned = nearest_or_assigned(np.abs(np.array([peak.ppm for peak in peaks])[:, None] - predicted_ppm))
    with_kinds = []
    for class_index, peak in zip(assigned, peaks, strict=True):
        atoms = members[class_index]
        hydrogens = truth.GetAtomWithIdx(atoms[0]).GetTotalNumHs()
        with_kinds.append(replace(peak, multiplicity=CARBON_KINDS[min(hydrogens, 3)], protons=float(len(atoms))))
    return with_kinds

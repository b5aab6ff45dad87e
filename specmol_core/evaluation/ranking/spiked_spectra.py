"""Listed signals in measured spectra: what is not the compound's stays, and the listed lines stand in its place.

A bench lists the signals of hundreds of compounds; spectra of an instrument there are for a few dozen. Out of each of
these the lines of its own compound are taken, which leaves noise, baseline, solvent, water, reference, impurities and
the signs of processing, all of them measured. The listed signals are put in with the shape of the spectrum's own
lines; what multiplets a list does not tell, the simulator draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy import fft
from scipy.ndimage import uniform_filter1d

from specmol_core.evaluation.benchmark_set import BenchQuery
from specmol_core.evaluation.measured.compound_mask import (
    CLEAR,
    SIGNED,
    MeasuredTrace,
    Measures,
    carbon_classes,
    carbon_heights,
    is_far,
)
from specmol_core.evaluation.measured.line_fit import line_shape, signal_free
from specmol_core.evaluation.measured.trace_measures import predicted_shifts, read_trace
from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
from specmol_core.evaluation.ranking.pools import listed_peaks
from specmol_core.evaluation.simulator.counterpart import Predict, Prepared, is_signed
from specmol_core.matchnet_x.heights import MEDIANS
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.listed import listed_protons, nearest_or_assigned
from specmol_core.simulation.protons import proton_lines
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import line_pattern
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = [
    "Laboratory",
    "Sticks",
    "carbon_sticks",
    "emptied",
    "laboratories",
    "laid",
    "proton_sticks",
    "queries_in",
]

_GUARD = {"1H": 0.02, "13C": 0.4}
"""What is cut out with a line on either side (ppm)."""
_KEPT = {"1H": 0.05, "13C": 1.0}
"""What is kept with a foreign line on either side (ppm)."""
_SMOOTH = 65
"""Samples that a level is the mean of, those of gaps left out."""
_WIDTH_HZ = {"1H": 1.5, "13C": 3.2}
"""Median widths of measured lines, for a spectrum without a line that can be fitted (Hz)."""
_LORENTZIAN = {"1H": 0.85, "13C": 0.96}
"""The same of their Lorentzian shares."""
_BROAD_HZ = 15.0
"""Width of a signal that is listed as broad (Hz)."""
_FINER = 4
"""Points on which the lines are drawn for each of the spectrum."""
_USUAL = {kind: (height,) for kind, height in zip(CARBON_KINDS, MEDIANS, strict=True)}
"""Heights of 13C lines for kinds of carbon that a spectrum does not show."""
_COVERED = 0.12
"""How far a signal that a listed multiplet covers may stand from its middle (ppm)."""
_DOUBTFUL = 0.5
"""Height of an unexplained line, over the compound's strongest, from which the structure may be another."""


@dataclass(frozen=True)
class Laboratory:
    """One measured spectrum without its compound."""

    spectrum: Spectrum
    values: NDArray[np.float64]
    """What is left (points,), over the strongest line of the compound."""
    own: NDArray[np.bool_]
    """Samples (points,) that were the compound's and are filled."""
    width_hz: float
    """Full width of its lines at half height."""
    lorentzian: float
    """Share of the Lorentzian in them."""
    phase_deg: float
    stray: float
    """Height of the highest line that neither compound nor solvent explains, over that of the compound."""
    heights: dict[str, tuple[float, ...]]
    """Of its 13C lines of each kind of carbon, per carbon, over the median of those with hydrogen."""

    def shows(self, peaks: Sequence[Peak]) -> bool:
        """Whether all the signals are inside the window."""
        axis = self.spectrum.axis
        return all(axis.low < peak.ppm < axis.high for peak in peaks)


def laboratories(prepared: Sequence[Prepared]) -> list[dict[Nucleus, Laboratory]]:
    """Each measured pair without its compound.

    Left out are pairs with lines that point down, and those of which it is doubtful what the compound's lines are.
    """
    found: list[dict[Nucleus, Laboratory]] = []
    for item in prepared:
        if not any(_points_down(item.pair.spectra[n]) for n in NUCLEI):
            rooms = {n: emptied(item, n) for n in NUCLEI}
            if all(room.stray <= _DOUBTFUL for room in rooms.values()):
                found.append(rooms)
    return found


def _points_down(spectrum: Spectrum) -> bool:
    values = spectrum.intensities
    return is_signed(spectrum) or float(values.min()) < SIGNED * float(values.max())


def emptied(item: Prepared, nucleus: Nucleus) -> Laboratory:
    """Take the compound out of one of its measured spectra.

    What stands out of the noise is the compound's, unless it is the line of solvent, water or reference, or far from
    every predicted shift. It is filled with the level on both sides and noise of the same spectrum.
    """
    spectrum, measures = item.pair.spectra[nucleus], defaultdict[str, list[float]](list)
    predicted = predicted_shifts(item.shifts[nucleus], nucleus)
    trace, known = read_trace(spectrum, predicted, measures)
    foreign, stray = _foreign(trace, item.mol, predicted, known)
    busy = ~signal_free(trace.values, trace.sigma, round(_GUARD[nucleus] / spectrum.axis.step))
    own = busy & ~foreign
    told: Measures = defaultdict(list)
    if nucleus == "13C":
        carbon_heights(trace, item.mol, item.shifts[nucleus], known, told)
    heights = {name.split()[2]: tuple(values) for name, values in told.items() if name.startswith("height of ")}
    shape = np.median([(f.width_hz, f.lorentzian, f.phase_deg) for f in trace.fits], axis=0) if trace.fits else None
    width, lorentzian, phase = shape if shape is not None else (_WIDTH_HZ[nucleus], _LORENTZIAN[nucleus], 0.0)
    return Laboratory(
        spectrum, _filled(trace.values, own, busy), own, float(width), float(lorentzian), float(phase),
        stray, _USUAL | heights,
    )  # fmt: skip


def _foreign(
    trace: MeasuredTrace, mol: Chem.Mol, predicted: NDArray[np.float64], known: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.bool_], float]:
    """Samples (points,) at the lines of solvent, water, reference and impurities, and the height of the latter."""
    nucleus, grid = trace.spectrum.nucleus, trace.spectrum.axis.grid()
    clear = CLEAR[nucleus]
    # Where water may stand the compound may, too; the multiplet of a deuterated carbon is nobody else's.
    kept = [(low, high) for low, high in known if nucleus == "13C" or is_far((low + high) / 2, predicted, 2 * clear)]
    far = [
        line
        for line in trace.lines
        if is_far(line.ppm, predicted, 4 * clear) and not any(low <= line.ppm <= high for low, high in known)
    ]
    # Protons on N, O and S may stand anywhere.
    if nucleus == "1H" and any(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() != 6):
        far = []
    foreign = np.zeros(len(grid), np.bool_)
    for low, high in (*kept, *((line.ppm, line.ppm) for line in far)):
        foreign |= (grid >= low - _KEPT[nucleus]) & (grid <= high + _KEPT[nucleus])
    return foreign, max((line.height for line in far), default=0.0)


def _filled(values: NDArray[np.float64], own: NDArray[np.bool_], busy: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The trace with other samples in place of the own ones: the level on both sides, and noise in the order it has."""
    free = np.flatnonzero(~busy)
    held, known = (uniform_filter1d(x, _SMOOTH)[free] for x in (np.where(busy, 0.0, values), np.where(busy, 0.0, 1.0)))
    level = held / known
    noise = values[free] - level
    filled, gap = values.copy(), np.flatnonzero(own)
    filled[gap] = np.interp(gap, free, level) + np.resize(noise, len(gap))
    return filled


class Sticks(NamedTuple):
    """Lines of one signal."""

    ppm: NDArray[np.float64]
    """(lines,)"""
    area: NDArray[np.float64]
    """(lines,): their sum is the number of nuclei, of 13C that times the height of the kind of carbon."""
    broad: bool = False


def carbon_sticks(room: Laboratory, peaks: Sequence[Peak], rng: np.random.Generator) -> list[Sticks]:
    """Lines of listed carbons, whose multiplicity is their kind, as high as those of the spectrum's own compound."""
    found = []
    for peak in peaks:
        offsets, shares = line_pattern(peak, "13C")
        area = float(peak.protons or 1.0) * float(rng.choice(room.heights[peak.multiplicity]))
        found.append(Sticks(peak.ppm + offsets / _mhz(room), area * shares))
    return found


def proton_sticks(
    peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts, mhz: float, rng: np.random.Generator
) -> list[Sticks]:
    """Lines of listed 1H signals: with the multiplicity that the list tells, else as the truth's spin system has them.

    Few lists tell multiplicities, and *m* is none. The spin system stands at the listed shifts, signals that are not
    listed where they are predicted, and what a multiplet covers as far apart in it as predicted; each line is the
    nearest signal's.
    """
    at = listed_protons(truth, shifts, [peak.ppm for peak in peaks])
    shown = {a: {n for n, peak in enumerate(peaks) if peak.ppm in values} for a, values in at.h1.items()}
    for number, peak in enumerate(peaks):
        if peak.multiplicity == "m":
            _spread(peak, [a for a, numbers in shown.items() if number in numbers], shifts, at)
    drawn = proton_lines(truth, at, mhz, rng)
    listed = [_nearest(s.ppm, peaks, shown[s.atoms[0]]) for s in drawn.signals]
    middles = np.array([s.ppm for s in drawn.signals])
    lines: dict[int, list[int]] = defaultdict(list)
    for line, ppm in enumerate(drawn.ppm):
        lines[listed[int(np.abs(middles - ppm).argmin())]].append(line)
    found = []
    for number, peak in enumerate(peaks):
        count, broad = float(peak.protons or 1.0), "br" in peak.multiplicity
        if peak.multiplicity in ("", "m") and lines[number]:
            area = drawn.area[lines[number]]
            found.append(Sticks(drawn.ppm[lines[number]], area * count / area.sum(), broad))
        else:
            offsets, shares = line_pattern(peak, "1H")
            found.append(Sticks(peak.ppm + offsets / mhz, count * shares, broad))
    return found


def _nearest(ppm: float, peaks: Sequence[Peak], numbers: set[int]) -> int:
    """Which of these listed signals stands nearest; -1 if there are none."""
    return min(numbers, key=lambda n: abs(peaks[n].ppm - ppm), default=-1)


def _spread(peak: Peak, atoms: Sequence[int], predicted: AtomShifts, at: AtomShifts) -> None:
    """Move the protons that a listed multiplet covers as far apart as they are predicted, its middle between them."""
    places = np.array([np.mean(predicted.h1[a]) for a in atoms])
    for atom, place in zip(atoms, places, strict=True):
        moved = peak.ppm + float(np.clip(place - places.mean(), -_COVERED, _COVERED))
        at.h1[atom] = [moved if ppm == peak.ppm else ppm for ppm in at.h1[atom]]


def _mhz(room: Laboratory) -> float:
    return float(room.spectrum.frequency_mhz or 0.0)


def laid(room: Laboratory, signals: Sequence[Sticks]) -> Spectrum | None:
    """Signals in a measured spectrum, their strongest line as high as that of its own compound was.

    Returns
    -------
    None where none of the signals is inside the window.
    """
    axis = room.spectrum.axis
    canvas: dict[bool, NDArray[np.float64]] = {}
    for signal in signals:
        if not axis.low < np.average(signal.ppm, weights=signal.area) < axis.high:
            continue
        sticks = canvas.setdefault(signal.broad, np.zeros(axis.points * _FINER))
        place = np.rint(axis.position(signal.ppm) * _FINER - _FINER / 2).astype(np.int64)
        held = (place >= 0) & (place < len(sticks))
        np.add.at(sticks, place[held], signal.area[held])
    if not canvas:
        return None
    own = sum(_lines(room, sticks, _BROAD_HZ if broad else room.width_hz) for broad, sticks in canvas.items())
    trace = (room.values + own / np.max(own)).astype(np.float32)
    source = f"{room.spectrum.source} without its compound"
    return replace(room.spectrum, intensities=trace, source=source, sha256="")


def _lines(room: Laboratory, sticks: NDArray[np.float64], width_hz: float) -> NDArray[np.float64]:
    """Lines (points,) of one width and the spectrum's shape, areas in place of sticks (points * _FINER,)."""
    step = room.spectrum.axis.step * _mhz(room) / _FINER
    length = fft.next_fast_len(2 * len(sticks), real=True)
    # Places from 0 up and, behind them, from the lowest negative one up to -1.
    x = np.fft.fftfreq(length, 1 / length) * step
    shape = line_shape(x, 0.0, 1 / width_hz, width_hz, room.lorentzian, np.radians(room.phase_deg))
    whole = fft.irfft(fft.rfft(sticks, length) * fft.rfft(shape), length)
    return np.asarray(whole[_FINER // 2 : len(sticks) : _FINER])


def queries_in(
    rooms: Sequence[dict[Nucleus, Laboratory]], queries: Sequence[BenchQuery], predict: Predict
) -> list[MeasuredQuery]:
    """Each query in the spectra of one of the laboratories, in turn among those whose windows hold its signals.

    The truth stands first among the candidates.

    A query whose signals are all outside the windows of both spectra is left out.
    """
    found = []
    for number, query in enumerate(queries):
        peaks, truth = listed_peaks(query), Chem.MolFromSmiles(query.truth)
        shifts = predict([truth], "CDCl3")[0]
        carbons = _told_apart(peaks["13C"], truth, shifts)
        turn = [rooms[(number + k) % len(rooms)] for k in range(len(rooms))]
        # An operator chooses the window to hold the compound's signals.
        room = next((r for r in turn if all(r[n].shows(peaks[n]) for n in NUCLEI)), turn[0])
        mhz = _mhz(room["1H"])
        h1 = laid(room["1H"], proton_sticks(peaks["1H"], truth, shifts, mhz, np.random.default_rng((number, 1))))
        c13 = laid(room["13C"], carbon_sticks(room["13C"], carbons, np.random.default_rng(number)))
        if h1 is not None or c13 is not None:
            pool = (query.truth, *(s for s in query.pool if s != query.truth))
            found.append(MeasuredQuery(query.name, pool, SpectrumPair(h1, c13)))
    return found


def _told_apart(peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts) -> list[Peak]:
    """Listed carbons with their kinds and numbers, by the assignment that fits the predicted shifts best.

    Lists seldom say either. A line that is left over has the kind and the number of the nearest prediction.
    """
    if not peaks:
        return []
    members = carbon_classes(truth, shifts)
    places = np.array([np.mean([shifts.c13[a] for a in atoms]) for atoms in members])
    own = nearest_or_assigned(np.abs(np.array([peak.ppm for peak in peaks])[:, None] - places))
    found = []
    for place, peak in zip(own, peaks, strict=True):
        atoms = members[place]
        hydrogens = truth.GetAtomWithIdx(atoms[0]).GetTotalNumHs()
        found.append(replace(peak, multiplicity=CARBON_KINDS[min(hydrogens, 3)], protons=float(len(atoms))))
    return found

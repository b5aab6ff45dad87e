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

from specmol_core.evaluation.benchmark_set import BenchmarkQuery
from specmol_core.evaluation.measured.compound_mask import (
    CLEAR_DISTANCE_PPM,
    SIGNED_THRESHOLD,
    MeasuredTrace,
    TraceMeasures,
    carbon_classes,
    is_far,
    measure_carbon_heights,
)
from specmol_core.evaluation.measured.line_fit import pseudo_voigt, signal_free
from specmol_core.evaluation.measured.trace_measures import predicted_shifts, read_trace
from specmol_core.evaluation.ranking.measured_ranking import MeasuredQuery
from specmol_core.evaluation.ranking.pools import listed_peaks
from specmol_core.evaluation.simulator.counterpart import Predict, PreparedPair, is_signed
from specmol_core.matchnet_x.heights import MEDIAN_HEIGHTS
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.listed_shifts import nearest_or_assigned, with_listed_proton_shifts
from specmol_core.simulation.protons import proton_lines
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import line_pattern
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum, SpectrumPair

__all__ = [
    "MeasuredBackground",
    "StickSignal",
    "carbon_stick_signals",
    "insert_queries",
    "insert_signals",
    "measured_backgrounds",
    "proton_stick_signals",
    "remove_compound",
]

_GUARD_PPM = {"1H": 0.02, "13C": 0.4}
"""What is cut out with a line on either side (ppm)."""
_FOREIGN_MARGIN_PPM = {"1H": 0.05, "13C": 1.0}
"""What is kept with a foreign line on either side (ppm)."""
_SMOOTHING_SAMPLES = 65
"""Samples that a level is the mean of, those of gaps left out."""
_DEFAULT_WIDTH_HZ = {"1H": 1.5, "13C": 3.2}
"""Median widths of measured lines, for a spectrum without a line that can be fitted (Hz)."""
_DEFAULT_LORENTZIAN_FRACTION = {"1H": 0.85, "13C": 0.96}
"""The same of their Lorentzian shares."""
_BROAD_SIGNAL_WIDTH_HZ = 15.0
"""Width of a signal that is listed as broad (Hz)."""
_OVERSAMPLING = 4
"""Points on which the lines are drawn for each of the spectrum."""
_DEFAULT_CARBON_HEIGHTS = {kind: (height,) for kind, height in zip(CARBON_KINDS, MEDIAN_HEIGHTS, strict=True)}
"""Heights of 13C lines for kinds of carbon that a spectrum does not show."""
_MAX_COVERED_DISTANCE_PPM = 0.12
"""How far a signal that a listed multiplet covers may stand from its middle (ppm)."""
_MAX_UNEXPLAINED_HEIGHT = 0.5
"""Height of an unexplained line, over the compound's strongest, from which the structure may be another."""


@dataclass(frozen=True)
class MeasuredBackground:
    """One measured spectrum without its compound."""

    spectrum: Spectrum
    values: NDArray[np.float64]
    """What is left (points,), over the strongest line of the compound."""
    is_compound: NDArray[np.bool_]
    """Samples (points,) that were the compound's and are filled."""
    width_hz: float
    """Full width of its lines at half height."""
    lorentzian_fraction: float
    """Share of the Lorentzian in them."""
    phase_deg: float
    unexplained_height: float
    """Height of the highest line that neither compound nor solvent explains, over that of the compound."""
    heights: dict[str, tuple[float, ...]]
    """Of its 13C lines of each kind of carbon, per carbon, over the median of those with hydrogen."""

    def covers(self, peaks: Sequence[Peak]) -> bool:
        """Whether all the signals are inside the window."""
        axis = self.spectrum.axis
        return all(axis.low < peak.ppm < axis.high for peak in peaks)


def measured_backgrounds(measured_pairs: Sequence[PreparedPair]) -> list[dict[Nucleus, MeasuredBackground]]:
    """Each measured pair without its compound.

    Left out are pairs with lines that point down, and those of which it is doubtful what the compound's lines are.
    """
    found: list[dict[Nucleus, MeasuredBackground]] = []
    for item in measured_pairs:
        if not any(_points_down(item.pair.spectra[n]) for n in NUCLEI):
            backgrounds = {n: remove_compound(item, n) for n in NUCLEI}
            if all(background.unexplained_height <= _MAX_UNEXPLAINED_HEIGHT for background in backgrounds.values()):
                found.append(backgrounds)
    return found


def _points_down(spectrum: Spectrum) -> bool:
    values = spectrum.intensities
    return is_signed(spectrum) or float(values.min()) < SIGNED_THRESHOLD * float(values.max())


def remove_compound(item: PreparedPair, nucleus: Nucleus) -> MeasuredBackground:
    """Take the compound out of one of its measured spectra.

    What stands out of the noise is the compound's, unless it is the line of solvent, water or reference, or far from
    every predicted shift. It is filled with the level on both sides and noise of the same spectrum.
    """
    spectrum, measures = item.pair.spectra[nucleus], defaultdict[str, list[float]](list)
    predicted = predicted_shifts(item.shifts[nucleus], nucleus)
    trace, known = read_trace(spectrum, predicted, measures)
    foreign, unexplained_height = _foreign_samples(trace, item.mol, predicted, known)
    has_signal = ~signal_free(trace.values, trace.sigma, round(_GUARD_PPM[nucleus] / spectrum.axis.step))
    own = has_signal & ~foreign
    carbon_measures: TraceMeasures = defaultdict(list)
    if nucleus == "13C":
        measure_carbon_heights(trace, item.mol, item.shifts[nucleus], known, carbon_measures)
    heights = {
        name.split()[2]: tuple(values) for name, values in carbon_measures.items() if name.startswith("height of ")
    }
    shape = (
        np.median([(f.width_hz, f.lorentzian_fraction, f.phase_deg) for f in trace.fits], axis=0)
        if trace.fits
        else None
    )
    width, lorentzian_fraction, phase = (
        shape if shape is not None else (_DEFAULT_WIDTH_HZ[nucleus], _DEFAULT_LORENTZIAN_FRACTION[nucleus], 0.0)
    )
    return MeasuredBackground(
        spectrum, _fill_gaps(trace.values, own, has_signal), own, float(width), float(lorentzian_fraction),
        float(phase),
        unexplained_height, _DEFAULT_CARBON_HEIGHTS | heights,
    )  # fmt: skip


def _foreign_samples(
    trace: MeasuredTrace, mol: Chem.Mol, predicted: NDArray[np.float64], known: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.bool_], float]:
    """Samples (points,) at the lines of solvent, water, reference and impurities, and the height of the latter."""
    nucleus, grid = trace.spectrum.nucleus, trace.spectrum.axis.grid()
    clear = CLEAR_DISTANCE_PPM[nucleus]
    # Where water may stand the compound may, too; the multiplet of a deuterated carbon is nobody else's.
    foreign_ranges = [
        (low, high) for low, high in known if nucleus == "13C" or is_far((low + high) / 2, predicted, 2 * clear)
    ]
    far = [
        line
        for line in trace.lines
        if is_far(line.ppm, predicted, 4 * clear) and not any(low <= line.ppm <= high for low, high in known)
    ]
    # Protons on N, O and S may stand anywhere.
    if nucleus == "1H" and any(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() != 6):
        far = []
    foreign = np.zeros(len(grid), np.bool_)
    for low, high in (*foreign_ranges, *((line.ppm, line.ppm) for line in far)):
        foreign |= (grid >= low - _FOREIGN_MARGIN_PPM[nucleus]) & (grid <= high + _FOREIGN_MARGIN_PPM[nucleus])
    return foreign, max((line.height for line in far), default=0.0)


def _fill_gaps(
    values: NDArray[np.float64], own: NDArray[np.bool_], has_signal: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The trace with other samples in place of the own ones: the level on both sides, and noise in the order it has."""
    free = np.flatnonzero(~has_signal)
    held, known = (
        uniform_filter1d(x, _SMOOTHING_SAMPLES)[free]
        for x in (np.where(has_signal, 0.0, values), np.where(has_signal, 0.0, 1.0))
    )
    level = held / known
    noise = values[free] - level
    filled, gap = values.copy(), np.flatnonzero(own)
    filled[gap] = np.interp(gap, free, level) + np.resize(noise, len(gap))
    return filled


class StickSignal(NamedTuple):
    """Lines of one signal."""

    ppm: NDArray[np.float64]
    """(lines,)"""
    area: NDArray[np.float64]
    """(lines,): their sum is the number of nuclei, of 13C that times the height of the kind of carbon."""
    broad: bool = False


def carbon_stick_signals(
    background: MeasuredBackground, peaks: Sequence[Peak], rng: np.random.Generator
) -> list[StickSignal]:
    """Lines of listed carbons, whose multiplicity is their kind, as high as those of the spectrum's own compound."""
    found = []
    for peak in peaks:
        offsets, shares = line_pattern(peak, "13C")
        area = float(peak.protons or 1.0) * float(rng.choice(background.heights[peak.multiplicity]))
        found.append(StickSignal(peak.ppm + offsets / _frequency_mhz(background), area * shares))
    return found


def proton_stick_signals(
    peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts, mhz: float, rng: np.random.Generator
) -> list[StickSignal]:
    """Lines of listed 1H signals: with the multiplicity that the list tells, else as the truth's spin system has them.

    Few lists tell multiplicities, and *m* is none. The spin system stands at the listed shifts, signals that are not
    listed where they are predicted, and what a multiplet covers as far apart in it as predicted; each line is the
    nearest signal's.
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
    found = []
    for number, peak in enumerate(peaks):
        count, broad = float(peak.protons or 1.0), "br" in peak.multiplicity
        if peak.multiplicity in ("", "m") and lines[number]:
            area = drawn.area[lines[number]]
            found.append(StickSignal(drawn.ppm[lines[number]], area * count / area.sum(), broad))
        else:
            offsets, shares = line_pattern(peak, "1H")
            found.append(StickSignal(peak.ppm + offsets / mhz, count * shares, broad))
    return found


def _nearest(ppm: float, peaks: Sequence[Peak], numbers: set[int]) -> int:
    """Which of these listed signals stands nearest; -1 if there are none."""
    return min(numbers, key=lambda n: abs(peaks[n].ppm - ppm), default=-1)


def _spread_multiplet(peak: Peak, atoms: Sequence[int], predicted: AtomShifts, at: AtomShifts) -> None:
    """Move the protons that a listed multiplet covers as far apart as they are predicted, its middle between them."""
    predicted_ppm = np.array([np.mean(predicted.h1[a]) for a in atoms])
    for atom, place in zip(atoms, predicted_ppm, strict=True):
        moved = peak.ppm + float(
            np.clip(place - predicted_ppm.mean(), -_MAX_COVERED_DISTANCE_PPM, _MAX_COVERED_DISTANCE_PPM)
        )
        at.h1[atom] = [moved if ppm == peak.ppm else ppm for ppm in at.h1[atom]]


def _frequency_mhz(background: MeasuredBackground) -> float:
    return float(background.spectrum.frequency_mhz or 0.0)


def insert_signals(background: MeasuredBackground, signals: Sequence[StickSignal]) -> Spectrum | None:
    """Signals in a measured spectrum, their strongest line as high as that of its own compound was.

    Returns
    -------
    None where none of the signals is inside the window.
    """
    axis = background.spectrum.axis
    sticks_by_breadth: dict[bool, NDArray[np.float64]] = {}
    for signal in signals:
        if not axis.low < np.average(signal.ppm, weights=signal.area) < axis.high:
            continue
        sticks = sticks_by_breadth.setdefault(signal.broad, np.zeros(axis.points * _OVERSAMPLING))
        place = np.rint(axis.position(signal.ppm) * _OVERSAMPLING - _OVERSAMPLING / 2).astype(np.int64)
        held = (place >= 0) & (place < len(sticks))
        np.add.at(sticks, place[held], signal.area[held])
    if not sticks_by_breadth:
        return None
    own = sum(
        _broaden_sticks(background, sticks, _BROAD_SIGNAL_WIDTH_HZ if broad else background.width_hz)
        for broad, sticks in sticks_by_breadth.items()
    )
    trace = (background.values + own / np.max(own)).astype(np.float32)
    source = f"{background.spectrum.source} without its compound"
    return replace(background.spectrum, intensities=trace, source=source, sha256="")


def _broaden_sticks(
    background: MeasuredBackground, sticks: NDArray[np.float64], width_hz: float
) -> NDArray[np.float64]:
    """Lines (points,) of one width and the spectrum's shape, areas in place of sticks (points * _OVERSAMPLING,)."""
    step = background.spectrum.axis.step * _frequency_mhz(background) / _OVERSAMPLING
    length = fft.next_fast_len(2 * len(sticks), real=True)
    # Places from 0 up and, behind them, from the lowest negative one up to -1.
    x = np.fft.fftfreq(length, 1 / length) * step
    shape = pseudo_voigt(
        x, 0.0, 1 / width_hz, width_hz, background.lorentzian_fraction, np.radians(background.phase_deg)
    )
    convolved = fft.irfft(fft.rfft(sticks, length) * fft.rfft(shape), length)
    return np.asarray(convolved[_OVERSAMPLING // 2 : len(sticks) : _OVERSAMPLING])


def insert_queries(
    backgrounds: Sequence[dict[Nucleus, MeasuredBackground]], queries: Sequence[BenchmarkQuery], predict: Predict
) -> list[MeasuredQuery]:
    """Each query in the spectra of one of the laboratories, in turn among those whose windows hold its signals.

    The truth stands first among the candidates.

    A query whose signals are all outside the windows of both spectra is left out.
    """
    found = []
    for number, query in enumerate(queries):
        peaks, truth = listed_peaks(query), Chem.MolFromSmiles(query.truth)
        shifts = predict([truth], "CDCl3")[0]
        carbons = _with_carbon_kinds(peaks["13C"], truth, shifts)
        rotation = [backgrounds[(number + k) % len(backgrounds)] for k in range(len(backgrounds))]
        # An operator chooses the window to hold the compound's signals.
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
            found.append(MeasuredQuery(query.name, pool, SpectrumPair(h1, c13)))
    return found


def _with_carbon_kinds(peaks: Sequence[Peak], truth: Chem.Mol, shifts: AtomShifts) -> list[Peak]:
    """Listed carbons with their kinds and numbers, by the assignment that fits the predicted shifts best.

    Lists seldom say either. A line that is left over has the kind and the number of the nearest prediction.
    """
    if not peaks:
        return []
    members = carbon_classes(truth, shifts)
    predicted_ppm = np.array([np.mean([shifts.c13[a] for a in atoms]) for atoms in members])
    own = nearest_or_assigned(np.abs(np.array([peak.ppm for peak in peaks])[:, None] - predicted_ppm))
    found = []
    for place, peak in zip(own, peaks, strict=True):
        atoms = members[place]
        hydrogens = truth.GetAtomWithIdx(atoms[0]).GetTotalNumHs()
        found.append(replace(peak, multiplicity=CARBON_KINDS[min(hydrogens, 3)], protons=float(len(atoms))))
    return found

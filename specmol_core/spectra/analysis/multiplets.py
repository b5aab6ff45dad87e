"""Group the lines of a 1H spectrum to signals: shift, integral, multiplicity, couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.first_order import FirstOrder, explain
from specmol_core.spectra.analysis.noise import Floor, floor_of
from specmol_core.spectra.analysis.picking import is_fine
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["Signal", "group_signals", "split_to_multiplets"]

_APART = 19.0
"""Lines further from each other than this belong to two signals (Hz): couplings between protons hardly exceed it."""
_CUT = 7.0
"""Gap at which a group that no first-order multiplet explains may be two signals (Hz)."""
_WIDE_GAP = 2.2
"""Such a gap is also this many times the usual one of the group."""
_WINGS = 6.0
"""Widths beyond its outer lines that a signal is integrated over."""
_MOST_PROTONS = 80
_FREQUENCY = 400.0
"""Frequency (MHz) that distances are reckoned with where the spectrum says none."""
_STRAY = 0.03
"""Lines below this share of the tallest of their group do not decide its multiplicity."""
_UNTOLD = FirstOrder("", ())


@dataclass(frozen=True)
class Signal:
    """One signal of a 1H spectrum."""

    ppm: float
    """Middle, weighted by intensity (ppm)."""
    high: float
    """Upper end of what was integrated (ppm)."""
    low: float
    """Lower end of what was integrated (ppm)."""
    integral: float
    """Area; after scaling about the number of protons, see group_signals."""
    multiplicity: str
    """As papers write it; "m" where no first-order multiplet explains the lines, empty where it was not sought."""
    couplings_hz: tuple[float, ...]
    """Coupling constants (Hz), largest first."""
    peaks: tuple[Peak, ...]


def group_signals(spectrum: Spectrum, peaks: Sequence[Peak], floor: Floor | None = None) -> tuple[Signal, ...]:
    """Group lines to signals, high to low shift.

    Parameters
    ----------
    peaks
        The lines to group: those of the compound, as a rule.
    floor
        Noise and baseline of the trace, where they are known already.

    Returns
    -------
    Signals, without multiplicity and couplings where the field is unknown or the axis too coarse. Their integrals are
    scaled by the one factor that brings them nearest to whole numbers: relative figures, of which the scale is a
    guess. Those of a peak list are what the list says.
    """
    ordered = sorted(peaks, key=lambda peak: -peak.ppm)
    if not ordered:
        return ()
    if any(peak.protons is not None or peak.multiplicity for peak in ordered):
        return tuple(_listed(peak) for peak in ordered)
    hertz = spectrum.frequency_mhz or _FREQUENCY
    if spectrum.frequency_mhz and is_fine(spectrum):
        told = split_to_multiplets(ordered, hertz)
    else:  # without a field, or on a coarse axis, no distance is a coupling
        told = [(group, _UNTOLD) for group in _split(ordered, hertz, _APART)]
    groups = [group for group, _ in told]
    trace = np.asarray(spectrum.intensities, dtype=np.float64)
    trace = trace - (floor if floor is not None else floor_of(trace)).baseline
    bounds = _bounds(spectrum, groups, hertz)
    areas = np.array([_area(trace, spectrum, *b) for b in bounds])
    areas *= _scale(areas)
    return tuple(_signal(*t, b, float(a)) for t, b, a in zip(told, bounds, areas, strict=True))


def split_to_multiplets(peaks: Sequence[Peak], frequency_mhz: float) -> list[tuple[list[Peak], FirstOrder | None]]:
    """Lines, high to low shift, as groups that are one signal each, with what explains it, if anything does."""
    return [part for cluster in _split(peaks, frequency_mhz, _APART) for part in _explained(cluster, frequency_mhz)]


def _listed(peak: Peak) -> Signal:
    return Signal(
        peak.ppm, peak.ppm, peak.ppm, peak.protons if peak.protons is not None else 1.0,
        peak.multiplicity, peak.couplings_hz, (peak,),
    )  # fmt: skip


def _split(peaks: Sequence[Peak], hertz: float, gap: float) -> list[list[Peak]]:
    """Cut between lines that are further apart than ``gap`` (Hz)."""
    groups = [[peaks[0]]]
    for before, after in pairwise(peaks):
        if (before.ppm - after.ppm) * hertz > gap:
            groups.append([])
        groups[-1].append(after)
    return groups


def _explained(cluster: list[Peak], hertz: float) -> list[tuple[list[Peak], FirstOrder | None]]:
    """A cluster as one signal, or cut at a wide gap where one signal does not explain it."""
    whole = _first_order(cluster, hertz)
    if len(cluster) == 1 or whole is not None:
        return [(cluster, whole)]
    gaps = np.array([(a.ppm - b.ppm) * hertz for a, b in pairwise(cluster)])
    for place in np.argsort(-gaps)[:3]:
        if gaps[place] < _CUT:
            break
        left, right = cluster[: place + 1], cluster[place + 1 :]
        alone = gaps[place] > _WIDE_GAP * float(np.median(gaps)) or gaps[place] > 0.8 * _APART
        if alone or any(len(part) > 1 and _first_order(part, hertz) is not None for part in (left, right)):
            return _explained(left, hertz) + _explained(right, hertz)
    return [(cluster, None)]


def _first_order(group: Sequence[Peak], hertz: float) -> FirstOrder | None:
    least = _STRAY * max(abs(peak.height) for peak in group)
    group = [peak for peak in group if abs(peak.height) >= least]
    at = np.array([-peak.ppm * hertz for peak in group])
    heights = np.array([abs(peak.height) for peak in group])
    widths = [peak.width_hz for peak in group if peak.width_hz]
    return explain(at, heights, float(np.median(widths)) if widths else 1.0)


def _bounds(spectrum: Spectrum, groups: Sequence[Sequence[Peak]], hertz: float) -> list[tuple[float, float]]:
    """Range of each signal, high to low (ppm): its wings, up to halfway to the next one."""
    ranges = []
    for number, group in enumerate(groups):
        reach = max(_WINGS * max(p.width_hz or 1.0 for p in (group[0], group[-1])), 3.0) / hertz
        high, low = group[0].ppm + reach, group[-1].ppm - reach
        if number:
            high = min(high, 0.5 * (groups[number - 1][-1].ppm + group[0].ppm))
        if number + 1 < len(groups):
            low = max(low, 0.5 * (group[-1].ppm + groups[number + 1][0].ppm))
        ranges.append((min(high, spectrum.axis.high), max(low, spectrum.axis.low)))
    return ranges


def _area(trace: NDArray[np.float64], spectrum: Spectrum, high: float, low: float) -> float:
    first, last = (int(np.clip(round(float(spectrum.axis.position(p))), 0, len(trace))) for p in (high, low))
    return float(trace[first : max(last, first + 1)].sum())


def _scale(areas: NDArray[np.float64]) -> float:
    """The factor that brings areas nearest to whole numbers of protons."""
    strong = areas[areas > 0.06 * areas.max()]
    if not strong.size or not strong.max() > 0:
        return 1.0
    best = (np.inf, 1.0)
    for signal in strong:
        for protons in (1, 2, 3, 6, 9):
            numbers = strong * (protons / signal)
            whole = np.maximum(np.rint(numbers), 1.0)
            if whole.sum() > _MOST_PROTONS:
                continue
            # Small totals are preferred: any set of areas is nearly whole at a large enough scale.
            cost = float(np.mean(np.abs(numbers - whole) / whole**0.5)) + 0.006 * float(whole.sum())
            best = min(best, (cost, protons / float(signal)))
    return best[1] if np.isfinite(best[0]) else 1.0 / float(strong.max())


def _signal(group: Sequence[Peak], told: FirstOrder | None, bounds: tuple[float, float], area: float) -> Signal:
    middle = float(np.average([peak.ppm for peak in group], weights=[abs(peak.height) for peak in group]))
    multiplicity, couplings = (told.multiplicity, told.couplings_hz) if told else ("m", ())
    return Signal(middle, *bounds, area, multiplicity, couplings, tuple(group))

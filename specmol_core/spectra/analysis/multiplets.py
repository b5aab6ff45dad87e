"""Group the lines of a 1H spectrum into signals with integral, multiplicity and couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.first_order import FirstOrderMultiplet, fit_first_order
from specmol_core.spectra.analysis.noise import NoiseFloor, estimate_noise_floor
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["H1Signal", "group_signals", "split_to_multiplets"]

_MAX_COUPLING_HZ = 19.0
"""Distance above which neighbouring lines belong to two signals (Hz); couplings of protons hardly
exceed it."""
_MIN_SPLIT_GAP_HZ = 7.0
"""Least gap at which a group is split into two signals if it is no first-order multiplet (Hz)."""
_MIN_GAP_RATIO = 2.2
"""Least ratio of such a gap to the median gap of the group."""
_WING_WIDTHS = 6.0
"""Range of integration beyond the outer lines of a signal, in line widths."""
_MAX_PROTONS = 80
"""Most protons of all signals together when integrals are scaled."""
_DEFAULT_FREQUENCY_MHZ = 400.0
"""Frequency assumed if the spectrum states none (MHz)."""
_MIN_RELATIVE_HEIGHT = 0.03
"""Height below which a line does not count for the multiplicity, relative to the tallest line of
its group."""
_UNKNOWN_MULTIPLICITY = FirstOrderMultiplet("", ())


@dataclass(frozen=True)
class H1Signal:
    """One signal of a 1H spectrum."""

    ppm: float
    """Centre, weighted by the heights of the lines (ppm)."""
    high: float
    """Upper end of the range of integration (ppm)."""
    low: float
    """Lower end of the range of integration (ppm)."""
    integral: float
    """Integral, scaled to about the number of protons; see ``group_signals``."""
    multiplicity: str
    """Abbreviation as in papers; "m" if no first-order multiplet explains the lines, empty if not
    determined."""
    couplings_hz: tuple[float, ...]
    """Coupling constants (Hz), largest first."""
    peaks: tuple[Peak, ...]


def group_signals(spectrum: Spectrum, peaks: Sequence[Peak], floor: NoiseFloor | None = None) -> tuple[H1Signal, ...]:
    """Group lines into signals, high to low shift.

    Parameters
    ----------
    peaks
        The lines to group, usually those of the compound.
    floor
        Noise and baseline of the trace, if they are known already.

    Returns
    -------
    Signals. They have no multiplicity and couplings if the frequency is unknown or the axis is too
    coarse. All integrals are scaled by the factor that brings them nearest to whole numbers, so
    that only their ratios are reliable. The signals of a peak list have the values of the list.
    """
    ordered = sorted(peaks, key=lambda peak: -peak.ppm)
    if not ordered:
        return ()
    if any(peak.protons is not None or peak.multiplicity for peak in ordered):
        return tuple(_signal_from_list(peak) for peak in ordered)
    hertz = spectrum.frequency_mhz or _DEFAULT_FREQUENCY_MHZ
    if spectrum.frequency_mhz and resolves_lines(spectrum):
        multiplet_fit = split_to_multiplets(ordered, hertz)
    else:  # without a field, or on a coarse axis, no distance is a coupling
        multiplet_fit = [(group, _UNKNOWN_MULTIPLICITY) for group in _split_at_gaps(ordered, hertz, _MAX_COUPLING_HZ)]
    groups = [group for group, _ in multiplet_fit]
    trace = np.asarray(spectrum.intensities, dtype=np.float64)
    trace = trace - (floor if floor is not None else estimate_noise_floor(trace)).baseline
    bounds = _bounds(spectrum, groups, hertz)
    areas = np.array([_area(trace, spectrum, *b) for b in bounds])
    areas *= _proton_scale(areas)
    return tuple(_build_signal(*t, b, float(a)) for t, b, a in zip(multiplet_fit, bounds, areas, strict=True))


def split_to_multiplets(
    peaks: Sequence[Peak], frequency_mhz: float
) -> list[tuple[list[Peak], FirstOrderMultiplet | None]]:
    """Split lines, high to low shift, into one group per signal, each with its multiplet or None."""
    return [
        part
        for cluster in _split_at_gaps(peaks, frequency_mhz, _MAX_COUPLING_HZ)
        for part in _split_cluster(cluster, frequency_mhz)
    ]


def _signal_from_list(peak: Peak) -> H1Signal:
    return H1Signal(
        peak.ppm, peak.ppm, peak.ppm, peak.protons if peak.protons is not None else 1.0,
        peak.multiplicity, peak.couplings_hz, (peak,),
    )  # fmt: skip


def _split_at_gaps(peaks: Sequence[Peak], hertz: float, gap: float) -> list[list[Peak]]:
    """Split lines wherever neighbours are more than ``gap`` (Hz) apart."""
    groups = [[peaks[0]]]
    for before, after in pairwise(peaks):
        if (before.ppm - after.ppm) * hertz > gap:
            groups.append([])
        groups[-1].append(after)
    return groups


def _split_cluster(cluster: list[Peak], hertz: float) -> list[tuple[list[Peak], FirstOrderMultiplet | None]]:
    """A cluster as one signal, or split at a wide gap if it is no first-order multiplet."""
    whole = _first_order(cluster, hertz)
    if len(cluster) == 1 or whole is not None:
        return [(cluster, whole)]
    gaps = np.array([(a.ppm - b.ppm) * hertz for a, b in pairwise(cluster)])
    for index in np.argsort(-gaps)[:3]:
        if gaps[index] < _MIN_SPLIT_GAP_HZ:
            break
        left, right = cluster[: index + 1], cluster[index + 1 :]
        is_wide_gap = gaps[index] > _MIN_GAP_RATIO * float(np.median(gaps)) or gaps[index] > 0.8 * _MAX_COUPLING_HZ
        if is_wide_gap or any(len(part) > 1 and _first_order(part, hertz) is not None for part in (left, right)):
            return _split_cluster(left, hertz) + _split_cluster(right, hertz)
    return [(cluster, None)]


def _first_order(group: Sequence[Peak], hertz: float) -> FirstOrderMultiplet | None:
    min_height = _MIN_RELATIVE_HEIGHT * max(abs(peak.height) for peak in group)
    group = [peak for peak in group if abs(peak.height) >= min_height]
    at = np.array([-peak.ppm * hertz for peak in group])
    heights = np.array([abs(peak.height) for peak in group])
    widths = [peak.width_hz for peak in group if peak.width_hz]
    return fit_first_order(at, heights, float(np.median(widths)) if widths else 1.0)


def _bounds(spectrum: Spectrum, groups: Sequence[Sequence[Peak]], hertz: float) -> list[tuple[float, float]]:
    """Range of integration of each signal, high to low (ppm): its wings, at most halfway to the
    next signal."""
    ranges = []
    for number, group in enumerate(groups):
        wing_ppm = max(_WING_WIDTHS * max(p.width_hz or 1.0 for p in (group[0], group[-1])), 3.0) / hertz
        high, low = group[0].ppm + wing_ppm, group[-1].ppm - wing_ppm
        if number:
            high = min(high, 0.5 * (groups[number - 1][-1].ppm + group[0].ppm))
        if number + 1 < len(groups):
            low = max(low, 0.5 * (group[-1].ppm + groups[number + 1][0].ppm))
        ranges.append((min(high, spectrum.axis.high), max(low, spectrum.axis.low)))
    return ranges


def _area(trace: NDArray[np.float64], spectrum: Spectrum, high: float, low: float) -> float:
    first, last = (int(np.clip(round(float(spectrum.axis.position(p))), 0, len(trace))) for p in (high, low))
    return float(trace[first : max(last, first + 1)].sum())


def _proton_scale(areas: NDArray[np.float64]) -> float:
    """The factor that scales areas nearest to whole numbers of protons."""
    strong = areas[areas > 0.06 * areas.max()]
    if not strong.size or not strong.max() > 0:
        return 1.0
    best = (np.inf, 1.0)
    for signal in strong:
        for protons in (1, 2, 3, 6, 9):
            numbers = strong * (protons / signal)
            whole = np.maximum(np.rint(numbers), 1.0)
            if whole.sum() > _MAX_PROTONS:
                continue
            # Small totals are preferred, because at a large scale all areas are nearly whole
            # numbers.
            cost = float(np.mean(np.abs(numbers - whole) / whole**0.5)) + 0.006 * float(whole.sum())
            best = min(best, (cost, protons / float(signal)))
    return best[1] if np.isfinite(best[0]) else 1.0 / float(strong.max())


def _build_signal(
    group: Sequence[Peak], multiplet_fit: FirstOrderMultiplet | None, bounds: tuple[float, float], area: float
) -> H1Signal:
    middle = float(np.average([peak.ppm for peak in group], weights=[abs(peak.height) for peak in group]))
    multiplicity, couplings = (multiplet_fit.multiplicity, multiplet_fit.couplings_hz) if multiplet_fit else ("m", ())
    return H1Signal(middle, *bounds, area, multiplicity, couplings, tuple(group))

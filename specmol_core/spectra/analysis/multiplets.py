"""Group the lines of a 1H spectrum into signals with integral, multiplicity and couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.broad_lines import broad_line_areas
from specmol_core.spectra.analysis.first_order import FirstOrderMultiplet, fit_first_order
from specmol_core.spectra.analysis.noise import NoiseFloor, estimate_noise_floor
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.analysis.proton_numbers import join_fractions, proton_scale
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
_MIN_APART_RATIOS = {2: 1.5}
"""Least ratio of such a gap to those of a first-order multiplet beside it, by its number of lines;
any two lines are a doublet."""
_MIN_APART_RATIO = 1.2
"""The same for more lines."""
_MIN_APART_SPAN_HZ = 5.0
"""Least extent of such a multiplet (Hz)."""
_WING_WIDTHS = 6.0
"""Range of integration beyond the outer lines of a signal, in line widths."""
_DEFAULT_FREQUENCY_MHZ = 400.0
"""Frequency assumed if the spectrum states none (MHz)."""
_MIN_RELATIVE_HEIGHT = 0.03
"""Height below which a line does not count for the multiplicity, relative to the tallest line of
its group."""
_MAX_FOREIGN_HEIGHT, _MAX_FOREIGN_SHARE = 0.12, 0.15
"""Height of lines, relative to the tallest, and share of the sum of all heights, up to which lines
of a group that cannot be split may be an impurity's."""
_WEAK_HEIGHT, _WEAK_RANGE_HZ = 0.03, 25.0
"""Height below which a line does not count for the gaps, relative to the tallest line within this
distance (Hz)."""
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
    trace = np.asarray(spectrum.intensities, dtype=np.float64)
    trace = trace - (floor if floor is not None else estimate_noise_floor(trace)).baseline
    bounds = _bounds(spectrum, [group for group, _ in multiplet_fit], hertz)
    areas = np.array([_area(trace, spectrum, *b) for b in bounds])
    for number, area in broad_line_areas([group for group, _ in multiplet_fit], spectrum, _WING_WIDTHS):
        areas[number] = area
    clusters = _clusters([group for group, _ in multiplet_fit], hertz)
    alone = {cluster.start for cluster in clusters if cluster.stop - cluster.start == 1}
    is_coupled = [i in alone and fit is not None and bool(fit.couplings_hz) for i, (_, fit) in enumerate(multiplet_fit)]
    areas *= proton_scale(areas, np.array(is_coupled))
    signals = []
    for cluster in clusters:
        for run in join_fractions(areas[cluster]):
            parts = range(cluster.start + run.start, cluster.start + run.stop)
            group, fit = multiplet_fit[parts[0]]
            if len(parts) > 1:
                group = [peak for part in parts for peak in multiplet_fit[part][0]]
                fit = None if fit is _UNKNOWN_MULTIPLICITY else _first_order(group, hertz)
            ends = bounds[parts[0]][0], bounds[parts[-1]][1]
            signals.append(_build_signal(group, fit, ends, float(areas[list(parts)].sum())))
    return tuple(signals)


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
    strong = _without_weak_lines(cluster, hertz)
    gaps = np.array([(cluster[i].ppm - cluster[j].ppm) * hertz for i, j in pairwise(strong)])
    for index in np.argsort(-gaps)[:3]:
        if gaps[index] < _MIN_SPLIT_GAP_HZ:
            break
        at = _widest_gap(cluster, strong[index], strong[index + 1])
        left, right = cluster[:at], cluster[at:]
        is_wide_gap = gaps[index] > _MIN_GAP_RATIO * float(np.median(gaps)) or gaps[index] > 0.8 * _MAX_COUPLING_HZ
        if is_wide_gap or any(
            _is_multiplet_apart(part, inner, float(gaps[index]), hertz)
            for part, inner in ((left, gaps[:index]), (right, gaps[index + 1 :]))
        ):
            return _split_cluster(left, hertz) + _split_cluster(right, hertz)
    return [(cluster, _first_order_without_foreign(cluster, hertz))]


def _without_weak_lines(cluster: Sequence[Peak], hertz: float) -> list[int]:
    """Indices of the lines that are not far weaker than a line nearby: noise, feet and impurities."""
    at, height = (np.array([getattr(peak, name) for peak in cluster]) for name in ("ppm", "height"))
    near = np.abs(at[:, None] - at) * hertz < _WEAK_RANGE_HZ
    tallest = np.where(near, np.abs(height), 0.0).max(axis=1)
    return [int(i) for i in np.flatnonzero(np.abs(height) >= _WEAK_HEIGHT * tallest)]


def _widest_gap(cluster: Sequence[Peak], first: int, last: int) -> int:
    """Index of the line below the widest gap between two lines of a cluster."""
    return max(range(first + 1, last + 1), key=lambda i: cluster[i - 1].ppm - cluster[i].ppm)


def _is_multiplet_apart(part: list[Peak], inner_gaps: NDArray[np.float64], gap: float, hertz: float) -> bool:
    """Whether lines are a first-order multiplet whose own gaps are smaller than the gap beside it.

    A narrow doublet or triplet is no evidence, because the gap may be a second, larger coupling.
    """
    if not inner_gaps.size or inner_gaps.sum() < _MIN_APART_SPAN_HZ:
        return False
    ratio = _MIN_APART_RATIOS.get(len(inner_gaps) + 1, _MIN_APART_RATIO)
    return gap > ratio * inner_gaps.max() and _first_order(part, hertz) is not None


def _first_order(
    group: Sequence[Peak], hertz: float, min_height: float = _MIN_RELATIVE_HEIGHT
) -> FirstOrderMultiplet | None:
    """The multiplet of the lines that are not below a height, relative to the tallest."""
    tallest = max(abs(peak.height) for peak in group)
    lines = [peak for peak in group if abs(peak.height) >= min_height * tallest]
    at = np.array([-peak.ppm * hertz for peak in lines])
    heights = np.array([abs(peak.height) for peak in lines])
    widths = [peak.width_hz for peak in lines if peak.width_hz]
    return fit_first_order(at, heights, float(np.median(widths)) if widths else 1.0)


def _first_order_without_foreign(group: Sequence[Peak], hertz: float) -> FirstOrderMultiplet | None:
    """The multiplet without weak lines, if these are few."""
    heights = np.array([abs(peak.height) for peak in group])
    is_weak = heights < _MAX_FOREIGN_HEIGHT * heights.max()
    if heights[is_weak].sum() > _MAX_FOREIGN_SHARE * heights.sum():
        return None
    return _first_order(group, hertz, _MAX_FOREIGN_HEIGHT)


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


def _clusters(groups: Sequence[Sequence[Peak]], hertz: float) -> list[slice]:
    """Runs of groups that are no further apart than a coupling."""
    ends = [
        i for i, (a, b) in enumerate(pairwise(groups), 1) if (a[-1].ppm - b[0].ppm) * hertz > _MAX_COUPLING_HZ
    ]  # fmt: skip
    return [slice(*ends_of_run) for ends_of_run in pairwise([0, *ends, len(groups)])]


def _area(trace: NDArray[np.float64], spectrum: Spectrum, high: float, low: float) -> float:
    first, last = (int(np.clip(round(float(spectrum.axis.position(p))), 0, len(trace))) for p in (high, low))
    return float(trace[first : max(last, first + 1)].sum())


def _build_signal(
    group: Sequence[Peak], multiplet_fit: FirstOrderMultiplet | None, bounds: tuple[float, float], area: float
) -> H1Signal:
    middle = float(np.average([peak.ppm for peak in group], weights=[abs(peak.height) for peak in group]))
    multiplicity, couplings = (multiplet_fit.multiplicity, multiplet_fit.couplings_hz) if multiplet_fit else ("m", ())
    return H1Signal(middle, *bounds, area, multiplicity, couplings, tuple(group))

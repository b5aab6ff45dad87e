"""Recognise residual solvent, water and tetramethylsilane in 1H spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.multiplets import split_to_multiplets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import SOLVENTS, Solvent

__all__ = ["LineArrays", "PeakOrigins", "ResidualSolvent", "find_residual_solvent", "find_tms", "find_water"]

_MAX_OFFSET_PPM = 0.03
"""Largest deviation of a residual solvent peak from the table (ppm)."""
_MAX_UNREFERENCED_OFFSET_PPM = 0.08
"""The same on an axis without reference; only a small line is accepted at such a distance."""
_MAX_OFFSET_BY_SOLVENT_PPM = {"D2O": 0.15}
"""The same for solvents whose shift depends on temperature and pH."""
_MAX_SMALL_AREA_SHARE = 0.03
"""Largest area of a small line, relative to all lines."""
_MIN_OTHER_SHARE = 0.003
"""Least height of the line of a solvent that the file does not state, relative to the tallest
line."""
_MIN_UNRESOLVED_WIDTH_RATIO, _MIN_UNRESOLVED_SPACINGS = 1.5, 2.0
"""Least width of an unresolved multiplet, relative to sharp lines, and in spacings of its lines."""
_SHARP_QUANTILE, _SHARP_HEIGHT_SHARE = 0.25, 0.1
"""The width of sharp lines is this quantile of the widths of the lines above this share of the
tallest."""
_MIN_D2O_HEIGHT_SHARE = 0.05
"""Least height of the residual line of D2O, relative to the tallest line; exchange makes it
strong."""
_MAX_COUPLING_HZ = 18.0
"""Largest usual coupling: a singlet has no line of similar height within this distance (Hz)."""
_MIN_NEIGHBOUR_RATIO = 0.12
"""Least height of a neighbour that counts, relative to the line."""
_NEIGHBOURHOOD_HZ = 60.0
"""Range about a line in which its neighbours are fitted with and without it (Hz)."""
_QUINTET_HZ = 6.5
"""Half the extent of a residual multiplet: five lines 1.7 to 2.5 Hz apart (Hz)."""
_SINGLET_SOLVENTS = ("CDCl3", "D2O")
"""Solvents whose residual line is a singlet; all others have a multiplet, resolved or not."""
_MIN_FULL_LINES = 5
"""Fewest lines of a multiplet whose splitting by deuterium is unmistakable."""
_MAX_FULL_RATIO = 2.0
"""Largest ratio of its heights, relative to those that deuterium gives."""
_SI29_SATELLITE_HZ = 4.5
"""Range of the 29Si satellites, which are 3.3 Hz to either side of tetramethylsilane (Hz)."""
_MAX_WATER_OFFSET_PPM = 0.08
"""Largest deviation of water from the table (ppm)."""
_MIN_BROAD_WIDTH_RATIO = 1.3
"""Least width of a water line or an unresolved deuterium multiplet, relative to the median line."""
_HALF_J_CH_HZ = (55.0, 90.0)
"""Range of half the coupling of 13C to its proton (Hz), except in haloforms: it is 104 in
chloroform."""
_MAX_TMS_OFFSET_PPM = {"1H": 0.04, "13C": 0.6}
"""Largest deviation of tetramethylsilane from 0 on an axis referenced to another signal (ppm)."""

PeakOrigins = dict[int, str]
"""Origin (solvent or impurity) of peaks, by index."""


@dataclass(frozen=True)
class ResidualSolvent:
    """The residual peaks of a solvent in a 1H spectrum."""

    solvent: Solvent
    origins: PeakOrigins
    has_splitting: bool
    """Whether the splitting by deuterium is resolved, which is unique to the solvent."""
    is_broad: bool
    """Whether a line is as broad as the unresolved splitting makes it."""


class LineArrays:
    """The lines of a spectrum as arrays, high to low shift."""

    def __init__(self, peaks: Sequence[Peak], frequency_mhz: float | None) -> None:
        self.peaks = peaks
        self.hertz = frequency_mhz or 400.0
        self.ppm = np.array([p.ppm for p in peaks], dtype=np.float64)
        self.height = np.array([abs(p.height) for p in peaks], dtype=np.float64)
        self.width = np.array([p.width_hz or 1.0 for p in peaks], dtype=np.float64)
        self.area = self.height * self.width

    def within_ppm(self, ppm: float, within: float) -> NDArray[np.int64]:
        return np.flatnonzero(np.abs(self.ppm - ppm) <= within)

    def within_hz(self, index: int, max_distance_hz: float) -> set[int]:
        return set(np.flatnonzero(np.abs(self.ppm - self.ppm[index]) * self.hertz <= max_distance_hz).tolist())

    def is_isolated(self, group: set[int], range_hz: float = _MAX_COUPLING_HZ) -> bool:
        """Whether there is no line of similar height within ``range_hz`` of a group."""
        inside = sorted(group)
        distance = np.abs(self.ppm[:, None] - self.ppm[inside]).min(axis=1) * self.hertz
        distance[inside] = np.inf
        return not ((distance < range_hz) & (self.height > _MIN_NEIGHBOUR_RATIO * self.height[inside].max())).any()

    def is_separable(self, index: int) -> bool:
        """Whether the lines beside a line are first-order multiplets without it, but not with it."""
        neighbours = sorted(self.within_hz(index, _NEIGHBOURHOOD_HZ), key=lambda i: -self.ppm[i])
        strong = [i for i in neighbours if self.height[i] > _MIN_NEIGHBOUR_RATIO * self.height[index]]
        with_it = split_to_multiplets([self.peaks[i] for i in strong], self.hertz)
        if any(len(group) > 1 and multiplet is not None and self.peaks[index] in group for group, multiplet in with_it):
            return False
        rest = [self.peaks[i] for i in strong if i != index]
        return all(
            multiplet is not None and len(group) > 1 for group, multiplet in split_to_multiplets(rest, self.hertz)
        )

    def is_unresolved(self, index: int, signal: ReferenceSignal) -> bool:
        """Whether a line is as broad as the unresolved multiplet of a solvent, unlike sharp lines."""
        is_other = np.arange(len(self.width)) != index
        strong = self.width[is_other & (self.height > _SHARP_HEIGHT_SHARE * self.height.max())]
        if signal.lines == 1 or not strong.size:
            return False
        sharp = _MIN_UNRESOLVED_WIDTH_RATIO * float(np.quantile(strong, _SHARP_QUANTILE))
        return bool(self.width[index] > max(sharp, _MIN_UNRESOLVED_SPACINGS * signal.coupling_hz))

    def has_satellites(self, index: int) -> bool:
        """Whether a line has the 13C satellites of an ordinary C-H group."""
        distance_hz = (self.ppm - self.ppm[index]) * self.hertz
        ratio = self.height / self.height[index]
        small = (ratio > 0.003) & (ratio < 0.012)
        left = distance_hz[small & (distance_hz > _HALF_J_CH_HZ[0]) & (distance_hz < _HALF_J_CH_HZ[1])]
        right = distance_hz[small & (distance_hz < -_HALF_J_CH_HZ[0]) & (distance_hz > -_HALF_J_CH_HZ[1])]
        return bool(left.size and right.size and np.abs(left[:, None] + right).min() < 2.5)


def find_residual_solvent(
    peaks: Sequence[Peak], frequency_mhz: float | None, stated: Solvent | None
) -> ResidualSolvent | None:
    """The solvent with isolated residual peaks at their reference positions; None if there is none.

    The solvent that the file states is searched for first. If its peaks are missing, or none is
    stated, another solvent is accepted if its peaks show the splitting by deuterium, or if they are
    small and as broad as that splitting. Chloroform, a singlet, is accepted if its peak is small.
    Features below 0.3 % of the tallest line are no evidence for another solvent.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of 1H (MHz); 400 is assumed for None.
    stated
        Solvent that the file states.
    """
    if not peaks:
        return None
    lines = LineArrays(peaks, frequency_mhz)
    if stated is not None:
        residual = _match_residual(lines, stated, is_stated=True)
        # Its line may be present, but is not distinguishable from the lines beside it.
        if residual is not None or any(lines.within_ppm(signal.ppm, _MAX_OFFSET_PPM).size for signal in stated.h1):
            return residual
    others = [
        r
        for s in SOLVENTS
        if s is not stated and (r := _match_residual(lines, s)) is not None and _is_tall_enough(lines, r)
    ]
    small = [r for r in others if lines.area[list(r.origins)].sum() < _MAX_SMALL_AREA_SHARE * lines.area.sum()]
    by_splitting = (r for r in others if r.has_splitting)
    by_width = (r for r in small if r.is_broad or r.solvent.name == "CDCl3")
    return next(by_splitting, None) or next(by_width, None)


def _is_tall_enough(lines: LineArrays, residual: ResidualSolvent) -> bool:
    others = np.delete(lines.height, list(residual.origins))
    return bool(lines.height[list(residual.origins)].max() >= _MIN_OTHER_SHARE * others.max(initial=0.0))


def _match_residual(lines: LineArrays, solvent: Solvent, is_stated: bool = False) -> ResidualSolvent | None:
    """The residual peaks of one solvent; None if one of its signals is missing."""
    origins: PeakOrigins = {}
    has_splitting = is_broad = False
    for signal in solvent.h1:
        group = _residual_group(lines, solvent, signal, is_stated)
        if group is None:
            return None
        if signal.lines > 1:
            has_splitting |= _has_deuterium_splitting(lines, group, signal)
            is_broad |= len(group) == 1 and lines.width[max(group)] > _MIN_BROAD_WIDTH_RATIO * float(
                np.median(lines.width)
            )
        origins |= dict.fromkeys(group, solvent.name)
    rest = np.delete(lines.height, list(origins))
    if not rest.size or (
        solvent.name == "D2O" and lines.height[list(origins)].max() < _MIN_D2O_HEIGHT_SHARE * rest.max()
    ):
        return None
    # If only noise were left without this line, the line is the compound.
    if solvent.name == "CDCl3" and rest.max() < 0.05 * lines.height[list(origins)].max():
        return None
    return ResidualSolvent(solvent, origins, has_splitting, bool(is_broad))


def _residual_group(lines: LineArrays, solvent: Solvent, signal: ReferenceSignal, is_stated: bool) -> set[int] | None:
    """The line or multiplet of a solvent's signal if it is isolated; None otherwise."""
    exact = lines.within_ppm(signal.ppm, _MAX_OFFSET_BY_SOLVENT_PPM.get(solvent.name, _MAX_OFFSET_PPM))
    wide = lines.within_ppm(signal.ppm, _MAX_UNREFERENCED_OFFSET_PPM) if is_stated else exact[:0]
    if is_stated:
        for i in exact:
            group = lines.within_hz(int(i), _QUINTET_HZ)
            if _is_full_multiplet(lines, group, signal):
                return group
    for near, far in ((exact, False), (wide, True)):
        if not near.size:
            continue
        top = int(near[lines.height[near].argmax()])
        group = lines.within_hz(top, 1.0 if solvent.name in _SINGLET_SOLVENTS else _QUINTET_HZ)
        is_large = lines.area[sorted(group)].sum() > _MAX_SMALL_AREA_SHARE * lines.area.sum()
        if far and is_large and not (len(group) == 1 and lines.is_unresolved(top, signal)):
            return None
        if solvent.name == "CDCl3" and lines.has_satellites(top):
            return None
        if lines.is_isolated(group) or (not far and len(group) == 1 and lines.is_separable(top)):
            return group
    return None


def _is_full_multiplet(lines: LineArrays, group: set[int], signal: ReferenceSignal) -> bool:
    """Whether a group is a whole multiplet of the solvent, which needs no distance from other lines."""
    if signal.lines < _MIN_FULL_LINES or len(group) != signal.lines:
        return False
    ratio = lines.height[sorted(group)] / np.asarray(signal.line_areas)
    return _has_deuterium_splitting(lines, group, signal) and bool(ratio.max() < _MAX_FULL_RATIO * ratio.min())


def _has_deuterium_splitting(lines: LineArrays, group: set[int], signal: ReferenceSignal) -> bool:
    """Whether a group is split by deuterium: three lines or more, at the right distances."""
    gaps = np.abs(np.diff(np.sort(lines.ppm[sorted(group)]))) * lines.hertz
    return len(group) >= 3 and bool(np.all(np.abs(gaps - signal.coupling_hz) < 0.35 * signal.coupling_hz))


def find_water(
    peaks: Sequence[Peak], frequency_mhz: float | None, solvent: Solvent, assigned: PeakOrigins
) -> PeakOrigins:
    """The line of water: a broad, weak or very tall singlet near its reference position."""
    if solvent.name == "D2O" or not peaks:
        return {}
    lines = LineArrays(peaks, frequency_mhz)
    near = [int(i) for i in lines.within_ppm(solvent.water_ppm, _MAX_WATER_OFFSET_PPM) if int(i) not in assigned]
    if not near:
        return {}
    top = max(near, key=lambda i: lines.height[i])
    others = np.delete(np.arange(len(peaks)), [top, *assigned])
    if not others.size or not lines.is_isolated({top}) or lines.has_satellites(top):
        return {}
    tallest = lines.height[others].max()
    is_broad = lines.width[top] > _MIN_BROAD_WIDTH_RATIO * float(np.median(lines.width[others]))
    strong = solvent.hydrogen_bonding and lines.height[top] > 2 * tallest
    if not (is_broad or strong or lines.height[top] < 0.1 * tallest):
        return {}
    return {top: f"water in {solvent.name}"}


def find_tms(peaks: Sequence[Peak], nucleus: str, frequency_mhz: float | None) -> PeakOrigins:
    """The line of tetramethylsilane: a singlet at 0 ppm without a line of similar height nearby."""
    if not peaks:
        return {}
    lines = LineArrays(peaks, frequency_mhz)
    near = lines.within_ppm(0.0, _MAX_TMS_OFFSET_PPM[nucleus])
    if not near.size:
        return {}
    top = int(near[lines.height[near].argmax()])
    group = lines.within_hz(top, _SI29_SATELLITE_HZ)
    return dict.fromkeys(group, "tetramethylsilane") if lines.is_isolated(group, 25.0) else {}

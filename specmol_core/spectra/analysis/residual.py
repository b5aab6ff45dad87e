"""What a 1H spectrum shows of its solvent: the protons left in it, water, and tetramethylsilane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.multiplets import split_to_multiplets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.signals import ReferenceSignal
from specmol_core.spectra.reference.solvents import SOLVENTS, Solvent

__all__ = ["Claim", "Residual", "find_residual", "find_tms", "find_water"]

_NEAR = 0.03
"""How far a residual line stands from the table (ppm)."""
_FAR = 0.08
"""The same in an axis that nobody referenced; so far off only a small line is believed."""
_MOVES = {"D2O": 0.15}
"""The same where the shift depends on temperature and pH."""
_SMALL = 0.03
"""Area of a small line, relative to that of all lines."""
_D2O_LEAST = 0.05
"""Height of the residual line of D2O, which exchange makes strong, relative to the tallest line."""
_REACH_HZ = 18.0
"""A singlet has no line of its size within the largest usual coupling (Hz)."""
_SIZE = 0.12
"""Share of its height from which a neighbour counts."""
_NEIGHBOURS_HZ = 60.0
"""How far around a line its neighbours are explained without it (Hz)."""
_QUINTET_HZ = 6.5
"""Half the extent of a residual multiplet: five lines 1.7 to 2.5 Hz apart."""
_SINGLET = ("CDCl3", "D2O")
"""Solvents whose residual line is a singlet; that of all others is a multiplet, resolved or not."""
_SILICON_HZ = 4.5
"""Reach of the satellites of 29Si, 3.3 Hz to either side of tetramethylsilane."""
_WATER = 0.08
"""How far water stands from the table (ppm)."""
_BROAD = 1.3
"""Width from which a line is water's, or an unresolved multiplet of deuterium's, relative to the usual line."""
_SATELLITE_HZ = (55.0, 90.0)
"""Half the coupling of 13C to its proton (Hz) in all but haloforms; chloroform's is 104."""
_TMS = {"1H": 0.04, "13C": 0.6}
"""How far tetramethylsilane stands from 0 in an axis that was referenced to something else (ppm)."""

Claim = dict[int, str]
"""Indices of peaks, and what each is taken for."""


@dataclass(frozen=True)
class Residual:
    """The residual lines of a solvent in a 1H spectrum."""

    solvent: Solvent
    claims: Claim
    split: bool
    """Whether the splitting by deuterium is seen, which nothing else has."""
    broad: bool
    """Whether a line has the width that this splitting gives it where it is not resolved."""


class _Lines:
    """The lines of a spectrum as arrays, high to low shift."""

    def __init__(self, peaks: Sequence[Peak], frequency_mhz: float | None) -> None:
        self.peaks = peaks
        self.hertz = frequency_mhz or 400.0
        self.ppm = np.array([p.ppm for p in peaks], dtype=np.float64)
        self.height = np.array([abs(p.height) for p in peaks], dtype=np.float64)
        self.width = np.array([p.width_hz or 1.0 for p in peaks], dtype=np.float64)
        self.area = self.height * self.width

    def near(self, ppm: float, within: float) -> NDArray[np.int64]:
        return np.flatnonzero(np.abs(self.ppm - ppm) <= within)

    def within_hz(self, index: int, reach: float) -> set[int]:
        return set(np.flatnonzero(np.abs(self.ppm - self.ppm[index]) * self.hertz <= reach).tolist())

    def lone(self, group: set[int], reach_hz: float = _REACH_HZ) -> bool:
        """Whether no line of its size stands within the range of couplings of a group."""
        inside = sorted(group)
        distance = np.abs(self.ppm[:, None] - self.ppm[inside]).min(axis=1) * self.hertz
        distance[inside] = np.inf
        return not ((distance < reach_hz) & (self.height > _SIZE * self.height[inside].max())).any()

    def singled_out(self, index: int) -> bool:
        """Whether a line among others is none of theirs: they are first-order multiplets without it, not with it."""
        around = sorted(self.within_hz(index, _NEIGHBOURS_HZ), key=lambda i: -self.ppm[i])
        strong = [i for i in around if self.height[i] > _SIZE * self.height[index]]
        with_it = split_to_multiplets([self.peaks[i] for i in strong], self.hertz)
        if any(len(group) > 1 and told is not None and self.peaks[index] in group for group, told in with_it):
            return False
        rest = [self.peaks[i] for i in strong if i != index]
        return all(told is not None and len(group) > 1 for group, told in split_to_multiplets(rest, self.hertz))

    def has_satellites(self, index: int) -> bool:
        """Whether a line has the satellites of an ordinary C-H group."""
        away = (self.ppm - self.ppm[index]) * self.hertz
        ratio = self.height / self.height[index]
        small = (ratio > 0.003) & (ratio < 0.012)
        left = away[small & (away > _SATELLITE_HZ[0]) & (away < _SATELLITE_HZ[1])]
        right = away[small & (away < -_SATELLITE_HZ[0]) & (away > -_SATELLITE_HZ[1])]
        return bool(left.size and right.size and np.abs(left[:, None] + right).min() < 2.5)


def find_residual(peaks: Sequence[Peak], frequency_mhz: float | None, stated: Solvent | None) -> Residual | None:
    """The solvent whose residual lines stand by themselves at their place.

    The solvent that the file states is looked for first. Where its lines are not there, or none is stated, another
    is believed if its lines are small and show the splitting by deuterium, or its width; chloroform, a singlet, if
    nothing else than a small sharp line at its place can be it.
    """
    if not peaks:
        return None
    lines = _Lines(peaks, frequency_mhz)
    if stated is not None:
        found = _residual_of(lines, stated, believed=True)
        # Among other lines its own cannot be told, and it may well be there.
        if found is not None or any(lines.near(signal.ppm, _NEAR).size for signal in stated.h1):
            return found
    others = [r for s in SOLVENTS if s is not stated and (r := _residual_of(lines, s)) is not None]
    small = [r for r in others if lines.area[list(r.claims)].sum() < _SMALL * lines.area.sum()]
    by_splitting = (r for r in others if r.split)
    by_width = (r for r in small if r.broad or r.solvent.name == "CDCl3")
    return next(by_splitting, None) or next(by_width, None)


def _residual_of(lines: _Lines, solvent: Solvent, believed: bool = False) -> Residual | None:
    """The residual lines of one solvent; each of its signals must be there."""
    claims: Claim = {}
    split = broad = False
    for signal in solvent.h1:
        group = _group_at(lines, solvent, signal, believed)
        if group is None:
            return None
        if signal.lines > 1:
            split |= _is_split(lines, group, signal)
            broad |= len(group) == 1 and lines.width[max(group)] > _BROAD * float(np.median(lines.width))
        claims |= dict.fromkeys(group, solvent.name)
    rest = np.delete(lines.height, list(claims))
    if not rest.size or (solvent.name == "D2O" and lines.height[list(claims)].max() < _D2O_LEAST * rest.max()):
        return None
    # What would be left must be a compound, not noise about its one line: that one is the compound.
    if solvent.name == "CDCl3" and rest.max() < 0.05 * lines.height[list(claims)].max():
        return None
    return Residual(solvent, claims, split, bool(broad))


def _group_at(lines: _Lines, solvent: Solvent, signal: ReferenceSignal, believed: bool) -> set[int] | None:
    """The line, or the unresolved multiplet, of a solvent's signal, where it stands by itself."""
    exact = lines.near(signal.ppm, _MOVES.get(solvent.name, _NEAR))
    wide = lines.near(signal.ppm, _FAR) if believed else exact[:0]
    for near, far in ((exact, False), (wide, True)):
        if not near.size:
            continue
        top = int(near[lines.height[near].argmax()])
        group = lines.within_hz(top, 1.0 if solvent.name in _SINGLET else _QUINTET_HZ)
        if far and lines.area[sorted(group)].sum() > _SMALL * lines.area.sum():
            return None
        if solvent.name == "CDCl3" and lines.has_satellites(top):
            return None
        if lines.lone(group) or (not far and len(group) == 1 and lines.singled_out(top)):
            return group
    return None


def _is_split(lines: _Lines, group: set[int], signal: ReferenceSignal) -> bool:
    """Whether a group is split by deuterium: three lines at least, at the right distance."""
    gaps = np.abs(np.diff(np.sort(lines.ppm[sorted(group)]))) * lines.hertz
    return len(group) >= 3 and bool(np.all(np.abs(gaps - signal.coupling_hz) < 0.35 * signal.coupling_hz))


def find_water(peaks: Sequence[Peak], frequency_mhz: float | None, solvent: Solvent, taken: Claim) -> Claim:
    """The line of the water in a solvent: a singlet near its place, broader than the others, faint, or far taller."""
    if solvent.name == "D2O" or not peaks:
        return {}
    lines = _Lines(peaks, frequency_mhz)
    near = [int(i) for i in lines.near(solvent.water_ppm, _WATER) if int(i) not in taken]
    if not near:
        return {}
    top = max(near, key=lambda i: lines.height[i])
    others = np.delete(np.arange(len(peaks)), [top, *taken])
    if not others.size or not lines.lone({top}) or lines.has_satellites(top):
        return {}
    tallest = lines.height[others].max()
    broad = lines.width[top] > _BROAD * float(np.median(lines.width[others]))
    strong = solvent.hydrogen_bonding and lines.height[top] > 2 * tallest
    if not (broad or strong or lines.height[top] < 0.1 * tallest):
        return {}
    return {top: f"water in {solvent.name}"}


def find_tms(peaks: Sequence[Peak], nucleus: str, frequency_mhz: float | None) -> Claim:
    """Tetramethylsilane: a singlet at 0 ppm with no line of its size nearby."""
    if not peaks:
        return {}
    lines = _Lines(peaks, frequency_mhz)
    near = lines.near(0.0, _TMS[nucleus])
    if not near.size:
        return {}
    top = int(near[lines.height[near].argmax()])
    group = lines.within_hz(top, _SILICON_HZ)
    return dict.fromkeys(group, "tetramethylsilane") if lines.lone(group, 25.0) else {}

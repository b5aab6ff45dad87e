"""Tell the compound's lines from those of the solvent and of impurities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from specmol_core.spectra.analysis.contaminants import find_impurities_c13, find_impurities_h1, find_satellites
from specmol_core.spectra.analysis.multiplets import Signal, group_signals
from specmol_core.spectra.analysis.noise import Floor, floor_of
from specmol_core.spectra.analysis.picking import is_fine, pick_peaks
from specmol_core.spectra.analysis.residual import Claim, find_residual, find_tms, find_water
from specmol_core.spectra.analysis.solvent_lines import SolventMatch, find_solvents
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.solvents import Solvent, solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["Kind", "Line", "Recognised", "recognise"]

Kind = Literal["compound", "solvent", "impurity"]

_FAINT = {"1H": 0.01, "13C": 0.05}
"""A line of the compound is at least this tall, relative to its usual strong line."""
_SINGLE = {"13C": 0.25}
"""How far a solvent's carbon without deuterium stands from its place, once its multiplet is found (ppm)."""


@dataclass(frozen=True)
class Line:
    """One line and what it is taken for."""

    peak: Peak
    kind: Kind
    reason: str = ""
    """What it is: the solvent, the impurity; empty for the compound's."""

    def as_dict(self) -> dict[str, float | str]:
        """Plain values: ``ppm``, ``kind`` and ``reason``."""
        return {"ppm": round(self.peak.ppm, 4), "kind": self.kind, "reason": self.reason}


@dataclass(frozen=True)
class Recognised:
    """What the lines of a spectrum are."""

    lines: tuple[Line, ...]
    """High to low shift."""
    signals: tuple[Signal, ...]
    """The compound's lines as signals; 1H only."""
    floor: Floor
    solvent: str | None
    """Name of the solvent that was found or, failing that, stated."""
    found: bool
    """Whether its lines are in the spectrum."""
    offset: float | None
    """How far they stand from the table (ppm); None where only a multiplet would tell and there is none."""
    hidden: tuple[float, ...] = ()
    """Shifts at which a line of the solvent is too tall to be the solvent's alone (ppm)."""
    crowded: bool = False
    """Whether the stated solvent's line stands among others and was left in."""

    def of_kind(self, *kinds: Kind) -> tuple[Line, ...]:
        """The lines of these kinds."""
        return tuple(line for line in self.lines if line.kind in kinds)


def recognise(spectrum: Spectrum, solvent: str | None = None) -> Recognised:
    """Pick the lines of a spectrum and say which are the solvent's, which an impurity's, and which the compound's.

    A line is given away only for a reason: the pattern of deuterium coupling, a residual line that stands alone at
    its place, all lines of an impurity in the right ratio. All others are the compound's. Lines far below those of
    the compound are left out. An axis too coarse for patterns, and a peak list as papers print it, are left as
    they are.

    Parameters
    ----------
    solvent
        Solvent, where the caller knows better than the file.
    """
    floor = floor_of(spectrum.intensities)
    peaks = pick_peaks(spectrum, floor)
    stated = solvent_named(solvent or spectrum.solvent)
    if not peaks or _as_printed(peaks) or not (spectrum.peaks or is_fine(spectrum)):
        lines = tuple(Line(peak, "compound") for peak in peaks)
        signals = group_signals(spectrum, peaks, floor) if spectrum.nucleus == "1H" else ()
        return Recognised(lines, signals, floor, _name(stated, spectrum), False, None)
    told = _carbon(spectrum, peaks, stated) if spectrum.nucleus == "13C" else _proton(spectrum, peaks, stated)
    kept = _strong_enough(peaks, told.claims, spectrum.nucleus)
    impure, signals = _impurities(spectrum, peaks, kept, told, floor)
    lines = tuple(
        Line(peaks[i], *_verdict(i, told.claims, impure))
        for i in sorted({*kept, *told.claims}, key=lambda i: -peaks[i].ppm)
    )
    name = told.solvent.name if told.solvent is not None else _name(stated, spectrum)
    hidden = tuple(peaks[i].ppm for i in told.hidden)
    return Recognised(lines, signals, floor, name, told.solvent is not None, told.offset, hidden, told.crowded)


@dataclass(frozen=True)
class _Told:
    """What the solvent's own lines told."""

    claims: Claim
    solvent: Solvent | None
    offset: float | None
    hidden: tuple[int, ...] = ()
    crowded: bool = False


def _as_printed(peaks: Sequence[Peak]) -> bool:
    """Whether the lines are signals as papers list them, where authors have left the solvent out."""
    return any(peak.protons is not None or peak.multiplicity for peak in peaks)


def _name(stated: Solvent | None, spectrum: Spectrum) -> str | None:
    return stated.name if stated is not None else spectrum.solvent


def _carbon(spectrum: Spectrum, peaks: Sequence[Peak], stated: Solvent | None) -> _Told:
    window = (spectrum.axis.high, spectrum.axis.low)
    matches = find_solvents(peaks, "13C", spectrum.frequency_mhz, window)
    claims: Claim = dict(find_tms(peaks, "13C", spectrum.frequency_mhz or 100.0))
    hidden: list[int] = []
    for match in matches:
        for multiplet in match.multiplets:
            own = [i for i in multiplet.lines if i not in multiplet.hides]
            claims |= dict.fromkeys(own, match.solvent.name)
            claims |= dict.fromkeys(multiplet.isotopologues, f"{match.solvent.name} with a proton")
            hidden += multiplet.hides
        claims |= _single_carbons(peaks, match, claims)
    best = _preferred(matches, stated)
    if best is None:
        return _Told(claims, None, None)
    return _Told(claims, best.solvent, best.offset, tuple(hidden))


def _preferred(matches: Sequence[SolventMatch], stated: Solvent | None) -> SolventMatch | None:
    """The stated solvent where it is there, else the best supported."""
    for match in matches:
        if stated is not None and match.solvent.name == stated.name:
            return match
    return matches[0] if matches else None


def _single_carbons(peaks: Sequence[Peak], match: SolventMatch, taken: Claim) -> Claim:
    """Carbons of the solvent without deuterium, at the place that its multiplet tells."""
    claims: Claim = {}
    for signal in match.solvent.c13:
        if signal.lines > 1:
            continue
        near = [i for i, p in enumerate(peaks) if abs(p.ppm - match.offset - signal.ppm) < _SINGLE["13C"]]
        free = [i for i in near if i not in taken]
        if len(free) == 1:
            claims[free[0]] = match.solvent.name
    return claims


def _proton(spectrum: Spectrum, peaks: Sequence[Peak], stated: Solvent | None) -> _Told:
    frequency = spectrum.frequency_mhz
    claims: Claim = dict(find_tms(peaks, "1H", frequency))
    residual = find_residual(peaks, frequency, stated)
    if residual is None:
        crowded = stated is not None and any(
            abs(p.ppm - s.ppm) < 0.03 for p in peaks for s in stated.h1
        )  # fmt: skip
        if stated is not None:
            claims |= find_water(peaks, frequency, stated, claims)
        return _Told(claims, None, None, crowded=crowded)
    claims |= residual.claims
    claims |= find_water(peaks, frequency, residual.solvent, claims)
    top = max(residual.claims, key=lambda i: abs(peaks[i].height))
    offset = min((peaks[top].ppm - s.ppm for s in residual.solvent.h1), key=abs)
    return _Told(claims, residual.solvent, float(offset))


def _strong_enough(peaks: Sequence[Peak], claims: Claim, nucleus: str) -> list[int]:
    """The lines that are not claimed and not far below the usual strong line of the compound."""
    free = [i for i in range(len(peaks)) if i not in claims]
    if not free:
        return []
    heights = np.array([abs(peaks[i].height) for i in free])
    strong = np.sort(heights)[::-1][:5]
    usual = float(np.median(strong[strong > 0.05 * strong[0]]))
    return [i for i, height in zip(free, heights, strict=True) if height >= _FAINT[nucleus] * usual]


def _impurities(
    spectrum: Spectrum, peaks: Sequence[Peak], kept: Sequence[int], told: _Told, floor: Floor
) -> tuple[Claim, tuple[Signal, ...]]:
    """What the impurities claim of the lines that are left, and the signals of the rest (1H)."""
    solvent = told.solvent.name if told.solvent is not None else ""
    if spectrum.nucleus == "13C":
        return find_impurities_c13(peaks, kept, solvent, told.offset or 0.0), ()
    claims = find_satellites(peaks, kept, spectrum.frequency_mhz or 400.0)
    signals = group_signals(spectrum, [peaks[i] for i in kept if i not in claims], floor)
    impure = find_impurities_h1(signals, peaks, solvent)
    given = {id(peaks[i]) for i in impure}
    return claims | impure, tuple(s for s in signals if id(s.peaks[0]) not in given)


def _verdict(index: int, claims: Claim, impure: Claim) -> tuple[Kind, str]:
    if index in claims:
        return "solvent", claims[index]
    if index in impure:
        return "impurity", impure[index]
    return "compound", ""

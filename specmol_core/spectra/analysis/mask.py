"""Take the lines of solvent and impurities out of a trace, and say which they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.recognise import Line, Recognised, recognise
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["Masked", "describe", "masked", "masked_pair", "referenced"]

Masked = dict[Nucleus, tuple[Line, ...]]
"""Lines that were taken out of each spectrum of a pair, high to low shift."""

_REACH = 6.0
"""Widths to either side of a line that are taken out with it, unless a line of the compound is nearer."""
_FOOT, _FARTHEST, _BLOCK = {"13C": 0.01, "1H": 0.004}, {"13C": 40.0, "1H": 60.0}, 3.0
"""The foot of a solvent's line is taken out to where it is so low over the usual line of the compound, and no more than
so many widths, each time on the mean of so many: the end of what is bridged would look like a line. Protons of the
compound are lower than its carbons, and integrals see what heights do not."""
_OFF = 0.25
"""A 13C axis is moved where the multiplet of the solvent stands further from its place (ppm)."""


def masked(
    spectrum: Spectrum, solvent: str | None = None, recognised: Recognised | None = None
) -> tuple[Spectrum, tuple[Line, ...]]:
    """The spectrum without the lines of solvent and impurities, and these lines, high to low shift.

    What is taken out is bridged by a straight line. Nothing is taken out of an axis too coarse to tell lines, nor if
    no line would be left; a line of the solvent that is too tall to be the solvent's alone stays. A 13C axis on
    which the solvent's multiplet stands beside its place is moved there. Either is said in ``warnings``.

    Parameters
    ----------
    solvent
        Solvent, where the caller knows better than the file.
    recognised
        What ``recognise`` found, where that is known already.
    """
    told = recognised if recognised is not None else recognise(spectrum, solvent)
    out = told.of_kind("solvent", "impurity")
    kept = told.of_kind("compound")
    notes = []
    if out and not kept:
        notes.append(f"all lines look like solvent or impurities ({describe(out)}): none was masked")
        out = ()
    result = spectrum
    if out:
        trace, hidden = _without(spectrum, out, kept)
        positions = {(line.peak.ppm, line.peak.height) for line in out}
        if np.ptp(trace) > 0:
            rest = tuple(peak for peak in spectrum.peaks if (peak.ppm, peak.height) not in positions)
            result = replace(spectrum, intensities=trace, peaks=rest, hidden=(*spectrum.hidden, *hidden))
    notes += [
        f"the line at {ppm:.2f} ppm is too tall to be {told.solvent} alone: it was left in" for ppm in told.hidden
    ]
    result = replace(result, warnings=(*result.warnings, *notes))
    return referenced(result, told), out


def masked_pair(pair: SpectrumPair) -> tuple[SpectrumPair, Masked]:
    """Both spectra without the lines of solvent and impurities, and these lines; each is named in ``warnings``.

    Where the 1H file names no solvent, the one whose multiplet stands in the 13C spectrum is it.
    """
    out: Masked = {}
    c13, h1, solvent = pair.c13, pair.h1, None
    if c13 is not None:
        told = recognise(c13)
        solvent = told.solvent if told.found else None
        c13, out["13C"] = _said(*masked(c13, recognised=told))
    if h1 is not None:
        h1, out["1H"] = _said(*masked(h1, h1.solvent or solvent))
    return SpectrumPair(h1, c13), out


def _said(spectrum: Spectrum, out: tuple[Line, ...]) -> tuple[Spectrum, tuple[Line, ...]]:
    if not out:
        return spectrum, out
    note = f"masked {describe(out)}; a line of the compound under them is lost with them (see --keep-solvent)"
    return replace(spectrum, warnings=(*spectrum.warnings, note)), out


def referenced(spectrum: Spectrum, recognised: Recognised) -> Spectrum:
    """The 13C spectrum on an axis on which its solvent stands at its place, where it is far off."""
    offset = recognised.offset
    if spectrum.nucleus != "13C" or offset is None or abs(offset) <= _OFF:
        return spectrum
    axis = PpmAxis(spectrum.axis.high - offset, spectrum.axis.low - offset, spectrum.axis.points)
    note = f"{recognised.solvent} stands {offset:+.2f} ppm from its place: the axis was moved by {-offset:+.2f} ppm"
    peaks = tuple(replace(peak, ppm=peak.ppm - offset) for peak in spectrum.peaks)
    hidden = tuple((low - offset, high - offset) for low, high in spectrum.hidden)
    return replace(spectrum, axis=axis, peaks=peaks, hidden=hidden, warnings=(*spectrum.warnings, note))


def describe(lines: Sequence[Line]) -> str:
    """Lines in words: ``CDCl3 77.41, 77.16, 76.91; water in CDCl3 1.56``."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.reason, []).append(f"{line.peak.ppm:.2f}")
    return "; ".join(f"{reason} {', '.join(shifts)}" for reason, shifts in groups.items())


def _without(
    spectrum: Spectrum, out: Sequence[Line], kept: Sequence[Line]
) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """The trace with the surroundings of each line bridged, and where these are (low, high; ppm)."""
    trace = spectrum.intensities.copy()
    stay = np.sort(spectrum.axis.position(np.array([line.peak.ppm for line in kept])) - 0.5)
    level = _FOOT[spectrum.nucleus] * float(np.median([abs(line.peak.height) for line in kept]))
    hole = np.zeros(len(trace), dtype=bool)
    hertz = spectrum.axis.step * (spectrum.frequency_mhz or (400.0 if spectrum.nucleus == "1H" else 100.0))
    most = _FARTHEST[spectrum.nucleus] / _REACH
    for line in out:
        at = float(spectrum.axis.position(line.peak.ppm)) - 0.5
        reach = max(_REACH * (line.peak.width_hz or 0.0) / hertz, 3.0)
        left, right = (at + side * _foot(trace, at, side, reach, most * reach, level) for side in (-1, 1))
        below, above = stay[stay < at], stay[stay > at]
        if below.size and left < (at + below[-1]) / 2:
            left = _valley(trace, below[-1], at)
        if above.size and right > (at + above[0]) / 2:
            right = _valley(trace, at, above[0])
        hole[max(round(left), 0) : min(round(right), len(trace) - 1) + 1] = True
    _join(hole, trace, stay, level)
    known, inside = np.flatnonzero(~hole), np.flatnonzero(hole)
    if not known.size:
        return trace, []
    trace[hole] = np.interp(inside, known, trace[known]).astype(np.float32)
    axis = spectrum.axis
    return trace, [(axis.high - (run[-1] + 1) * axis.step, axis.high - run[0] * axis.step) for run in _runs(hole)]


def _foot(trace: NDArray[np.float32], at: float, side: int, reach: float, most: float, level: float) -> float:
    """Points from a line at which its foot ends on one side: where it is low, or falls no longer."""
    block, before = max(round(_BLOCK / _REACH * reach), 1), np.inf
    while reach < most:
        first = round(at + side * reach) - (block if side < 0 else 0)
        if first < 0 or first + block > len(trace):
            break
        mean = float(np.abs(trace[first : first + block]).mean())
        if mean <= level or mean >= before:
            break
        reach, before = reach + block, mean
    return reach


def _join(hole: NDArray[np.bool_], trace: NDArray[np.float32], stay: NDArray[np.float64], level: float) -> None:
    """Make one hole of two neighbours where the feet of both are all that is between them."""
    for one, other in pairwise(_runs(hole)):
        first, last = one[-1] + 1, other[0]
        near = last - first <= max(len(one), len(other)) and not ((stay >= first) & (stay < last)).any()
        if near and float(np.abs(trace[first:last]).mean()) > level:
            hole[first:last] = True


def _runs(hole: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    inside = np.flatnonzero(hole)
    return np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)


def _valley(trace: NDArray[np.float32], left: float, right: float) -> float:
    """Where the trace is lowest between two lines."""
    first, last = round(left), round(right)
    return first + float(np.abs(trace[first : last + 1]).argmin())

"""Take the lines of solvent and impurities out of a trace, and say which they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.recognise import LineRecognition, RecognisedLine, recognise
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MaskedLines", "apply_solvent_reference", "describe_lines", "mask_contaminants"]

MaskedLines = dict[Nucleus, tuple[RecognisedLine, ...]]
"""Lines that were taken out of each spectrum of a pair, high to low shift."""

_MASK_WIDTHS = 6.0
"""Widths to either side of a line that are taken out with it, unless a line of the compound is nearer."""
_TAIL_LEVEL, _MAX_TAIL_WIDTHS, _TAIL_BLOCK_WIDTHS = {"13C": 0.01, "1H": 0.004}, {"13C": 40.0, "1H": 60.0}, 3.0
"""The foot of a solvent's line is taken out to where it is so low over the usual line of the compound, and no more than
so many widths, each time on the mean of so many: the end of what is bridged would look like a line. Protons of the
compound are lower than its carbons, and integrals see what heights do not."""
_MAX_OFFSET_PPM = 0.25
"""A 13C axis is moved where the multiplet of the solvent stands further from its place (ppm)."""


def mask_contaminants(
    spectrum: Spectrum, solvent: str | None = None, recognition: LineRecognition | None = None
) -> tuple[Spectrum, tuple[RecognisedLine, ...]]:
    """The spectrum without the lines of solvent and impurities, and these lines, high to low shift.

    What is taken out is bridged by a straight line. Nothing is taken out of an axis too coarse to tell lines, nor if
    no line would be left; a line of the solvent that is too tall to be the solvent's alone stays. A 13C axis on
    which the solvent's multiplet stands beside its place is moved there. Either is said in ``warnings``.

    Parameters
    ----------
    solvent
        Solvent, where the caller knows better than the file.
    recognition
        What ``recognise`` found, where that is known already.
    """
    findings = recognition if recognition is not None else recognise(spectrum, solvent)
    masked_lines = findings.of_kind("solvent", "impurity")
    compound_lines = findings.of_kind("compound")
    notes = []
    if masked_lines and not compound_lines:
        notes.append(f"all lines look like solvent or impurities ({describe_lines(masked_lines)}): none was masked")
        masked_lines = ()
    result = spectrum
    if masked_lines:
        trace, masked_ranges = _bridge_lines(spectrum, masked_lines, compound_lines)
        positions = {(line.peak.ppm, line.peak.height) for line in masked_lines}
        if np.ptp(trace) > 0:
            remaining_peaks = tuple(peak for peak in spectrum.peaks if (peak.ppm, peak.height) not in positions)
            result = replace(
                spectrum,
                intensities=trace,
                peaks=remaining_peaks,
                masked_ranges=(*spectrum.masked_ranges, *masked_ranges),
            )
    notes += [
        f"the line at {ppm:.2f} ppm is too tall to be {findings.solvent} alone: it was left in"
        for ppm in findings.shared_with_solvent
    ]
    result = replace(result, warnings=(*result.warnings, *notes))
    return apply_solvent_reference(result, findings), masked_lines


def apply_solvent_reference(spectrum: Spectrum, recognition: LineRecognition) -> Spectrum:
    """The 13C spectrum on an axis on which its solvent stands at its place, where it is far off."""
    offset_ppm = recognition.offset_ppm
    if spectrum.nucleus != "13C" or offset_ppm is None or abs(offset_ppm) <= _MAX_OFFSET_PPM:
        return spectrum
    axis = PpmAxis(spectrum.axis.high - offset_ppm, spectrum.axis.low - offset_ppm, spectrum.axis.points)
    note = (
        f"{recognition.solvent} stands {offset_ppm:+.2f} ppm from its place: the axis was moved by "
        f"{-offset_ppm:+.2f} ppm"
    )
    peaks = tuple(replace(peak, ppm=peak.ppm - offset_ppm) for peak in spectrum.peaks)
    masked_ranges = tuple((low - offset_ppm, high - offset_ppm) for low, high in spectrum.masked_ranges)
    return replace(spectrum, axis=axis, peaks=peaks, masked_ranges=masked_ranges, warnings=(*spectrum.warnings, note))


def describe_lines(lines: Sequence[RecognisedLine]) -> str:
    """Lines in words: ``CDCl3 77.41, 77.16, 76.91; water in CDCl3 1.56``."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.reason, []).append(f"{line.peak.ppm:.2f}")
    return "; ".join(f"{reason} {', '.join(shifts)}" for reason, shifts in groups.items())


def _bridge_lines(
    spectrum: Spectrum, masked_lines: Sequence[RecognisedLine], compound_lines: Sequence[RecognisedLine]
) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """The trace with the surroundings of each line bridged, and where these are (low, high; ppm)."""
    trace = spectrum.intensities.copy()
    compound_points = np.sort(spectrum.axis.position(np.array([line.peak.ppm for line in compound_lines])) - 0.5)
    tail_level = _TAIL_LEVEL[spectrum.nucleus] * float(np.median([abs(line.peak.height) for line in compound_lines]))
    is_masked = np.zeros(len(trace), dtype=bool)
    hertz = spectrum.axis.step * (spectrum.frequency_mhz or (400.0 if spectrum.nucleus == "1H" else 100.0))
    limit = _MAX_TAIL_WIDTHS[spectrum.nucleus] / _MASK_WIDTHS
    for line in masked_lines:
        at = float(spectrum.axis.position(line.peak.ppm)) - 0.5
        half_width = max(_MASK_WIDTHS * (line.peak.width_hz or 0.0) / hertz, 3.0)
        left, right = (
            at + side * _tail_end(trace, at, side, half_width, limit * half_width, tail_level) for side in (-1, 1)
        )
        below, above = compound_points[compound_points < at], compound_points[compound_points > at]
        if below.size and left < (at + below[-1]) / 2:
            left = _lowest_point(trace, below[-1], at)
        if above.size and right > (at + above[0]) / 2:
            right = _lowest_point(trace, at, above[0])
        is_masked[max(round(left), 0) : min(round(right), len(trace) - 1) + 1] = True
    _merge_masked_runs(is_masked, trace, compound_points, tail_level)
    known, inside = np.flatnonzero(~is_masked), np.flatnonzero(is_masked)
    if not known.size:
        return trace, []
    trace[is_masked] = np.interp(inside, known, trace[known]).astype(np.float32)
    axis = spectrum.axis
    return trace, [
        (axis.high - (run[-1] + 1) * axis.step, axis.high - run[0] * axis.step) for run in _masked_runs(is_masked)
    ]


def _tail_end(
    trace: NDArray[np.float32], at: float, side: int, half_width: float, limit: float, tail_level: float
) -> float:
    """Points from a line at which its foot ends on one side: where it is low, or falls no longer."""
    block, previous_mean = max(round(_TAIL_BLOCK_WIDTHS / _MASK_WIDTHS * half_width), 1), np.inf
    while half_width < limit:
        first = round(at + side * half_width) - (block if side < 0 else 0)
        if first < 0 or first + block > len(trace):
            break
        mean = float(np.abs(trace[first : first + block]).mean())
        if mean <= tail_level or mean >= previous_mean:
            break
        half_width, previous_mean = half_width + block, mean
    return half_width


def _merge_masked_runs(
    is_masked: NDArray[np.bool_], trace: NDArray[np.float32], compound_points: NDArray[np.float64], tail_level: float
) -> None:
    """Make one hole of two neighbours where the feet of both are all that is between them."""
    for run, next_run in pairwise(_masked_runs(is_masked)):
        first, last = run[-1] + 1, next_run[0]
        is_short_gap = (
            last - first <= max(len(run), len(next_run))
            and not ((compound_points >= first) & (compound_points < last)).any()
        )
        if is_short_gap and float(np.abs(trace[first:last]).mean()) > tail_level:
            is_masked[first:last] = True


def _masked_runs(is_masked: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    inside = np.flatnonzero(is_masked)
    return np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)


def _lowest_point(trace: NDArray[np.float32], left: float, right: float) -> float:
    """Where the trace is lowest between two lines."""
    first, last = round(left), round(right)
    return first + float(np.abs(trace[first : last + 1]).argmin())

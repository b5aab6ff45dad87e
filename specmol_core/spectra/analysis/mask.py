"""Mask the lines of solvent and impurities in a trace."""

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
"""Masked lines of each spectrum of a pair, high to low shift."""

_MASK_WIDTHS = 6.0
"""Masked range to either side of a line, in widths of the line, unless a line of the compound is
nearer."""
_TAIL_LEVEL = {"13C": 0.01, "1H": 0.004}
"""Level at which the masking of a tail ends, relative to the median line of the compound.

An earlier end would leave an edge that looks like a line. The level is lower in 1H spectra, because
integrals are sensitive to tails that heights do not show."""
_MAX_TAIL_WIDTHS = {"13C": 40.0, "1H": 60.0}
"""Largest distance from a line at which the masking of its tail ends, in widths of the line."""
_TAIL_BLOCK_WIDTHS = 3.0
"""Range over which the level of a tail is averaged, in widths of the line."""
_MAX_OFFSET_PPM = 0.25
"""Offset of the solvent's multiplet from its reference position above which a 13C axis is corrected
(ppm)."""


def mask_contaminants(
    spectrum: Spectrum, solvent: str | None = None, recognition: LineRecognition | None = None
) -> tuple[Spectrum, tuple[RecognisedLine, ...]]:
    """Mask the lines of solvent and impurities; return the spectrum and these lines.

    Masked ranges are bridged by straight lines. Nothing is masked if the axis is too coarse to
    resolve lines, or if no line would be left. A line of the solvent that is too tall for the
    solvent alone is not masked. A 13C axis is corrected if the solvent's multiplet is far from its
    reference position. ``warnings`` says so in each of these cases.

    Parameters
    ----------
    solvent
        Name of the solvent, in place of the one that the file states.
    recognition
        Result of ``recognise`` for this spectrum, if it is known already.

    Returns
    -------
    The masked spectrum, and the masked lines from high to low shift.
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
    """Correct the axis of a 13C spectrum by the offset of its solvent, if that is large."""
    offset_ppm = recognition.offset_ppm
    if spectrum.nucleus != "13C" or offset_ppm is None or abs(offset_ppm) <= _MAX_OFFSET_PPM:
        return spectrum
    axis = PpmAxis(spectrum.axis.high - offset_ppm, spectrum.axis.low - offset_ppm, spectrum.axis.points)
    note = (
        f"{recognition.solvent} is {offset_ppm:+.2f} ppm from its reference position: the axis was moved by "
        f"{-offset_ppm:+.2f} ppm"
    )
    peaks = tuple(replace(peak, ppm=peak.ppm - offset_ppm) for peak in spectrum.peaks)
    masked_ranges = tuple((low - offset_ppm, high - offset_ppm) for low, high in spectrum.masked_ranges)
    return replace(spectrum, axis=axis, peaks=peaks, masked_ranges=masked_ranges, warnings=(*spectrum.warnings, note))


def describe_lines(lines: Sequence[RecognisedLine]) -> str:
    """Names and shifts of lines as text: ``CDCl3 77.41, 77.16, 76.91; water in CDCl3 1.56``."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.reason, []).append(f"{line.peak.ppm:.2f}")
    return "; ".join(f"{reason} {', '.join(shifts)}" for reason, shifts in groups.items())


def _bridge_lines(
    spectrum: Spectrum, masked_lines: Sequence[RecognisedLine], compound_lines: Sequence[RecognisedLine]
) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """The trace with the range of each masked line bridged, and these ranges (low, high; ppm)."""
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
    """Distance (points) from a line to the end of its tail on one side: where it is low, or falls
    no more."""
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
    """Merge neighbouring masked ranges if only tails of their lines are between them."""
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
    """Index of the lowest point of the trace between two lines."""
    first, last = round(left), round(right)
    return first + float(np.abs(trace[first : last + 1]).argmin())

"""Warnings about the quality of a spectrum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from specmol_core.spectra.analysis.recognise import LineRecognition
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["is_coupled", "quality_warnings"]

_USUAL_RANGE_PPM = {"1H": (8.5, 0.5), "13C": (180.0, 10.0)}
"""Range that a complete spectrum covers, high and low (ppm)."""
_POSSIBLE_RANGE_PPM = {"1H": (18.0, -3.0), "13C": (235.0, -12.0)}
"""Range outside of which a line is probably folded, or the axis wrong, high and low (ppm)."""
_EDGE_SHARE = 0.01
"""Share of the axis at either end in which folded lines tend to appear."""
_MAX_OFFSET_PPM = {"1H": 0.05, "13C": 0.25}
"""Largest distance of the solvent from its reference position without a warning (ppm)."""
_MIN_SNR = {"1H": 30.0, "13C": 12.0}
"""Signal-to-noise ratio below which lines are missed."""
_J_CH_RANGE_HZ = (112.0, 178.0)
"""Range of couplings between 13C and its protons (Hz)."""
_MIN_COUPLED_LINES = 9
"""Fewest lines for which partners of most lines cannot be due to chance."""


def quality_warnings(spectrum: Spectrum, recognition: LineRecognition, *, masked: bool = False) -> tuple[str, ...]:
    """Warnings about nucleus, range, reference, solvent, phase and noise, a sentence each.

    Parameters
    ----------
    masked
        Whether the solvent is masked, which says itself what it leaves in and how far it moves an axis.
    """
    checks = [
        _check_nucleus,
        _check_range,
        _check_folding,
        _check_solvent,
        _check_referencing,
        _check_phase,
        _check_noise,
        _check_decoupling,
    ]
    if not masked or spectrum.nucleus == "1H":
        checks.append(_check_offset)
    if not masked:
        checks.append(_check_solvent_overlap)
    return tuple(text for check in checks for text in check(spectrum, recognition))


def _check_nucleus(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    ppm = np.array([line.peak.ppm for line in recognition.lines])
    if not ppm.size:
        return
    if spectrum.nucleus == "13C" and spectrum.axis.span < 40 and ppm.max() < 15:
        yield "all lines are below 15 ppm on a short axis: this looks like a 1H spectrum, not 13C"
    if spectrum.nucleus == "1H" and spectrum.axis.span > 60 and (ppm > 20).mean() > 0.3:
        yield "many lines are above 20 ppm: this looks like a 13C spectrum, not 1H"


def _check_range(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    high, low = _USUAL_RANGE_PPM[spectrum.nucleus]
    if spectrum.peaks:  # the axis of a peak list is only as long as its lines need
        return
    if spectrum.axis.high < high or spectrum.axis.low > low:
        yield (
            f"the axis ends at {spectrum.axis.high:.1f} and {spectrum.axis.low:.1f} ppm, within the usual "
            f"{high:g} to {low:g} ppm: lines outside are missing"
        )


def _check_folding(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    high, low = _POSSIBLE_RANGE_PPM[spectrum.nucleus]
    margin = 0.0 if spectrum.peaks else _EDGE_SHARE * spectrum.axis.span
    outside = [
        f"{p:.2f}" for p in (line.peak.ppm for line in recognition.of_kind("compound"))
        if p > min(high, spectrum.axis.high - margin) or p < max(low, spectrum.axis.low + margin)
    ]  # fmt: skip
    if outside:
        yield f"lines at {', '.join(outside[:5])} ppm are at the end of the axis or beyond usual shifts: maybe folded"


def _check_solvent(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    stated = solvent_named(spectrum.solvent)
    if recognition.has_solvent_lines and stated is not None and stated.name != recognition.solvent:
        who = "the solvent was given as" if spectrum.solvent_given else "the file says"
        yield f"{who} {spectrum.solvent}, but the lines are those of {recognition.solvent}"
    elif recognition.solvent_is_crowded and stated is not None:
        yield f"the line of {stated.name} overlaps with others and was not recognised: it is not masked"
    elif (
        stated is not None
        and not recognition.has_solvent_lines
        and stated.signals(spectrum.nucleus)
        and not spectrum.peaks
    ):
        who = "that was given" if spectrum.solvent_given else "that the file names"
        yield f"no line of {stated.name}, the solvent {who}, was found at its reference position"


def _check_offset(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    offset_ppm = recognition.offset_ppm
    if offset_ppm is not None and abs(offset_ppm) > _MAX_OFFSET_PPM[spectrum.nucleus]:
        yield f"{recognition.solvent} is {offset_ppm:+.2f} ppm from its reference position: the axis may be off by that"


def _check_referencing(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    standard = any(line.reason == "tetramethylsilane" for line in recognition.lines)
    if not spectrum.referencing and not recognition.has_solvent_lines and not standard and not spectrum.peaks:
        yield "neither the file nor a line of solvent or tetramethylsilane says how the axis was referenced"


def _check_phase(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    trace = spectrum.intensities - recognition.floor.baseline
    up, down = float(trace.max()), float(-trace.min())
    if spectrum.signed:
        return
    if down > 1.5 * up:
        yield "the strongest lines point down: the spectrum is upside down, or its phase is wrong"
    elif down > 0.3 * up and down > 10 * recognition.floor.noise:
        yield "strong lines point down and were not picked: the phase is wrong, or it is a DEPT or APT spectrum"


def _check_noise(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    compound_heights = [abs(line.peak.height) for line in recognition.of_kind("compound")]
    if not compound_heights:
        yield "no line of a compound was found"
        return
    ratio = max(compound_heights) / recognition.floor.noise
    if not spectrum.peaks and ratio < _MIN_SNR[spectrum.nucleus]:
        yield f"the strongest line is only {ratio:.0f} times the noise: weak lines are missed"


def _check_decoupling(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    if is_coupled(spectrum, recognition):
        yield "most lines have a partner one coupling to protons away: the spectrum is not proton-decoupled"


def is_coupled(spectrum: Spectrum, recognition: LineRecognition) -> bool:
    """Whether a 13C spectrum is coupled: most lines have a similar partner one coupling away."""
    if spectrum.nucleus != "13C" or spectrum.frequency_mhz is None:
        return False
    lines = [line.peak for line in recognition.of_kind("compound")]
    at = np.array([p.ppm for p in lines]) * spectrum.frequency_mhz
    heights = np.array([abs(p.height) for p in lines])
    distance_hz = np.abs(at[:, None] - at)
    is_partner = (distance_hz > _J_CH_RANGE_HZ[0]) & (distance_hz < _J_CH_RANGE_HZ[1])
    is_partner &= (heights[:, None] < 3.5 * heights) & (heights < 3.5 * heights[:, None])
    return len(lines) >= _MIN_COUPLED_LINES and bool(is_partner.any(axis=1).mean() > 0.75)


def _check_solvent_overlap(spectrum: Spectrum, recognition: LineRecognition) -> Iterator[str]:
    for ppm in recognition.shared_with_solvent:
        yield f"the line at {ppm:.2f} ppm is too tall for {recognition.solvent} alone: the compound has one there"

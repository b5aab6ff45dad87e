"""Decide the sense of rotation, the carrier and the filter delay of a FID, for all formats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.fid import process_fid
from specmol_core.spectra.readers.instruments.filter_delay import settle_delay
from specmol_core.spectra.readers.instruments.referencing import solvent_offset
from specmol_core.spectra.readers.instruments.usual_shifts import MIN_DIFFERENCE, log_density
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["Decay", "ProcessedDecay", "Sense", "no_carrier_reason", "process_decay"]

_MIRRORED_NOTE = "the spectrum was mirrored so that the solvent line is at its reference shift"


class Sense(Enum):
    """How sure the sense of rotation of a FID is."""

    DEFINED = "defined"
    """The format defines it, and real files agree: it is used as it is."""
    EXPECTED = "expected"
    """The format or the file suggests it: the other sense is used if only there the solvent's multiplet is found."""
    UNKNOWN = "unknown"
    """Neither states it: both senses are tried, and a warning is given."""


class _Evidence(Enum):
    """What of the solvent is at its reference shift."""

    NONE = 0
    SINGLE_LINE = 1
    MULTIPLET = 2


@dataclass(frozen=True)
class Decay:
    """A FID, and what its file states about it. What the file does not state is None, never a guess."""

    fid: NDArray[np.complexfloating]
    """Complex points (n,), evenly spaced by ``1 / width_hz``, as stored."""
    width_hz: float
    """Width of the spectrum (Hz)."""
    frequency_mhz: float
    """Frequency of 0 ppm, which converts Hz to ppm (MHz)."""
    carrier_ppm: float | None
    """Shift of the middle of the spectrum (ppm)."""
    clockwise: bool = False
    """Whether a line above the carrier turns as ``exp(-2 pi i f t)``, f > 0; otherwise as ``exp(+2 pi i f t)``."""
    sense: Sense = Sense.UNKNOWN
    """How sure ``clockwise`` is."""
    delay_points: float | None = None
    """Points before the FID begins, due to a digital filter; may be fractional."""


@dataclass(frozen=True)
class ProcessedDecay:
    """The spectrum of a FID."""

    axis: PpmAxis
    trace: NDArray[np.float32]
    """Intensities (axis.points,), high to low shift."""
    warnings: tuple[str, ...]


def process_decay(
    decay: Decay, request: Request, solvent: str | None, *, signed: bool | None = False
) -> ProcessedDecay:
    """Process a FID to a spectrum.

    Without a carrier, its middle is that of the range of the user, or else of the usual range, with a
    warning; the spectrum must then not be ranked (``Spectrum.axis_is_guessed``).

    Parameters
    ----------
    solvent
        Solvent as the file names it; that of the user counts more. Its lines tell the sense of
        rotation where that is not sure.
    signed
        Whether lines may point down, as in DEPT and APT; None where that is not known.

    Raises
    ------
    RefusedError
        As :func:`process_fid`.
    """
    carrier = decay.carrier_ppm
    middle = sum(request.window or request.default_window) / 2 if carrier is None else carrier
    notes: tuple[str, ...] = ()
    if carrier is None and request.window is None:
        notes = (
            f"its FID states no carrier: its middle was taken as {middle:.1f} ppm, all shifts are displaced alike",
        )
    delay, delay_notes = settle_delay(decay.fid, decay.delay_points)
    notes += delay_notes

    def process(clockwise: bool) -> ProcessedDecay:
        fid = decay.fid.conj() if clockwise else decay.fid
        axis, trace, warnings = process_fid(
            fid, decay.width_hz, middle, decay.frequency_mhz, request.nucleus, delay, signed=signed
        )
        return ProcessedDecay(axis, trace, notes + warnings)

    first = process(decay.clockwise)
    if decay.sense is Sense.DEFINED:
        return first
    seen = _solvent_evidence(first, decay, request, solvent)
    if decay.sense is Sense.EXPECTED and seen is not _Evidence.NONE:
        return first
    second = process(not decay.clockwise)
    seen_mirrored = _solvent_evidence(second, decay, request, solvent)
    usual, usual_mirrored = (log_density(p.axis, p.trace, request.nucleus) for p in (first, second))
    if decay.sense is Sense.EXPECTED:
        overrules = seen_mirrored is _Evidence.MULTIPLET and usual_mirrored > usual - MIN_DIFFERENCE
        return _with_note(second, _MIRRORED_NOTE) if overrules else first
    if _Evidence.MULTIPLET in (seen, seen_mirrored) and seen is not seen_mirrored:
        return first if seen is _Evidence.MULTIPLET else second
    return _choose_plausible(first, second, seen_mirrored.value - seen.value, usual_mirrored - usual)


def no_carrier_reason(nucleus: Nucleus) -> str:
    """Return why a FID without a carrier gives no shifts, and the remedy."""
    option = {"1H": "--h1-range", "13C": "--c13-range"}[nucleus]
    return (
        "its FID states no carrier, so no line has a shift: give the range of its spectrum "
        f"({option} HIGH,LOW), or a processed spectrum"
    )


def _choose_plausible(first: ProcessedDecay, second: ProcessedDecay, lines: int, usual: float) -> ProcessedDecay:
    """Choose a sense by what speaks for the second one: single lines of the solvent, then usual shifts."""
    if lines:
        chosen, reason = (second if lines > 0 else first), "the solvent line is at its reference shift"
    elif abs(usual) > MIN_DIFFERENCE:
        chosen, reason = (second if usual > 0 else first), "its lines are at more usual shifts"
    else:
        chosen, reason = first, "Bruker's way was used"
    note = f"does not state which way its FID turns: {reason}; if it is mirrored, give a processed spectrum"
    return _with_note(chosen, note)


def _with_note(processed: ProcessedDecay, note: str) -> ProcessedDecay:
    return ProcessedDecay(processed.axis, processed.trace, (*processed.warnings, note))


def _solvent_evidence(processed: ProcessedDecay, decay: Decay, request: Request, solvent: str | None) -> _Evidence:
    solvent = request.solvent or solvent
    solvent = request.solvent or solvent
    known = solvent_named(solvent)
    if known is None or decay.carrier_ppm is None:
        return _Evidence.NONE
    located = solvent_offset(processed.axis, processed.trace, request.nucleus, decay.frequency_mhz, solvent)
    if located is None:
        return _Evidence.NONE
    signal = min(known.signals(request.nucleus), key=lambda signal: abs(signal.ppm - located[2]))
    return _Evidence.MULTIPLET if signal.lines > 1 else _Evidence.SINGLE_LINE

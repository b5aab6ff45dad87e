"""Process the free induction decay of a JCAMP-DX block to a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.filter_delay import bruker_delay
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed
from specmol_core.spectra.readers.jcamp.block_choice import pulse_sequence
from specmol_core.spectra.readers.jcamp.carrier import stated_carrier
from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.referencing import ShiftScale, frequency_mhz, stated_solvent, zero_frequency
from specmol_core.spectra.readers.jcamp.table import TablePoints, read_points
from specmol_core.spectra.readers.source import RefusedError, Request

__all__ = ["read_fid"]

_MAX_GROUP_DELAY_POINTS = 1000.0
"""Longest plausible delay (points); those of real filters are below 100."""
_MIN_DEAD_POINTS, _MAX_DEAD_POINTS = 0.5, 50.0
"""Fewest and most points that are missing before a FID without a digital filter."""
_MAX_WIDTH_DEVIATION = 0.01
"""Largest relative difference of two stated widths that counts as rounding."""
_BRUKER_PROGRAMS = ("BRUKER", "UXNMR", "TOPSPIN", "XWIN")
"""Programs whose decays turn counter-clockwise for a line above the carrier."""
_REVERSED_PROGRAMS = ("MAGRITEK", "SPINSOLVE")
"""Programs whose decays turn clockwise."""
_SECONDS_PER_UNIT = {
    "SECONDS": 1.0,
    "SECOND": 1.0,
    "SEC": 1.0,
    "S": 1.0,
    "MILLISECONDS": 1e-3,
    "MS": 1e-3,
    "MSEC": 1e-3,
    "MICROSECONDS": 1e-6,
    "US": 1e-6,
    "USEC": 1e-6,
}


def read_fid(block: Block, request: Request, row: int | None = None) -> tuple[PpmAxis, NDArray[np.float32], ShiftScale]:
    """Process the decay of a block, or of one of its pages, from 1.

    Returns
    -------
    Axis, intensities (axis.points,), and the referencing of the axis with all warnings.

    Raises
    ------
    RefusedError
        If the decay is damaged, has no imaginary part, was sampled sequentially, or states no
        frequency or spectral width.
    """
    points = read_points(block, complex_values=True, row=row)
    if "SEQUENTIAL" in block.text(".ACQUISITIONMODE").upper():
        raise RefusedError("its decay was sampled sequentially (.ACQUISITION MODE): export the spectrum instead")
    if points.imaginary is None:
        raise RefusedError("holds only the real part of a free induction decay: export the spectrum instead")
    frequency = frequency_mhz(block)
    if frequency is None:
        raise RefusedError("its decay states no frequency (##.OBSERVE FREQUENCY=): export the spectrum instead")
    width, notes = _spectral_width(block, points)
    zero = zero_frequency(block, frequency)
    is_bruker = _is_of(block, _BRUKER_PROGRAMS)
    carrier, referencing, more = stated_carrier(block, width, zero, len(points.values), is_bruker=is_bruker)
    clockwise, sense = _stated_sense(block)
    decay = Decay(
        points.values + 1j * points.imaginary,
        width,
        zero,
        carrier,
        clockwise=clockwise,
        sense=sense,
        delay_points=_delay(block, width),
    )
    signed = may_be_signed(request.nucleus, pulse_sequence(block))
    processed = process_decay(decay, request, stated_solvent(block), signed=signed)
    warnings = points.warnings + notes + more + processed.warnings
    is_guessed = carrier is None
    scale = ShiftScale(0.0, 1.0, referencing, warnings, is_unreferenced=not is_guessed, is_guessed=is_guessed)
    return processed.axis, processed.trace, scale


def _spectral_width(block: Block, points: TablePoints) -> tuple[float, tuple[str, ...]]:
    """Spectral width (Hz), as stated, else from the time between points; and warnings."""
    unit = "".join(points.unit.split())
    seconds = abs(points.last - points.first) * _SECONDS_PER_UNIT.get(unit, 1.0)
    from_times = (len(points.values) - 1) / seconds if seconds else 0.0
    stated = block.number("$SWH", "$SPECTRALWIDTHHZ")
    if stated and 1.0 <= stated <= 1e7:
        # Some times count the real and the imaginary points one after the other.
        if any(abs(from_times / (factor * stated) - 1) <= _MAX_WIDTH_DEVIATION for factor in (0.5, 1.0, 2.0)):
            return stated, ()
        return stated, (
            f"states a spectral width of {stated:.6g} Hz, and times that give {from_times:.6g} Hz: the first was used",
        )
    if not 1.0 <= from_times <= 1e7:
        raise RefusedError("its decay states no spectral width: export the spectrum instead")
    if unit in _SECONDS_PER_UNIT:
        return from_times, ()
    return from_times, (f"its times are in {points.unit[:20] or 'no unit'}: seconds were assumed",)


def _stated_sense(block: Block) -> tuple[bool, Sense]:
    """Whether the decay turns clockwise for a line above the carrier, and how sure that is.

    ``$REVERSE`` of Bruker's processing parameters says whether the spectrum is reversed after the
    transform; benchtop spectrometers that sample the other way write it, too.
    """
    reverse = block.text("$REVERSE").strip("<> ").lower()
    if reverse in ("yes", "true", "1"):
        return True, Sense.EXPECTED
    if _is_of(block, _BRUKER_PROGRAMS):
        return False, Sense.EXPECTED
    if _is_of(block, _REVERSED_PROGRAMS) and not reverse:
        return True, Sense.EXPECTED
    return False, Sense.UNKNOWN


def _is_of(block: Block, programs: tuple[str, ...]) -> bool:
    """Whether a block names one of these programs, also in the comment after its version."""
    named = block.text("ORIGIN", "SPECTROMETERDATASYSTEM") + " " + block.comment("JCAMPDX")
    return any(program in named.upper() for program in programs)


def _delay(block: Block, width: float) -> float | None:
    """Points before the decay begins, negative if its beginning is missing; None if nothing is stated."""
    delay = bruker_delay(*(block.number(label) for label in ("$GRPDLY", "$DIGMOD", "$DSPFVS", "$DECIM")))
    if delay is not None and 0 <= delay < _MAX_GROUP_DELAY_POINTS:
        return delay
    # The first point that the transform uses; negative for zeros that it puts before the others.
    first = block.number("$TDOFF")
    if first and -_MAX_DEAD_POINTS <= first < _MAX_GROUP_DELAY_POINTS:
        return first
    # Microseconds between the pulse and the first point.
    dead = block.numbers(".DELAY")
    dead_points = dead[0] * 1e-6 * width if dead else 0.0
    return -dead_points if _MIN_DEAD_POINTS <= dead_points <= _MAX_DEAD_POINTS else None

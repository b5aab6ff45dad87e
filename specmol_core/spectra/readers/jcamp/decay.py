"""Process the free induction decay of a JCAMP-DX block to a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.fid import process_fid
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited
from specmol_core.spectra.readers.jcamp.block_choice import pulse_sequence
from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.referencing import ShiftScale, carrier_ppm, frequency_mhz
from specmol_core.spectra.readers.jcamp.table import TablePoints, read_points
from specmol_core.spectra.readers.source import RefusedError, Request

__all__ = ["read_fid"]

_MAX_GROUP_DELAY_POINTS = 1000.0
"""Longest plausible delay (points); those of real filters are below 100."""
_COUNTERCLOCKWISE_ORIGINS = ("BRUKER", "UXNMR", "TOPSPIN", "XWIN")
"""Origins whose decays turn counter-clockwise for a line above the carrier."""
_SECONDS_PER_UNIT = {
    "SECONDS": 1.0,
    "SEC": 1.0,
    "S": 1.0,
    "MILLISECONDS": 1e-3,
    "MS": 1e-3,
    "MSEC": 1e-3,
    "MICROSECONDS": 1e-6,
}


def read_fid(block: Block, request: Request) -> tuple[PpmAxis, NDArray[np.float32], ShiftScale]:
    """Process the decay of a block.

    Returns
    -------
    Axis, intensities (axis.points,), and the referencing of the axis with all warnings.

    Raises
    ------
    RefusedError
        If the decay is damaged, has no imaginary part, or states no frequency or spectral width.
    """
    points = read_points(block, complex_values=True)
    if points.imaginary is None:
        raise RefusedError("holds only the real part of a free induction decay: export the spectrum instead")
    frequency = frequency_mhz(block)
    if frequency is None:
        raise RefusedError("its decay states no frequency (##.OBSERVE FREQUENCY=): export the spectrum instead")
    width = _spectral_width(block, points)
    carrier = carrier_ppm(block)
    notes: tuple[str, ...] = ()
    referencing = "carrier frequency"
    if carrier is None:
        carrier = sum(request.default_window) / 2
        referencing = "none: middle of the usual range"
        notes = (f"its decay states no reference: its middle was taken as {carrier:.1f} ppm; shifts may be displaced",)
    origin = block.text("ORIGIN", "SPECTROMETERDATASYSTEM").upper()
    if not any(name in origin for name in _COUNTERCLOCKWISE_ORIGINS) and "$SWH" not in block.records:
        notes += ("does not state which way its decay turns: Bruker's way was used; if mirrored, give a spectrum",)
    axis, intensities, warnings = process_fid(
        points.values + 1j * points.imaginary,
        width,
        carrier,
        frequency,
        request.nucleus,
        _group_delay(block),
        signed=request.nucleus == "13C" and is_multiplicity_edited(pulse_sequence(block)),
    )
    return axis, intensities, ShiftScale(0.0, 1.0, referencing, notes + tuple(warnings), is_unreferenced=True)


def _spectral_width(block: Block, points: TablePoints) -> float:
    """Spectral width (Hz): as stated, else from the time between points."""
    stated = block.number("$SWH", "$SPECTRALWIDTH")
    if stated and 1.0 <= stated <= 1e7:
        return stated
    seconds = abs(points.last - points.first) * _SECONDS_PER_UNIT.get("".join(points.unit.split()), 1.0)
    width = (len(points.values) - 1) / seconds if seconds else 0.0
    if not 1.0 <= width <= 1e7:
        raise RefusedError("its decay states no spectral width: export the spectrum instead")
    return width


def _group_delay(block: Block) -> float:
    """Delay by Bruker's digital filter (points); 0 without a filter."""
    stated = block.number("$GRPDLY")
    if stated and 0 < stated < _MAX_GROUP_DELAY_POINTS:
        return stated
    decimation, firmware = block.number("$DECIM"), block.number("$DSPFVS")
    if decimation is None or firmware is None:
        return 0.0
    from nmrglue.fileio.bruker import bruker_dsp_table

    return float(bruker_dsp_table.get(int(firmware), {}).get(int(decimation), 0.0))

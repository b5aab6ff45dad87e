"""Convert the abscissas of a JCAMP-DX file, in Hz or ppm, to chemical shifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specmol_core.spectra.readers.jcamp.records import Block
from specmol_core.spectra.readers.jcamp.table import TablePoints
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.spectrum import Nucleus

__all__ = [
    "ShiftScale",
    "carrier_ppm",
    "frequency_mhz",
    "list_reference",
    "reference",
    "shift_reference",
    "stated_solvent",
    "zero_frequency",
]

_FREQUENCY_RANGE_MHZ = (1.0, 3000.0)
"""Plausible Larmor frequencies (MHz)."""
_UNITS_HZ = {"HZ": 1.0, "HERTZ": 1.0, "KHZ": 1e3, "MHZ": 1e6, "1/SEC": 1.0}
_UNITS_PPM = ("PPM", "PARTSPERMILLION", "CHEMICALSHIFT", "DELTA", "PPM.", "CHEMICALSHIFT(PPM")
_MAX_ROUNDING_PPM = 0.02
"""Largest difference of two references that counts as rounding (ppm)."""
_MAX_PPM_WIDTH = {"1H": 60.0, "13C": 500.0}
"""An axis without a unit that is wider than this number is taken to be in Hz."""
_MAX_SHIFT_PPM = 1e4
_MIN_REFERENCE_SHIFT_MHZ = 1e-8
"""Least difference of Bruker's ``$SF`` and ``$BF1`` that shows manual referencing (MHz)."""


@dataclass(frozen=True)
class ShiftScale:
    """Conversion of a file's axis to chemical shifts: ``ppm = (x - origin) / units_per_ppm``.

    >>> ShiftScale(origin=0.0, units_per_ppm=400.0, note="Hz axis").ppm(2904.0)
    7.26
    """

    origin: float
    """Abscissa of 0 ppm (unit of the file)."""
    units_per_ppm: float
    """Units of the file per ppm."""
    note: str
    """How the axis was referenced."""
    warnings: tuple[str, ...] = ()
    is_unreferenced: bool = False
    """Whether the axis was never referenced: its zero, the spectrometer's own, may be 0.1 ppm off."""
    is_guessed: bool = False
    """Whether nothing tells where the axis is."""

    def ppm(self, x: float) -> float:
        """Shift (ppm) at an abscissa of the file."""
        return (x - self.origin) / self.units_per_ppm


def frequency_mhz(block: Block) -> float | None:
    """Return the Larmor frequency of the observed nucleus (MHz); None where none is stated."""
    for label in (".OBSERVEFREQUENCY", "$SFO1", "$BF1", "$SF", "$SFRQ", "OBSERVEFREQUENCY", "LARMOR"):
        value = block.number(label)
        if value and value > 1e6:
            value /= 1e6  # given in Hz
        if value and _FREQUENCY_RANGE_MHZ[0] <= value <= _FREQUENCY_RANGE_MHZ[1]:
            return value
    return None


def reference(block: Block, points: TablePoints, nucleus: Nucleus) -> ShiftScale:
    """Find the reference of an axis.

    The sources, in order of preference, are: an axis in ppm as it is; Bruker's ``$OFFSET`` (shift
    of the first point) and ``$SF`` (frequency of 0 ppm); ``.SHIFT REFERENCE`` (number and shift of
    a point); Varian's ``$REFERENCE POINT`` (Hz from 0 ppm to the right edge); the axis itself,
    where 0 Hz is 0 ppm.

    Raises
    ------
    RefusedError
        If the axis is in Hz and no frequency is stated, or in another unit.
    """
    unit_hz, notes = _unit_hz(points.unit, abs(points.first - points.last), nucleus)
    if unit_hz is None:
        return ShiftScale(0.0, 1.0, "ppm axis of the file", notes)
    frequency = _require_frequency(block)
    candidates = _stated_references(block, points, frequency, unit_hz)
    first = candidates[0]
    if len(candidates) > 1 and abs(candidates[1].ppm(points.first) - first.ppm(points.first)) > _MAX_ROUNDING_PPM:
        second_reference = candidates[1]
        difference = second_reference.ppm(points.first) - first.ppm(points.first)
        notes += (
            f"its references disagree by {difference:.3g} ppm: {first.note} was used, not {second_reference.note}",
        )
    return ShiftScale(first.origin, first.units_per_ppm, first.note, notes + first.warnings, first.is_unreferenced)


def list_reference(block: Block, unit: str, highest: float, nucleus: Nucleus) -> ShiftScale:
    """Find the reference of a peak list, which has no points to count: ppm, or Hz from 0 ppm.

    Parameters
    ----------
    highest
        Largest abscissa of the list, from which a missing unit is guessed.

    Raises
    ------
    RefusedError
        As :func:`reference`.
    """
    unit_hz, notes = _unit_hz(unit, highest, nucleus)
    if unit_hz is None:
        return ShiftScale(0.0, 1.0, "ppm of the list", notes)
    return ShiftScale(0.0, zero_frequency(block, _require_frequency(block)) / unit_hz, "Hz of the list", notes)


def _unit_hz(written: str, width: float, nucleus: Nucleus) -> tuple[float | None, tuple[str, ...]]:
    """Hz per unit of an axis (None for ppm), and notes on what was guessed."""
    unit = "".join(written.split()).strip("()[]")
    if unit in _UNITS_PPM:
        return None, ()
    if unit in _UNITS_HZ:
        return _UNITS_HZ[unit], ()
    if unit and not unit.startswith(("ARBITRARY", "FREQUENCY", "NONE", "UNKNOWN")):
        raise RefusedError(f"its axis is in {written[:40]}; only Hz and ppm are supported: export the spectrum again")
    hertz = abs(width) > _MAX_PPM_WIDTH[nucleus]
    note = f"its axis has no unit; {'Hz' if hertz else 'ppm'} was guessed from its width"
    return (1.0 if hertz else None), (note,)


def _require_frequency(block: Block) -> float:
    frequency = frequency_mhz(block)
    if frequency is None:
        raise RefusedError("its axis is in Hz and no frequency is stated (##.OBSERVE FREQUENCY=): export it in ppm")
    return frequency


def _stated_references(block: Block, points: TablePoints, frequency: float, unit_hz: float) -> list[ShiftScale]:
    """All references that a file in Hz states, best first; at least one."""
    candidates = []
    highest, lowest = max(points.first, points.last), min(points.first, points.last)
    zero = zero_frequency(block, frequency) / unit_hz
    observed = frequency / unit_hz
    offset = block.number("$OFFSET")
    if offset is not None and abs(offset) <= _MAX_SHIFT_PPM:
        base, origin = block.number("$BF1"), block.number("$SF")
        is_unset = base is not None and origin is not None and abs(origin - base) <= _MIN_REFERENCE_SHIFT_MHZ
        candidates.append(
            ShiftScale(highest - offset * zero, zero, "$OFFSET (SR 0)" if is_unset else "$OFFSET", (), is_unset)
        )
    if (stated := _shift_reference(block, points, zero)) is not None:
        candidates.append(stated)
    edge = block.number("$REFERENCEPOINT")
    if edge is not None and not candidates:
        candidates.append(ShiftScale(lowest + edge / unit_hz, observed, "$REFERENCE POINT"))
    if not candidates:
        candidates.append(_reference_from_axis(block, points, observed, unit_hz))
    return candidates


def _reference_from_axis(block: Block, points: TablePoints, observed: float, unit_hz: float) -> ShiftScale:
    """Reference of an axis in Hz where the file states none."""
    highest, lowest = max(points.first, points.last), min(points.first, points.last)
    width = highest - lowest
    carrier = carrier_ppm(block)
    if lowest == 0 and carrier is not None:
        # The zero is only the edge of the axis; its middle is the carrier.
        return ShiftScale(lowest + width / 2 - carrier * observed, observed, "carrier frequency", (), True)
    warning = "states no reference: 0 Hz was taken as 0 ppm; all shifts may be displaced"
    return ShiftScale(0.0, observed, "none: 0 Hz taken as 0 ppm", (warning,) if lowest == 0 else (), lowest == 0)


def zero_frequency(block: Block, frequency: float) -> float:
    """Return the frequency of 0 ppm (MHz): Bruker's ``$SF`` if it is of this nucleus, else the observed one."""
    stated = block.number("$SF")
    return stated if stated and abs(stated / frequency - 1) < 1e-3 else frequency


def _shift_reference(block: Block, points: TablePoints, zero: float) -> ShiftScale | None:
    reference = shift_reference(block)
    count = len(points.values)
    if reference is None or not 0 <= reference[0] <= count:
        return None
    at = max(reference[0], 1.0) - 1.0
    if points.x is not None:
        x = float(np.interp(at, np.arange(count), points.x))
    else:
        x = points.first + (points.last - points.first) * at / (count - 1)
    return ShiftScale(x - reference[1] * zero, zero, ".SHIFT REFERENCE")


def shift_reference(block: Block) -> tuple[float, float] | None:
    """Return the point, counted from 1, and its shift (ppm) of ``.SHIFT REFERENCE``; None for none.

    It is written as ``INTERNAL, solvent, point, ppm``, with or without brackets.
    """
    parts = [part.strip("()<> ") for part in block.words(".SHIFTREFERENCE")]
    try:
        index, shift = float(parts[-2]), float(parts[-1])
    except (IndexError, ValueError):
        return None
    if len(parts) < 3 or not abs(index) < 1e9 or not abs(shift) <= _MAX_SHIFT_PPM:
        return None
    return index, shift


def stated_solvent(block: Block) -> str | None:
    """Return the solvent as the file names it; None for none."""
    for label in (".SOLVENTNAME", "$SOLVENT", "SOLVENT", ".SOLVENT", "SOLVENTNAME"):
        name = block.text(label).strip("<>() ")
        if name and name.lower() not in ("none", "unknown", "undefined", "?", "??", "-"):
            return name[:60]
    return None


def carrier_ppm(block: Block) -> float | None:
    """Return the carrier's shift (ppm), the middle of a FID's spectrum; None where not stated."""
    observed = block.number("$SFO1", ".OBSERVEFREQUENCY")
    for base in (block.number("$SF"), block.number("$BF1")):
        if observed and base and abs(observed / base - 1) < 1e-3:
            return (observed - base) / base * 1e6
    return None

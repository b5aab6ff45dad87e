"""Decide frequency, carrier, width and sense of an nmrML acquisition, from what its quantities and their units say.

Converters write units wrongly: a frequency in MHz as hertz, an offset in Hz as megahertz, the strength
of the magnet in tesla in place of the frequency of 0 ppm. The magnitude of a number tells which unit
it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from specmol_core.spectra.readers.instruments.decay import Sense
from specmol_core.spectra.readers.instruments.nmrml_document import Acquisition, Quantity
from specmol_core.spectra.spectrum import C13_FREQUENCY_RATIO, Nucleus

__all__ = ["AcquisitionFrequencies", "sense_of_origin", "settle_frequencies"]

_MHZ_PER_UNIT = {"Hz": 1e-6, "kHz": 1e-3, "MHz": 1.0, "GHz": 1e3}
_FREQUENCY_RANGE_MHZ = 2.0, 2000.0
_PROTON_MHZ_PER_TESLA = 42.577478461
"""Gyromagnetic ratio of the proton over 2 pi (CODATA 2018)."""
_MAX_TESLA = 35.0
_MAX_CARRIER_PPM = {"1H": 60.0, "13C": 400.0}
"""Largest distance of the middle of a spectrum from 0 ppm; beyond it, the numbers mean something else."""
_MIN_OFFSET_HZ = 10.0
"""Offsets below this are in MHz where the file says so; no offset of a spectrometer is as large as 10 MHz."""
_MAX_CARRIER_DIFFERENCE_PPM = 0.5
_VARIAN = re.compile(r"varian|agilent|vnmr", re.IGNORECASE)
_ORIGINS = (
    (_VARIAN, True),
    (re.compile(r"jeol", re.IGNORECASE), True),
    (re.compile(r"bruker|topspin|xwin|uxnmr", re.IGNORECASE), False),
)
"""Instruments, and whether their FIDs turn clockwise for a line above the carrier; converters keep them as they are."""


@dataclass(frozen=True)
class AcquisitionFrequencies:
    """Frequencies of an acquisition; None where the file does not state them."""

    frequency_mhz: float | None
    """Frequency that converts Hz to ppm."""
    carrier_ppm: float | None
    """Shift of the middle of the spectrum."""
    width_hz: float | None
    warnings: tuple[str, ...]


def sense_of_origin(origin: str) -> tuple[bool, Sense]:
    """Return whether FIDs of an instrument turn clockwise, and how sure that is.

    >>> sense_of_origin("Varian VNMR format, VnmrJ software")
    (True, <Sense.EXPECTED: 'expected'>)
    """
    senses = {clockwise for pattern, clockwise in _ORIGINS if pattern.search(origin)}
    return (senses.pop(), Sense.EXPECTED) if len(senses) == 1 else (False, Sense.UNKNOWN)


def settle_frequencies(acquisition: Acquisition, nucleus: Nucleus, origin: str = "") -> AcquisitionFrequencies:
    """Settle the frequencies of an acquisition.

    The carrier is the transmitter's frequency minus that of 0 ppm. The stated offset takes its place
    where one of both is missing or rounded; in files of Varian instruments, it is a setting of the
    transmitter and not counted from 0 ppm.

    Parameters
    ----------
    origin
        Names of source formats, programs and instruments.
    """
    notes: list[str] = []
    observed = _frequency_mhz(acquisition.irradiation, "irradiation frequency", notes)
    zero = _frequency_mhz(acquisition.field, "effective excitation field", notes)
    if zero is not None and observed is not None and not abs(observed / zero - 1) < 1e-3:
        zero = None  # the field of another nucleus
    frequency = zero or observed or _frequency_of_magnet(acquisition.field, nucleus, notes)
    if frequency is None:
        return AcquisitionFrequencies(None, None, _width_hz(acquisition.width, None), tuple(notes))
    return AcquisitionFrequencies(
        frequency,
        _carrier_ppm(_differences_ppm(acquisition, observed, zero, frequency), origin, nucleus, notes),
        _width_hz(acquisition.width, frequency),
        tuple(notes),
    )


def _frequency_mhz(quantity: Quantity | None, name: str, notes: list[str]) -> float | None:
    """The frequency that a quantity states, in any unit; None for a magnet in tesla, or an impossible number."""
    if quantity is None or quantity.unit == "T" or not quantity.value > 0:
        return None
    low, high = _FREQUENCY_RANGE_MHZ
    stated = quantity.value * _MHZ_PER_UNIT.get(quantity.unit, 1.0)
    if quantity.unit and low <= stated <= high:
        return stated
    if not quantity.unit and quantity.value <= _MAX_TESLA and name.endswith("field"):
        return None
    possible = [value for unit in ("MHz", "Hz") if low <= (value := quantity.value * _MHZ_PER_UNIT[unit]) <= high]
    written = f"its {name} of {quantity.value:g} {quantity.unit or 'without a unit'}"
    if not possible:
        notes.append(f"{written} is impossible and was ignored")
        return None
    if quantity.unit:
        notes.append(f"{written} was taken as {possible[0]:g} MHz")
    return possible[0]


def _frequency_of_magnet(quantity: Quantity | None, nucleus: Nucleus, notes: list[str]) -> float | None:
    """The frequency of a nucleus in a magnet whose strength the file states."""
    if quantity is None or quantity.unit not in ("T", "") or not 0.04 < quantity.value <= _MAX_TESLA:
        return None
    ratio = 1.0 if nucleus == "1H" else C13_FREQUENCY_RATIO
    frequency = quantity.value * _PROTON_MHZ_PER_TESLA * ratio
    notes.append(f"states no frequency: {frequency:.2f} MHz was computed from a magnet of {quantity.value:g} T")
    return frequency


def _differences_ppm(
    acquisition: Acquisition, observed: float | None, zero: float | None, frequency: float
) -> list[float]:
    """The carriers that a file states (ppm): by its frequencies, and by its offset."""
    offset = _offset_ppm(acquisition.offset, frequency)
    difference = None if observed is None or zero is None or observed == zero else (observed - zero) / zero * 1e6
    return [carrier for carrier in (difference, offset) if carrier is not None]


def _carrier_ppm(stated: list[float], origin: str, nucleus: Nucleus, notes: list[str]) -> float | None:
    possible = [carrier for carrier in stated if abs(carrier) <= _MAX_CARRIER_PPM[nucleus]]
    if stated and not possible:
        notes.append("the middle of the spectrum that its frequencies state is impossible and was ignored")
    if (
        len(possible) > 1
        and abs(possible[0] - possible[1]) > _MAX_CARRIER_DIFFERENCE_PPM
        and not _VARIAN.search(origin)
    ):
        notes.append(
            f"states two carriers: {possible[0]:.2f} ppm by its frequencies, which was used, and {possible[1]:.2f} ppm "
            "by its offset"
        )
    return possible[0] if possible else None


def _offset_ppm(quantity: Quantity | None, frequency: float) -> float | None:
    if quantity is None:
        return None
    if quantity.unit == "ppm":
        return quantity.value
    hertz = quantity.value * _MHZ_PER_UNIT.get(quantity.unit, 1e-6) * 1e6
    if quantity.unit in ("MHz", "GHz", "kHz") and abs(quantity.value) >= _MIN_OFFSET_HZ:
        # Converters write megahertz beside a number of hertz.
        hertz = quantity.value
    return hertz / frequency


def _width_hz(quantity: Quantity | None, frequency: float | None) -> float | None:
    if quantity is None or not quantity.value > 0:
        return None
    if quantity.unit == "ppm":
        return None if frequency is None else quantity.value * frequency
    hertz = quantity.value * _MHZ_PER_UNIT.get(quantity.unit, 1e-6) * 1e6
    # A width of more than a megahertz is one in hertz beside another unit.
    return hertz if hertz <= 1e6 else quantity.value

"""Parse the parameters of a JEOL Delta file, with their units."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from specmol_core.spectra.readers.source import RefusedError

__all__ = ["HERTZ", "PPM", "SECOND", "JeolParameters", "parse_jeol_parameters", "prefix_factor"]

_RECORD_BYTES = 64
HERTZ, PPM, SECOND = 13, 26, 28
"""Numbers of units."""
_NO_UNIT = 0
_MAX_EXPONENT = 30


@dataclass(frozen=True)
class JeolParameters:
    """Parameters by their name in lower case."""

    texts: dict[str, str]
    numbers: dict[str, tuple[float, int]]
    """Value in the unit without a prefix, and the number of the unit."""

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        return self.texts.get(name, "")

    @property
    def repetition_s(self) -> float | None:
        """Time from one scan to the next (s); None for a single scan, and where it is unknown."""
        scans = sum(self.numbers.get(name, (0.0, _NO_UNIT))[0] for name in ("scans", "x_prescans"))
        value, unit = self.numbers.get("repetition_time", (math.nan, SECOND))
        return value if scans >= 2 and unit == SECOND and 0 < value < math.inf else None

    def required_number(self, name: str, unit: int, frequency_hz: float = 0.0) -> float:
        """Return a number in a unit; Hz and ppm are converted with a frequency.

        Raises
        ------
        RefusedError
            If the file states no such number, or states it in another unit.
        """
        value, stated = self.numbers.get(name, (math.nan, unit))
        if not math.isfinite(value):
            raise RefusedError(f"the file states no {name}: export it from Delta again")
        if stated in (unit, _NO_UNIT):
            return value
        if frequency_hz > 0 and (stated, unit) == (PPM, HERTZ):
            return value * frequency_hz / 1e6
        if frequency_hz > 0 and (stated, unit) == (HERTZ, PPM):
            return value / frequency_hz * 1e6
        raise RefusedError(f"the file states {name} in an unknown unit: export it from Delta again")


def prefix_factor(byte: int) -> float:
    """Return the factor of a unit's prefix, which the upper half of a byte states in powers of 1/1000.

    >>> prefix_factor(0x01), prefix_factor(0x21), prefix_factor(0xE1)
    (1.0, 1e-06, 1000000.0)
    """
    power = byte >> 4
    return float(10.0 ** (-3 * (power - 16 if power > 7 else power)))


def parse_jeol_parameters(content: bytes, offset: int, order: str) -> JeolParameters:
    """Parse the parameters of a file.

    Parameters
    ----------
    offset
        Where they begin (bytes).
    order
        Byte order: "<" or ">".

    Raises
    ------
    struct.error
        If the file is truncated.
    """
    _, _, highest, _ = struct.unpack_from(order + "4I", content, offset)
    start = offset + 16
    count = min(highest + 1, (len(content) - start) // _RECORD_BYTES)
    texts: dict[str, str] = {}
    numbers: dict[str, tuple[float, int]] = {}
    for at in range(start, start + count * _RECORD_BYTES, _RECORD_BYTES):
        (scaler,) = struct.unpack_from(order + "h", content, at + 4)
        raw = content[at + 16 : at + 32]
        (kind,) = struct.unpack_from(order + "i", content, at + 32)
        name = _decode_text(content[at + 36 : at + 64]).lower()
        if kind == 0:
            texts[name] = _decode_text(raw)
        elif kind in (1, 2):
            (value,) = struct.unpack_from(order + ("i" if kind == 1 else "d"), raw)
            power = 10.0 ** min(max(scaler, -_MAX_EXPONENT), _MAX_EXPONENT)
            numbers[name] = (float(value) * power * prefix_factor(content[at + 6]), content[at + 7])
    return JeolParameters(texts, numbers)


def _decode_text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("latin-1").strip()

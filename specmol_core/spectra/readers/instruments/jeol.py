"""Read JEOL Delta files (``.jdf``): a spectrum, or a FID.

nmrglue reads these number by number and drops the spaces that separate the lengths of the digital
filter. This module therefore reads the layout that nmrglue documents (also that of jeolconverter,
MIT). Like both of them, it takes the second section as minus the imaginary part.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.filter_delay import jeol_delay
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.referencing import MAX_SILENT_MOVE_PPM, reference
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_jeol"]

_MAGIC = b"JEOL.NMR"
_HEADER_BYTES = 1360
_RECORD_BYTES = 64
_REAL_AXIS, _COMPLEX_AXIS = 1, 3
"""Kinds of axis: one section of numbers, or a real and an imaginary one."""
_UNIT_PPM, _UNIT_SECOND = 26, 28
"""Units of an axis."""
_MAX_POINTS = 2**22
_DAMAGED_MESSAGE = "the file is damaged or truncated: export it from Delta again"


@dataclass(frozen=True)
class _Header:
    order: str
    """Byte order of the parameters and the data: "<" or ">"."""
    dimensions: int
    dtype: str
    axis_kind: int
    unit: int
    points: int
    """Points of a section, including padding."""
    first: int
    last: int
    """First and last point that is not padding."""
    start: float
    stop: float
    """Axis at these points (ppm or s)."""
    parameters_offset: int
    data_offset: int


def read_jeol(source: SourceFile, request: Request) -> Spectrum:
    """Read the spectrum of a JDF file, or process its FID.

    Raises
    ------
    SpectrumError
        If it is damaged, has more than one dimension, or shows another nucleus.
    """
    try:
        return _read(source, request)
    except (RefusedError, struct.error) as error:
        reason = _DAMAGED_MESSAGE if isinstance(error, struct.error) else str(error)
        raise SpectrumError(source.path, reason) from error


def _read(source: SourceFile, request: Request) -> Spectrum:
    header = _read_header(source.content)
    if header.dimensions != 1:
        raise RefusedError(f"is a {header.dimensions}D data set: give the 1D {request.nucleus} experiment")
    parameters = _read_parameters(source.content, header)
    require_nucleus(source.path, nucleus_name(str(parameters.get("x_domain", ""))), request)
    values = _read_values(source.content, header)
    sequence = str(parameters.get("experiment", ""))
    signed = request.nucleus == "13C" and is_multiplicity_edited(sequence)
    solvent = str(parameters.get("solvent", "")) or None
    frequency = _required_number(parameters, "x_freq") / 1e6
    if not 1.0 <= frequency <= 2000.0:
        raise RefusedError(
            f"a frequency of {frequency:g} MHz (x_freq) is outside the range of 1H and 13C: export it again"
        )
    notes: tuple[str, ...] = ()
    referencing = "as processed"
    if header.unit == _UNIT_PPM:
        axis, trace = _ppm_trace(header, values.real)
    elif header.axis_kind == _COMPLEX_AXIS:
        delay, notes = jeol_delay(*(str(parameters.get(name, "")) for name in ("digital_filter", "orders", "factors")))
        decay = Decay(
            values,
            _required_number(parameters, "x_sweep"),
            frequency,
            _required_number(parameters, "x_offset"),
            clockwise=True,
            sense=Sense.EXPECTED,
            delay_points=delay,
        )
        processed = process_decay(decay, request, solvent, signed=signed)
        trace, notes = processed.trace, notes + processed.warnings
        axis, referencing = processed.axis, "x_offset of the file"
        moved = reference(axis, trace, request.nucleus, frequency, request.solvent or solvent, referencing)
        if abs(moved[0].high - axis.high) > MAX_SILENT_MOVE_PPM[request.nucleus]:
            # A smaller correction is within the error of the reference by the lock.
            axis, referencing, warnings = moved
            notes += warnings
    else:
        raise RefusedError("the FID has no imaginary part: process it in Delta and export the spectrum")
    signed, sign_notes = read_signs(trace, request.nucleus, sequence)
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=frequency,
        solvent=solvent,
        warnings=(*notes, *sign_notes),
        referencing=referencing,
        signed=signed,
    )


def _read_header(content: bytes) -> _Header:
    """Parse the header, which is always big-endian."""
    if len(content) < _HEADER_BYTES:
        raise RefusedError(_DAMAGED_MESSAGE)
    kinds = struct.unpack_from(">8B", content, 24)
    return _Header(
        order="<" if content[8] == 1 else ">",
        dimensions=sum(kind != 0 for kind in kinds),
        dtype="f4" if content[14] >> 6 == 1 else "f8",
        axis_kind=kinds[0],
        unit=content[33],
        points=struct.unpack_from(">I", content, 176)[0],
        first=struct.unpack_from(">I", content, 208)[0],
        last=struct.unpack_from(">I", content, 240)[0],
        start=struct.unpack_from(">d", content, 272)[0],
        stop=struct.unpack_from(">d", content, 336)[0],
        parameters_offset=struct.unpack_from(">I", content, 1212)[0],
        data_offset=struct.unpack_from(">I", content, 1284)[0],
    )


def _read_parameters(content: bytes, header: _Header) -> dict[str, float | str]:
    """Parameters by their name in lower case; numbers in units without a prefix."""
    _, _, highest, _ = struct.unpack_from(header.order + "4I", content, header.parameters_offset)
    start = header.parameters_offset + 16
    count = min(highest + 1, (len(content) - start) // _RECORD_BYTES)
    values_by_name: dict[str, float | str] = {}
    for at in range(start, start + count * _RECORD_BYTES, _RECORD_BYTES):
        (scaler,) = struct.unpack_from(header.order + "h", content, at + 4)
        raw = content[at + 16 : at + 32]
        (kind,) = struct.unpack_from(header.order + "i", content, at + 32)
        name = _decode_text(content[at + 36 : at + 64]).lower()
        if kind == 0:
            values_by_name[name] = _decode_text(raw)
        elif kind in (1, 2):
            (value,) = struct.unpack_from(header.order + ("i" if kind == 1 else "d"), raw)
            values_by_name[name] = value * 10.0 ** min(max(scaler, -30), 30)
    return values_by_name


def _decode_text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("latin-1").strip()


def _required_number(parameters: dict[str, float | str], name: str) -> float:
    value = parameters.get(name)
    if not isinstance(value, float) or not math.isfinite(value):
        raise RefusedError(f"the file states no {name}: export it from Delta again")
    return value


def _read_values(content: bytes, header: _Header) -> NDArray[np.complex128]:
    """The points without padding, complex (n,); the imaginary part is 0 where there is none."""
    if header.axis_kind not in (_REAL_AXIS, _COMPLEX_AXIS):
        raise RefusedError("its axis is neither real nor complex: export the 1D spectrum from Delta again")
    sections = 2 if header.axis_kind == _COMPLEX_AXIS else 1
    if not (0 < header.points <= _MAX_POINTS and header.first < header.last < header.points):
        raise RefusedError(_DAMAGED_MESSAGE)
    dtype = np.dtype(header.order + header.dtype)
    length = header.points * dtype.itemsize
    if header.data_offset + sections * length > len(content):
        raise RefusedError(_DAMAGED_MESSAGE)
    parts = [np.frombuffer(content, dtype, header.points, header.data_offset + n * length) for n in range(sections)]
    data_parts = [part[header.first : header.last + 1].astype(np.float64) for part in parts]
    values = np.zeros(len(data_parts[0]), dtype=np.complex128)
    values.real = data_parts[0]
    if sections == 2:
        values.imag = data_parts[1]
    if not np.isfinite(values).all():
        raise RefusedError("holds values that are not finite: export it again")
    return values


def _ppm_trace(header: _Header, values: NDArray[np.float64]) -> tuple[PpmAxis, NDArray[np.float32]]:
    largest = float(np.abs(values).max())
    if not (
        math.isfinite(header.start) and math.isfinite(header.stop) and 0 < abs(header.start - header.stop) < 5000.0
    ):
        raise RefusedError("its ppm axis is invalid: export it again")
    if not (largest > 0 and np.ptp(values) > 0):
        raise RefusedError("holds no signal: export it again")
    step = abs(header.start - header.stop) / (len(values) - 1)
    high = max(header.start, header.stop) + step / 2
    trace = values if header.start > header.stop else values[::-1]
    return PpmAxis(high, high - step * len(values), len(values)), (trace / largest).astype(np.float32)


def _matches(head: bytes, path: Path) -> bool:
    return head.startswith(_MAGIC)


READER = Reader("a JEOL .jdf file", _matches, read_jeol)

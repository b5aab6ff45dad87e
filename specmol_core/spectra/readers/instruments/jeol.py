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
from specmol_core.spectra.readers.instruments.jeol_parameters import (
    HERTZ,
    PPM,
    SECOND,
    JeolParameters,
    parse_jeol_parameters,
    prefix_factor,
)
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.referencing import MAX_SILENT_MOVE_PPM, reference
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_jeol"]

_MAGIC = b"JEOL.NMR"
_HEADER_BYTES = 1360
_REAL_AXIS, _COMPLEX_AXIS = 1, 3
"""Kinds of axis: one section of numbers, or a real and an imaginary one."""
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
    """Number of the unit of the axis."""
    unit_factor: float
    """Factor of its prefix."""
    points: int
    """Points of a section, including padding."""
    first: int
    last: int
    """First and last point that is not padding."""
    start: float
    stop: float
    """Axis at these points, in its unit."""
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
    parameters = parse_jeol_parameters(source.content, header.parameters_offset, header.order)
    require_nucleus(source.path, nucleus_name(parameters.text("x_domain")), request)
    values = _read_values(source.content, header)
    frequency = parameters.required_number("x_freq", HERTZ) / 1e6
    if not 1.0 <= frequency <= 2000.0:
        raise RefusedError(
            f"a frequency of {frequency:g} MHz (x_freq) is outside the range of 1H and 13C: export it again"
        )
    if header.unit == SECOND:
        axis, trace, referencing, notes = _process_fid(header, parameters, values, frequency, request)
    else:
        axis, trace = _processed_trace(header, values.real, frequency)
        referencing, notes = "as processed", ()
    signed, sign_notes = read_signs(trace, request.nucleus, parameters.text("experiment"))
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=frequency,
        solvent=parameters.text("solvent") or None,
        warnings=(*notes, *sign_notes),
        referencing=referencing,
        signed=signed,
    )


def _process_fid(
    header: _Header, parameters: JeolParameters, values: NDArray[np.complex128], frequency: float, request: Request
) -> tuple[PpmAxis, NDArray[np.float32], str, tuple[str, ...]]:
    """Axis, intensities (axis.points,), referencing and warnings of a FID."""
    if header.axis_kind != _COMPLEX_AXIS:
        raise RefusedError("the FID has no imaginary part: process it in Delta and export the spectrum")
    delay, notes = jeol_delay(*(parameters.text(name) for name in ("digital_filter", "orders", "factors")))
    decay = Decay(
        values,
        parameters.required_number("x_sweep", HERTZ, frequency * 1e6),
        frequency,
        parameters.required_number("x_offset", PPM, frequency * 1e6),
        clockwise=True,
        sense=Sense.EXPECTED,
        delay_points=delay,
    )
    solvent = request.solvent or parameters.text("solvent") or None
    signed = may_be_signed(request.nucleus, parameters.text("experiment"))
    processed = process_decay(decay, request, solvent, signed=signed)
    axis, referencing, notes = processed.axis, "x_offset of the file", notes + processed.warnings
    moved, reason, warnings = reference(axis, processed.trace, request.nucleus, frequency, solvent, referencing)
    if abs(moved.high - axis.high) > MAX_SILENT_MOVE_PPM[request.nucleus]:
        # A smaller correction is within the error of the reference by the lock.
        axis, referencing, notes = moved, reason, notes + warnings
    return axis, processed.trace, referencing, notes


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
        unit_factor=prefix_factor(content[32]),
        points=struct.unpack_from(">I", content, 176)[0],
        first=struct.unpack_from(">I", content, 208)[0],
        last=struct.unpack_from(">I", content, 240)[0],
        start=struct.unpack_from(">d", content, 272)[0],
        stop=struct.unpack_from(">d", content, 336)[0],
        parameters_offset=struct.unpack_from(">I", content, 1212)[0],
        data_offset=struct.unpack_from(">I", content, 1284)[0],
    )


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


def _processed_trace(
    header: _Header, values: NDArray[np.float64], frequency: float
) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Axis and intensities (axis.points,) of a spectrum on an axis in ppm or Hz."""
    if header.unit not in (PPM, HERTZ):
        raise RefusedError("its axis is not in ppm, Hz or seconds: export the 1D spectrum from Delta again")
    largest = float(np.abs(values).max())
    scale = header.unit_factor / (frequency if header.unit == HERTZ else 1.0)
    start, stop = header.start * scale, header.stop * scale
    if not (math.isfinite(start) and math.isfinite(stop) and 0 < abs(start - stop) < 5000.0):
        raise RefusedError("its ppm axis is invalid: export it again")
    if not (largest > 0 and np.ptp(values) > 0):
        raise RefusedError("holds no signal: export it again")
    step = abs(start - stop) / (len(values) - 1)
    high = max(start, stop) + step / 2
    trace = values if start > stop else values[::-1]
    return PpmAxis(high, high - step * len(values), len(values)), (trace / largest).astype(np.float32)


def _matches(head: bytes, path: Path) -> bool:
    return head.startswith(_MAGIC)


READER = Reader("a JEOL .jdf file", _matches, read_jeol)

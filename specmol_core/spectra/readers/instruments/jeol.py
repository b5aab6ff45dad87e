"""Read JEOL Delta files (``.jdf``): a spectrum, or a FID.

nmrglue reads these number by number and drops the spaces that separate the lengths of the digital
filter. This module therefore reads the layout that nmrglue documents (also that of jeolconverter,
MIT). Like both of them, it takes the second section as minus the imaginary part.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.array_rows import ROW, row_part
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.filter_delay import jeol_delay
from specmol_core.spectra.readers.instruments.jeol_data import (
    COMPLEX_AXIS,
    DAMAGED_MESSAGE,
    JeolHeader,
    is_array_of_spectra,
    read_header,
    read_row,
    read_values,
    row_table,
)
from specmol_core.spectra.readers.instruments.jeol_parameters import (
    HERTZ,
    PPM,
    SECOND,
    JeolParameters,
    parse_jeol_parameters,
)
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.referencing import MAX_SILENT_MOVE_PPM, reference
from specmol_core.spectra.readers.source import (
    EXPERIMENT_SEPARATOR,
    Reader,
    RefusedError,
    Request,
    RowTable,
    SourceFile,
    require_nucleus,
)
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["READER", "read_jeol"]

_MAGIC = b"JEOL.NMR"


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
        reason = DAMAGED_MESSAGE if isinstance(error, struct.error) else str(error)
        raise SpectrumError(source.path, reason) from error


def _read(source: SourceFile, request: Request) -> Spectrum:
    header = read_header(source.content)
    parameters = parse_jeol_parameters(source.content, header.parameters_offset, header.order)
    row = _row(source, header, parameters, request)
    require_nucleus(source.path, nucleus_name(parameters.text("x_domain")), request)
    values = read_values(source.content, header) if row is None else read_row(source.content, header, row - 1)
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
        repetition_s=parameters.repetition_s,
    )


def _row(source: SourceFile, header: JeolHeader, parameters: JeolParameters, request: Request) -> int | None:
    """The row of an array that the user names, from 1; None for a file of one spectrum."""
    if header.dimensions == 1:
        return None
    is_array, row = is_array_of_spectra(header, parameters), row_part(source.experiment)[1]
    if is_array and row is None:
        raise RefusedError(
            f"is an array of {header.rows} spectra: name a row, as {source.file}{EXPERIMENT_SEPARATOR}{ROW}/1; "
            "specmol monitor reads all"
        )
    if not is_array:
        raise RefusedError(f"is a {header.dimensions}D data set: give the 1D {request.nucleus} experiment")
    return row


def _rows(source: SourceFile, nucleus: Nucleus) -> RowTable | None:
    """Return the rows of an arrayed file; None if it holds one spectrum."""
    try:
        header = read_header(source.content)
        parameters = parse_jeol_parameters(source.content, header.parameters_offset, header.order)
        return row_table(header, parameters) if is_array_of_spectra(header, parameters) else None
    except (RefusedError, struct.error):
        return None  # reading it gives the reason


def _process_fid(
    header: JeolHeader, parameters: JeolParameters, values: NDArray[np.complex128], frequency: float, request: Request
) -> tuple[PpmAxis, NDArray[np.float32], str, tuple[str, ...]]:
    """Axis, intensities (axis.points,), referencing and warnings of a FID."""
    if header.axis_kind != COMPLEX_AXIS:
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


def _processed_trace(
    header: JeolHeader, values: NDArray[np.float64], frequency: float
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


READER = Reader("a JEOL .jdf file", _matches, read_jeol, _rows)

"""Read a spectrum from nmrML, the XML format of http://nmrml.org.

nmrglue reads nmrML too, but it needs another package, does not limit the size of unpacked arrays,
and drops the axis.
"""

from __future__ import annotations

import binascii
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.grid import MAX_POINTS, even_trace, uneven_trace
from specmol_core.spectra.readers.instruments.fid import process_fid
from specmol_core.spectra.readers.instruments.nmrml_document import (
    Acquisition,
    EncodedArray,
    NmrmlDocument,
    StoredTrace,
    parse_document,
)
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.source import (
    EXPERIMENT_SEPARATOR,
    Reader,
    RefusedError,
    Request,
    SourceFile,
    require_nucleus,
)
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_nmrml"]

_DTYPES = {
    "float32": "<f4",
    "float64": "<f8",
    "double": "<f8",
    "complex64": "<c8",
    "complex128": "<c16",
    "int32": "<i4",
    "integer32": "<i4",
    "int64": "<i8",
    "integer64": "<i8",
    "class java.lang.integer": "<i4",
    "complex64int": "<i4",
}
_MAX_UNPACKED = 16 * MAX_POINTS
"""Largest array after unpacking (bytes): the most points of the widest number type."""
_ROOT = re.compile(rb"<(?:[A-Za-z0-9_.-]+:)?nmrML[\s>]")


def read_nmrml(source: SourceFile, request: Request) -> Spectrum:
    """Read the spectrum of an nmrML file; without one, process its free induction decay.

    Raises
    ------
    SpectrumError
        If the file is damaged, declares entities, unpacks to too much, holds 2D data or another
        nucleus, or holds several spectra of the nucleus and the path names none.
    """
    try:
        return _read(source, request)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error
    except ValueError as error:
        raise SpectrumError(source.path, f"{error}: export the spectrum again") from error


def _read(source: SourceFile, request: Request) -> Spectrum:
    document = parse_document(source.content)
    acquisition, trace = _choose_acquisition(document, source, request)
    notes: tuple[str, ...] = ()
    if not nucleus_name(acquisition.nucleus):
        notes = (f"names no nucleus: {request.nucleus} was assumed",)
    if trace is not None:
        axis, intensities, referencing = _read_trace(trace, acquisition)
    else:
        axis, intensities, referencing, more = _process_decay(acquisition, request)
        notes += more
    if request.window is not None:
        axis, referencing = PpmAxis(*request.window, axis.points), "range given"
    return Spectrum(
        request.nucleus,
        axis,
        intensities,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=acquisition.frequency_mhz,
        solvent=document.solvent or None,
        warnings=notes,
        referencing=referencing,
    )


def _choose_acquisition(
    document: NmrmlDocument, source: SourceFile, request: Request
) -> tuple[Acquisition, StoredTrace | None]:
    """The acquisition of the requested nucleus, and its spectrum if it has one."""
    acquisitions = document.acquisitions or (Acquisition(),)
    pairs: list[tuple[Acquisition, StoredTrace | None]] = [
        (acquisitions[min(i, len(acquisitions) - 1)], trace) for i, trace in enumerate(document.traces)
    ]
    pairs = pairs or [(acquisition, None) for acquisition in acquisitions if acquisition.decay is not None]
    if not pairs:
        content_held = "a 2D data set" if document.multidimensional else "no spectrum and no free induction decay"
        raise RefusedError(f"holds {content_held}: give a one-dimensional spectrum with its data")
    if source.experiment:
        names = [trace.name if trace else "" for _, trace in pairs]
        chosen = [p for i, p in enumerate(pairs) if source.experiment in (str(i + 1), names[i])]
        if not chosen:
            raise RefusedError(f"holds no experiment {source.experiment[:40]!r}; its spectra are 1 to {len(pairs)}")
        require_nucleus(source.path, nucleus_name(chosen[0][0].nucleus), request)
        return chosen[0]
    candidates = [pair for pair in pairs if nucleus_name(pair[0].nucleus) in (request.nucleus, "")]
    if not candidates:
        require_nucleus(source.path, nucleus_name(pairs[0][0].nucleus), request)
    if len(candidates) > 1:
        raise RefusedError(
            f"holds {len(candidates)} {request.nucleus} spectra; name one by its number, as "
            f"{source.file}{EXPERIMENT_SEPARATOR}"
            f"{pairs.index(candidates[0]) + 1}"
        )
    return candidates[0]


def _read_trace(trace: StoredTrace, acquisition: Acquisition) -> tuple[PpmAxis, NDArray[np.float32], str]:
    if trace.values is None:
        raise RefusedError("its spectrum has no data (spectrumDataArray): export it again")
    values = _unpack(trace.values).real.astype(np.float64)
    x = None if trace.x is None else _unpack(trace.x).real.astype(np.float64)
    if x is None and trace.points and len(values) == 2 * trace.points and _is_sorted(values[::2]):
        x, values = values[::2], values[1::2]
    if trace.points and trace.points != len(values):
        raise RefusedError(f"declares {trace.points} points but holds {len(values)}: it is truncated, export it again")
    in_hz = trace.unit.lower() in ("hertz", "hz")
    if in_hz and not acquisition.frequency_mhz:
        raise RefusedError("its axis is in Hz and no frequency is stated: export it in ppm")
    scale = acquisition.frequency_mhz if in_hz and acquisition.frequency_mhz else 1.0
    referencing = "Hz axis of the file, 0 Hz taken as 0 ppm" if in_hz else "ppm axis of the file"
    if x is not None:
        if len(x) != len(values):
            raise RefusedError(f"has {len(x)} shifts for {len(values)} intensities: export the spectrum again")
        return *uneven_trace(x / scale, values), referencing
    if trace.first is None or trace.last is None:
        raise RefusedError("does not state the range that it spans (xAxis startValue, endValue): export it again")
    return *even_trace(trace.first / scale, trace.last / scale, values), referencing


def _is_sorted(x: NDArray[np.float64]) -> bool:
    steps = np.diff(x)
    return bool((steps > 0).all() or (steps < 0).all())


def _process_decay(
    acquisition: Acquisition, request: Request
) -> tuple[PpmAxis, NDArray[np.float32], str, tuple[str, ...]]:
    assert acquisition.decay is not None
    frequency, width = acquisition.frequency_mhz, acquisition.width_hz
    if not frequency or not width:
        raise RefusedError("its decay states no frequency or spectral width: export the spectrum instead")
    values = _unpack(acquisition.decay)
    if not np.iscomplexobj(values):
        if len(values) % 2:
            raise RefusedError("its decay has an odd number of values, so it is not complex: give the spectrum")
        values = values[::2].astype(np.float64) + 1j * values[1::2].astype(np.float64)
    if not np.isfinite(values).all():
        raise RefusedError("its decay holds values that are not finite: export it again")
    notes: tuple[str, ...] = ()
    if acquisition.carrier_hz is None:
        carrier, referencing = sum(request.default_window) / 2, "none: middle of the usual range"
        notes = (f"its decay states no reference: its middle was taken as {carrier:.1f} ppm; shifts may be displaced",)
    else:
        carrier, referencing = acquisition.carrier_hz / frequency, "carrier frequency"
    axis, trace, warnings = process_fid(
        values.astype(np.complex128), width, carrier, frequency, request.nucleus, acquisition.group_delay
    )
    return axis, trace, referencing, notes + tuple(warnings)


def _unpack(array: EncodedArray) -> NDArray[np.generic]:
    """Decode the numbers (n,) of an array in base64, compressed or not."""
    try:
        content = binascii.a2b_base64(b"".join(array.text.split()), strict_mode=True)
    except binascii.Error as error:
        raise RefusedError(f"an array is not valid base64 ({error}): the file is damaged, export it again") from None
    if array.compressed:
        unpacker = zlib.decompressobj(wbits=47)  # zlib or gzip, recognised by the header
        try:
            content = unpacker.decompress(content, _MAX_UNPACKED + 1)
        except zlib.error as error:
            raise RefusedError(f"an array cannot be unpacked ({error}): the file is damaged, export it again") from None
        if len(content) > _MAX_UNPACKED:
            raise RefusedError(f"an array unpacks to more than {_MAX_UNPACKED // 1024**2} MB: it is not a spectrum")
        if not unpacker.eof:
            raise RefusedError("an array is truncated: export the file again")
    format_name = array.byte_format.lower() or "float64"
    if format_name not in _DTYPES:
        raise RefusedError(f"an array is of the unknown format {array.byte_format[:40]!r}: export it as float64")
    dtype = np.dtype(_DTYPES[format_name])
    if not content or len(content) % dtype.itemsize:
        raise RefusedError(
            f"an array of {len(content)} bytes does not fit the format {format_name}: the file is truncated"
        )
    if len(content) // dtype.itemsize > 2 * MAX_POINTS:
        raise RefusedError(f"an array holds more than {2 * MAX_POINTS} numbers: it is not a spectrum")
    return np.frombuffer(content, dtype=dtype)


def _matches(head: bytes, path: Path) -> bool:
    return _ROOT.search(head) is not None


READER = Reader(accepts="an nmrML file", matches=_matches, read=read_nmrml)

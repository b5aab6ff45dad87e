"""Read a spectrum from nmrML, the XML format of http://nmrml.org.

nmrglue reads nmrML too, but it needs another package, does not limit the size of unpacked arrays,
and drops the axis.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.grid import even_trace, uneven_trace
from specmol_core.spectra.readers.instruments.decay import Decay, process_decay
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nmrml_arrays import complex_points, unpack_array
from specmol_core.spectra.readers.instruments.nmrml_document import (
    Acquisition,
    NmrmlDocument,
    StoredTrace,
    parse_document,
)
from specmol_core.spectra.readers.instruments.nmrml_frequencies import (
    AcquisitionFrequencies,
    sense_of_origin,
    settle_frequencies,
)
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.referencing import reference
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

_MIN_PAIRS = 16
"""Fewest points of a spectrum whose shifts are told by their steady rise or fall."""
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
    frequencies = settle_frequencies(acquisition, request.nucleus, document.origin)
    notes = frequencies.warnings
    if not nucleus_name(acquisition.nucleus):
        notes += (f"names no nucleus: {request.nucleus} was assumed",)
    axis_is_guessed = False
    if trace is not None:
        axis, intensities, referencing = _read_trace(trace, frequencies.frequency_mhz)
    else:
        axis, intensities, referencing, more = _process_decay(document, acquisition, frequencies, request)
        axis_is_guessed = frequencies.carrier_ppm is None and request.window is None
        notes += more
    signed, sign_notes = read_signs(intensities, request.nucleus, acquisition.pulse_sequence)
    if request.window is not None:
        axis, referencing = PpmAxis(*request.window, axis.points), "range given"
    return Spectrum(
        request.nucleus,
        axis,
        intensities,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=frequencies.frequency_mhz,
        solvent=document.solvent or None,
        warnings=notes + sign_notes,
        referencing=referencing,
        signed=signed,
        axis_is_guessed=axis_is_guessed,
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


def _read_trace(trace: StoredTrace, frequency: float | None) -> tuple[PpmAxis, NDArray[np.float32], str]:
    if trace.values is None:
        raise RefusedError("its spectrum has no data (spectrumDataArray): export it again")
    x, values = _split_pairs(unpack_array(trace.values))
    if trace.x is not None:
        x = unpack_array(trace.x).real.astype(np.float64)
    if trace.points and trace.points != len(values):
        raise RefusedError(f"declares {trace.points} points but holds {len(values)}: it is truncated, export it again")
    in_hz = trace.unit == "Hz"
    if in_hz and frequency is None:
        raise RefusedError("its axis is in Hz and no frequency is stated: export it in ppm")
    scale = frequency if in_hz and frequency is not None else 1.0
    referencing = "Hz axis of the file, 0 Hz taken as 0 ppm" if in_hz else "ppm axis of the file"
    if x is not None:
        if len(x) != len(values):
            raise RefusedError(f"has {len(x)} shifts for {len(values)} intensities: export the spectrum again")
        return *uneven_trace(x / scale, values), referencing
    if trace.first is None or trace.last is None:
        raise RefusedError("does not state the range that it spans (xAxis startValue, endValue): export it again")
    return *even_trace(trace.first / scale, trace.last / scale, values), referencing


def _split_pairs(values: NDArray[np.generic]) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    """Shifts (n,), None where there are none, and intensities (n,) of an array.

    Converters write shift and intensity in turn, or as real and imaginary part of complex numbers.
    Shifts rise or fall steadily, which the noise of no spectrum does.
    """
    if np.iscomplexobj(values):
        first, second = values.real.astype(np.float64), values.imag.astype(np.float64)
        return (first, second) if _is_sorted(first) else (None, first)
    numbers = values.astype(np.float64)
    is_paired = len(numbers) % 2 == 0 and _is_sorted(numbers[::2]) and not _is_sorted(numbers)
    return (numbers[::2], numbers[1::2]) if is_paired else (None, numbers)


def _is_sorted(x: NDArray[np.float64]) -> bool:
    steps = np.diff(x)
    return len(x) >= _MIN_PAIRS and bool((steps > 0).all() or (steps < 0).all())


def _process_decay(
    document: NmrmlDocument, acquisition: Acquisition, frequencies: AcquisitionFrequencies, request: Request
) -> tuple[PpmAxis, NDArray[np.float32], str, tuple[str, ...]]:
    assert acquisition.decay is not None
    frequency, width = frequencies.frequency_mhz, frequencies.width_hz
    if not frequency or not width:
        raise RefusedError("its decay states no frequency or spectral width: export the spectrum instead")
    clockwise, sense = sense_of_origin(document.origin)
    decay = Decay(
        complex_points(acquisition.decay), width, frequency, frequencies.carrier_ppm, clockwise, sense,
        acquisition.group_delay,
    )  # fmt: skip
    signed = may_be_signed(request.nucleus, acquisition.pulse_sequence)
    solvent = document.solvent or None
    processed = process_decay(decay, request, solvent, signed=signed)
    if frequencies.carrier_ppm is None:
        return processed.axis, processed.trace, "none: middle of the usual range", processed.warnings
    axis, referencing, moves = reference(
        processed.axis, processed.trace, request.nucleus, frequency, request.solvent or solvent, "carrier frequency"
    )
    return axis, processed.trace, referencing, processed.warnings + moves


def _matches(head: bytes, path: Path) -> bool:
    return _ROOT.search(head) is not None


READER = Reader(accepts="an nmrML file", matches=_matches, read=read_nmrml)

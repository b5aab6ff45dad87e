"""Read Magritek Spinsolve folders: ``acqu.par``, and a spectrum, a FID or an array of FIDs; or a ``.1d`` file alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.array_rows import CORRELATED, row_part
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.magritek_data import (
    ARRAY_FILE,
    decode_numbers,
    holds_array,
    is_data_file,
    magritek_rows,
    read_array_row,
)
from specmol_core.spectra.readers.instruments.magritek_parameters import MagritekParameters, read_magritek_parameters
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.phasing import autophase
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, RowTable, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT", "READER", "read_magritek_file"]

_PROCESSED_FILE, _UNPHASED_FILE = "spectrum_processed.1d", "spectrum.1d"
_FID_FILES = ("data.1d", "fid.1d")
_FILES = (_PROCESSED_FILE, *_FID_FILES, _UNPHASED_FILE)
"""Best first: a FID is phased here, which a transformed spectrum may not be."""


def _describe(tree: FileTree) -> ExperimentDescription:
    parameters = read_magritek_parameters(tree)
    has_1d_data = any(name in tree for name in _FILES)
    has_2d_data = any(name.endswith(".2d") for name in tree.sizes) and not has_1d_data
    is_array = has_2d_data and holds_array(tree) and not CORRELATED.search(parameters.sequence)
    return ExperimentDescription(parameters.nucleus, 2 if has_2d_data else 1, parameters.sequence, is_array=is_array)


def _rows(tree: FileTree) -> RowTable | None:
    return magritek_rows(tree, read_magritek_parameters(tree)) if _describe(tree).is_array else None


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    parameters = read_magritek_parameters(tree)
    rest, row = row_part(part)
    if row is not None:
        if rest not in ("", ARRAY_FILE) or not _describe(tree).is_array:
            raise RefusedError(f"holds no array of spectra, so there is no {part}: name the experiment alone")
        return _of_fid(None, read_array_row(tree, row), parameters, request)
    names = (part,) if part else _FILES
    name = next((name for name in names if name in tree), None)
    if name is None:
        raise RefusedError(f"holds none of {', '.join(names)}: copy the whole folder of the experiment")
    scale, values = decode_numbers(tree.read(name), name)
    if scale is None or _is_fid(scale):
        return _of_fid(scale, values, parameters, request)
    frequency = parameters.frequency_mhz
    scale = scale / _units_per_ppm(scale, parameters, frequency)
    axis, trace = _spectrum_trace(scale, values, name, signed=may_be_signed(request.nucleus, parameters.sequence))
    return _spectrum(axis, trace, parameters, request, referencing="as processed")


def _of_fid(
    scale: NDArray[np.float64] | None,
    fid: NDArray[np.complex128],
    parameters: MagritekParameters,
    request: Request,
) -> Spectrum:
    """Return the spectrum of a FID (n,); its times (n,) in ms tell its width if ``bandwidth`` is missing."""
    frequency, bandwidth = parameters.frequency_mhz, parameters.number("bandwidth")
    if bandwidth:
        width = 1000.0 * bandwidth
    elif scale is not None:
        width = 1000.0 * (len(scale) - 1) / float(scale[-1] - scale[0])
    else:
        width = 1000.0 * parameters.required_number("bandwidth")
    lowest = parameters.number("lowestFrequency")
    middle = None if lowest is None else (lowest + width / 2) / frequency
    decay = Decay(fid, width, frequency, middle, clockwise=True, sense=Sense.EXPECTED)
    signed = may_be_signed(request.nucleus, parameters.sequence)
    processed = process_decay(decay, request, parameters.text("Solvent") or None, signed=signed)
    referencing = "none: middle of the usual range" if middle is None else "lowestFrequency of acqu.par"
    spectrum = _spectrum(processed.axis, processed.trace, parameters, request, referencing=referencing)
    return replace(spectrum, warnings=(*processed.warnings, *spectrum.warnings), axis_is_guessed=middle is None)


def _spectrum(
    axis: PpmAxis, trace: NDArray[np.float32], parameters: MagritekParameters, request: Request, *, referencing: str
) -> Spectrum:
    signed, sign_notes = read_signs(trace, request.nucleus, parameters.sequence)
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        frequency_mhz=parameters.frequency_mhz,
        solvent=parameters.text("Solvent") or None,
        warnings=sign_notes,
        referencing=referencing,
        signed=signed,
        repetition_s=parameters.repetition_s,
    )


def _is_fid(scale: NDArray[np.float64]) -> bool:
    """Whether an axis (n,) is one of time: it begins at 0, where no ppm axis does."""
    return bool(abs(scale[0]) < abs(scale[1] - scale[0]) and scale[-1] > scale[0])


def _units_per_ppm(scale: NDArray[np.float64], parameters: MagritekParameters, frequency: float) -> float:
    """Units of an axis (n,) per ppm: 1, or those of Hz or kHz, if the width of the axis is the bandwidth in them."""
    bandwidth_khz = parameters.number("bandwidth")
    if bandwidth_khz is None:
        return 1.0
    span = abs(float(scale[-1] - scale[0]))
    units = {
        1.0: bandwidth_khz * 1000.0 / frequency,
        frequency: bandwidth_khz * 1000.0,
        frequency / 1000.0: bandwidth_khz,
    }
    fitting = [per_ppm for per_ppm, width in units.items() if 0.9 * width < span < 1.1 * width]
    return fitting[0] if fitting else 1.0


def _spectrum_trace(
    scale: NDArray[np.float64], values: NDArray[np.complex128], name: str, *, signed: bool | None
) -> tuple[PpmAxis, NDArray[np.float32]]:
    """Axis and trace of a spectrum (n,) on a ppm axis (n,); the transformed one is phased here."""
    if name.rpartition("/")[2] == _UNPHASED_FILE and np.abs(values.imag).max() > 0:
        values = autophase(values, signed).apply(values)
    steps = np.diff(scale)
    step = float(np.median(steps))
    span = abs(step) * len(scale)
    if not (step != 0 and np.abs(steps - step).max() < 0.5 * abs(step) and span < 2000.0):
        raise RefusedError(f"{name}: its axis is not an even ppm axis; export it again")
    trace = values.real if step < 0 else values.real[::-1]
    largest = float(np.abs(trace).max())
    if not largest > 0:
        raise RefusedError(f"{name} holds no signal: export it again")
    high = float(max(scale[0], scale[-1])) + abs(step) / 2
    return PpmAxis(high, high - span, len(scale)), (trace / largest).astype(np.float32)


def read_magritek_file(source: SourceFile, request: Request) -> Spectrum:
    """Read a spectrum in a ``.1d`` file without its folder, which would state nucleus and frequency.

    Raises
    ------
    SpectrumError
        If it is damaged, or a FID.
    """
    try:
        scale, values = decode_numbers(source.content, source.path.name)
        if scale is None or _is_fid(scale):
            raise RefusedError("is a FID without acqu.par, which states its frequencies: give the folder")
        axis, trace = _spectrum_trace(scale, values, source.path.name, signed=request.nucleus == "13C")
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error
    signed, sign_notes = read_signs(trace, request.nucleus)
    note = f"names no nucleus and no frequency, because acqu.par is missing beside it: {request.nucleus} was assumed"
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        source=str(source.path),
        sha256=source.sha256,
        warnings=(note, *sign_notes),
        referencing="as processed",
        signed=signed,
    )


def _matches_file(head: bytes, path: Path) -> bool:
    return is_data_file(head)


READER = Reader("a Magritek .1d file", _matches_file, read_magritek_file)


def _matches(names: frozenset[str]) -> bool:
    return "acqu.par" in names and any(name.endswith((".1d", ".2d")) for name in names)


FORMAT = FolderFormat("Magritek", _matches, _describe, _read, _rows)

"""Read Magritek Spinsolve folders: ``acqu.par``, and ``spectrum_processed.1d`` or ``data.1d``; or a ``.1d`` file alone.

nmrglue documents the layout of the files.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.phasing import autophase
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT", "READER", "read_magritek_file"]

_TEXT_LIMIT = 1024**2
_HEADER_BYTES = 32
"""Bytes before the numbers: owner, format, version, type and four sizes (4 bytes each, little-endian)."""
_MAGIC = b"ATAD"
"""Bytes 4 to 8 of each file: DATA, written as a little-endian number."""
_PROCESSED_FILE, _UNPHASED_FILE = "spectrum_processed.1d", "spectrum.1d"
_FID_FILES = ("data.1d", "fid.1d")
_FILES = (_PROCESSED_FILE, *_FID_FILES, _UNPHASED_FILE)
"""Best first: a FID is phased here, which a transformed spectrum may not be."""
_SEQUENCE_NAMES = ("expName", "experiment", "Protocol")


def _read_parameters(tree: FileTree) -> dict[str, str]:
    """The lines ``name = value`` of ``acqu.par``, texts without their quotes."""
    text = tree.read("acqu.par", _TEXT_LIMIT).decode("utf-8", errors="replace")
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, value in pairs}


def _number(parameters: dict[str, str], name: str) -> float | None:
    """A number; None where it is missing or not finite."""
    try:
        value = float(parameters[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _required_number(parameters: dict[str, str], name: str) -> float:
    value = _number(parameters, name)
    if value is None:
        raise RefusedError(f"acqu.par states no {name}: copy the whole folder of the experiment")
    return value


def _describe(tree: FileTree) -> ExperimentDescription:
    parameters = _read_parameters(tree)
    has_1d_data = any(name in tree for name in _FILES)
    has_2d_data = any(name.endswith(".2d") for name in tree.sizes) and not has_1d_data
    return ExperimentDescription(
        nucleus_name(parameters.get("rxChannel", "")), 2 if has_2d_data else 1, _sequence(parameters)
    )


def _sequence(parameters: dict[str, str]) -> str:
    """Names of the experiment; empty where none is stated."""
    return " ".join(dict.fromkeys(filter(None, (parameters.get(name, "") for name in _SEQUENCE_NAMES))))


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    parameters = _read_parameters(tree)
    names = (part,) if part else _FILES
    name = next((name for name in names if name in tree), None)
    if name is None:
        raise RefusedError(f"holds none of {', '.join(names)}: copy the whole folder of the experiment")
    frequency = _required_number(parameters, "b1Freq")
    if not 1.0 <= frequency <= 2000.0:
        raise RefusedError(
            f"a frequency of {frequency:g} MHz (b1Freq) is outside the range of 1H and 13C: check acqu.par"
        )
    scale, values = _decode_numbers(tree.read(name), name)
    solvent, sequence = parameters.get("Solvent") or None, _sequence(parameters)
    signed = may_be_signed(request.nucleus, sequence)
    notes: tuple[str, ...] = ()
    axis_is_guessed = False
    if _is_fid(scale):
        decay = _decay(scale, values, parameters, frequency)
        axis_is_guessed = decay.carrier_ppm is None
        processed = process_decay(decay, request, solvent, signed=signed)
        axis, trace, notes = processed.axis, processed.trace, processed.warnings
        referencing = "none: middle of the usual range" if axis_is_guessed else "lowestFrequency of acqu.par"
    else:
        scale = scale / _units_per_ppm(scale, parameters, frequency)
        axis, trace = _spectrum_trace(scale, values, name, signed=signed)
        referencing = "as processed"
    signed, sign_notes = read_signs(trace, request.nucleus, sequence)
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        frequency_mhz=frequency,
        solvent=solvent,
        warnings=(*notes, *sign_notes),
        referencing=referencing,
        signed=signed,
        axis_is_guessed=axis_is_guessed,
    )


def _decay(
    scale: NDArray[np.float64], values: NDArray[np.complex128], parameters: dict[str, str], frequency: float
) -> Decay:
    """A FID; its times (n,) in ms tell its width if ``bandwidth`` is missing."""
    bandwidth = _number(parameters, "bandwidth")
    width = 1000.0 * bandwidth if bandwidth else 1000.0 * (len(scale) - 1) / float(scale[-1] - scale[0])
    lowest = _number(parameters, "lowestFrequency")
    middle = None if lowest is None else (lowest + width / 2) / frequency
    return Decay(values, width, frequency, middle, clockwise=True, sense=Sense.EXPECTED)


def _decode_numbers(content: bytes, name: str) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Axis (n,) and complex points (n,) of a ``.1d`` file: n numbers, then n pairs, as nmrglue reads it."""
    points = int.from_bytes(content[16:20], "little") if len(content) >= _HEADER_BYTES else 0
    if len(content) < _HEADER_BYTES + 12 * points or points < 2:
        raise RefusedError(f"{name} is truncated or not a .1d file: copy it again")
    values = np.frombuffer(content[_HEADER_BYTES : _HEADER_BYTES + 12 * points], "<f4").astype(np.float64)
    if not np.isfinite(values).all():
        raise RefusedError(f"{name} holds values that are not finite: export it again")
    return values[:points], values[points::2] + 1j * values[points + 1 :: 2]


def _is_fid(scale: NDArray[np.float64]) -> bool:
    """Whether an axis (n,) is one of time: it begins at 0, where no ppm axis does."""
    return bool(abs(scale[0]) < abs(scale[1] - scale[0]) and scale[-1] > scale[0])


def _units_per_ppm(scale: NDArray[np.float64], parameters: dict[str, str], frequency: float) -> float:
    """Units of an axis (n,) per ppm: 1, or those of Hz or kHz, if the width of the axis is the bandwidth in them."""
    bandwidth_khz = _number(parameters, "bandwidth")
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
        scale, values = _decode_numbers(source.content, source.path.name)
        if _is_fid(scale):
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
    return head[4:8] == _MAGIC and head[11:12] == b"V"


READER = Reader("a Magritek .1d file", _matches_file, read_magritek_file)


def _matches(names: frozenset[str]) -> bool:
    return "acqu.par" in names and any(name.endswith((".1d", ".2d")) for name in names)


FORMAT = FolderFormat("Magritek", _matches, _describe, _read)

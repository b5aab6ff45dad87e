"""Read Varian and Agilent folders: ``fid`` and ``procpar``."""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError, Request
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT"]

_TEXT_LIMIT = 8 * 1024**2
_HEADER_BYTES = 32
_BLOCK_HEADER_BYTES = 28
_MAX_POINTS = 2**23


class _Procpar:
    """The values of ``procpar`` by name, as text."""

    def __init__(self, content: bytes) -> None:
        from nmrglue.fileio.varian import get_parameter

        self._values: dict[str, list[str]] = {}
        stream = io.BytesIO(content)
        while stream.tell() < len(content):
            try:
                parameter: dict[str, Any] = get_parameter(stream)
            except (IndexError, ValueError):
                break  # a truncated file; missing parameters raise when they are needed
            self._values[parameter["name"]] = parameter["values"]

    def text(self, name: str) -> str:
        return (self._values.get(name) or [""])[0].strip()

    def number(self, name: str, default: float) -> float:
        try:
            value = float(self.text(name))
        except ValueError:
            return default
        return value if math.isfinite(value) else default

    def required_number(self, name: str) -> float:
        value = self.number(name, math.nan)
        if math.isnan(value):
            raise RefusedError(f"procpar states no {name}: copy the whole folder of the experiment")
        return value

    @property
    def nucleus(self) -> str:
        return nucleus_name(self.text("tn"))

    @property
    def sequence(self) -> str:
        """Names of the pulse sequence and its set-up."""
        return " ".join(word for word in (self.text("seqfil"), self.text("pslabel")) if word)

    @property
    def dimensions(self) -> int:
        return 1 + sum(self.number(name, 0.0) > 1 for name in ("ni", "ni2", "ni3"))


def _describe(tree: FileTree) -> ExperimentDescription:
    parameters = _Procpar(tree.read("procpar", _TEXT_LIMIT))
    return ExperimentDescription(parameters.nucleus, parameters.dimensions, parameters.sequence)


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    if part not in ("", "fid"):
        raise RefusedError(f"no part {part!r}: a Varian experiment holds one fid")
    parameters = _Procpar(tree.read("procpar", _TEXT_LIMIT))
    fid = _read_fid(tree.read("fid"))
    width = parameters.required_number("sw")
    frequency = parameters.number("reffrq", 0.0) or parameters.required_number("sfrq")
    if not 1.0 <= frequency <= 2000.0:
        raise RefusedError(
            f"a frequency of {frequency:g} MHz (reffrq, sfrq) is outside the range of 1H and 13C: check procpar"
        )
    if parameters.text("rfl"):
        # A line rfl (Hz) above the right end is rfp (Hz) above 0 ppm.
        middle = (width / 2 - parameters.required_number("rfl") + parameters.number("rfp", 0.0)) / frequency
        referencing = "rfl and rfp of procpar"
    else:
        middle = (parameters.number("sfrq", frequency) - frequency) / frequency * 1e6
        referencing = "the spectrometer's own frequency"
    signed = may_be_signed(request.nucleus, parameters.sequence)
    # The spectrometer counts frequencies in the opposite direction.
    decay = Decay(fid, width, frequency, middle, clockwise=True, sense=Sense.DEFINED)
    processed = process_decay(decay, request, parameters.text("solvent") or None, signed=signed)
    axis, trace = processed.axis, processed.trace
    signed, sign_notes = read_signs(trace, request.nucleus, parameters.sequence)
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        frequency_mhz=frequency,
        solvent=parameters.text("solvent") or None,
        warnings=(*processed.warnings, *sign_notes),
        referencing=referencing,
        signed=signed,
    )


def _read_fid(content: bytes) -> NDArray[np.complex128]:
    """Read the only trace of a ``fid`` file, complex points (n,)."""
    from nmrglue.fileio.varian import fileheader2dic, find_dtype, get_fileheader

    try:
        header: dict[str, int] = fileheader2dic(get_fileheader(io.BytesIO(content)))
    except struct.error as error:
        raise RefusedError("the fid is too short for its own header: copy it again") from error
    traces, numbers = header["nblocks"] * header["ntraces"], header["np"]
    if not (header["S_DATA"] and 2 <= numbers <= _MAX_POINTS and header["nblocks"] >= 1 and header["ntraces"] >= 1):
        raise RefusedError("the header of the fid is invalid: copy it again")
    if header["S_TRANSF"] or header["S_SECND"]:
        raise RefusedError("the fid holds a 2D data set: give a 1D experiment")
    if traces > 1:
        raise RefusedError(f"the fid holds {traces} traces (an arrayed experiment): export one of them")
    dtype = np.dtype(find_dtype(header))
    start = _HEADER_BYTES + _BLOCK_HEADER_BYTES * max(1, header["nbheaders"])
    data = content[start : start + numbers * dtype.itemsize]
    if len(data) < numbers * dtype.itemsize:
        raise RefusedError(
            f"the fid is truncated: {len(data)} of {numbers * dtype.itemsize} bytes are there; copy it again"
        )
    values = np.frombuffer(data, dtype).astype(np.float64)
    return values[: numbers // 2 * 2 : 2] + 1j * values[1::2]


def _matches(names: frozenset[str]) -> bool:
    return {"fid", "procpar"} <= names


FORMAT = FolderFormat("Varian", _matches, _describe, _read)

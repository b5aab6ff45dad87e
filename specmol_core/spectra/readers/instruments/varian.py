"""Read Varian and Agilent folders: ``fid`` and ``procpar``."""

from __future__ import annotations

import io
import math
import struct
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.array_rows import ROW, limited_rows, measured_rows, row_part, row_seconds
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError, Request, RowTable
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT", "read_fid"]

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

    def numbers(self, name: str) -> list[float]:
        """All values of a parameter; empty where one is no number."""
        try:
            values = [float(value) for value in self._values.get(name) or []]
        except ValueError:
            return []
        return values if all(map(math.isfinite, values)) else []

    def time(self, name: str) -> float | None:
        """A time such as 20240131T120000 (s since 1970); None where it is missing."""
        try:
            return datetime.strptime(self.text(name), "%Y%m%dT%H%M%S").timestamp()
        except (ValueError, OverflowError, OSError):
            return None

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
    def repetition_s(self) -> float | None:
        """Time from one scan to the next (s), ``d1`` and ``at``; None for a single scan, and where it is unknown."""
        delay, acquisition = self.number("d1", math.nan), self.number("at", math.nan)
        # Scans before the first that counts (ss) are repeated alike; a negative number of them is for each row.
        if self.number("nt", 1.0) + abs(self.number("ss", 0.0)) < 2 or not (delay >= 0 and acquisition > 0):
            return None
        return delay + acquisition

    @property
    def dimensions(self) -> int:
        return 1 + sum(self.number(name, 0.0) > 1 for name in ("ni", "ni2", "ni3"))


def _describe(tree: FileTree) -> ExperimentDescription:
    parameters = _Procpar(tree.read("procpar", _TEXT_LIMIT))
    is_array = parameters.dimensions == 1 and parameters.number("arraydim", 1.0) > 1
    dimensions = 2 if is_array else parameters.dimensions
    return ExperimentDescription(parameters.nucleus, dimensions, parameters.sequence, is_array=is_array)


def _rows(tree: FileTree) -> RowTable | None:
    """Return the elements of an arrayed experiment, such as one with an array of ``pad``."""
    parameters = _Procpar(tree.read("procpar", _TEXT_LIMIT))
    expected = int(parameters.number("arraydim", 1.0))
    if expected <= 1 or parameters.dimensions > 1:
        return None
    header = _read_header(tree)
    expected = limited_rows(min(expected, header["nblocks"] * header["ntraces"]))
    block = _place(header, header["ntraces"])[0] - _place(header, 0)[0]
    stored = (tree.sizes["fid"] - _HEADER_BYTES) // block * header["ntraces"]
    count = measured_rows(
        min(stored, expected), lambda row: bool(tree.read_part("fid", *_place(header, row)).strip(b"\0"))
    )
    pads = parameters.numbers("pad")
    waits = pads if len(pads) == expected else [pads[0] if len(pads) == 1 else 0.0] * expected
    row = max(parameters.number("nt", 1.0), 1.0) * (parameters.number("d1", 0.0) + parameters.number("at", 0.0))
    begin, end = parameters.time("time_run"), parameters.time("time_complete")
    total = end - begin if count == expected and begin is not None and end is not None and end > begin else None
    notes = []
    if parameters.text("il") == "y":
        notes.append("was measured interleaved (il='y'): its rows were measured at the same time; give --times")
    elif total is None:
        notes.append("does not state how long it was measured: times are those of nt, d1, at and pad")
    names = tuple(f"{ROW}/{number + 1}" for number in range(count))
    return RowTable(names, expected, row_seconds(row, waits, total), begin, tuple(notes))


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    rest, row = row_part(part)
    if rest not in ("", "fid"):
        raise RefusedError(f"no part {part!r}: a Varian experiment holds one fid")
    parameters = _Procpar(tree.read("procpar", _TEXT_LIMIT))
    fid = read_fid(tree, row)
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
        repetition_s=parameters.repetition_s,
    )


def _read_header(tree: FileTree) -> dict[str, int]:
    """Read the header of the ``fid`` file."""
    from nmrglue.fileio.varian import fileheader2dic, get_fileheader

    content = tree.read_part("fid", 0, min(tree.sizes.get("fid", 0), _HEADER_BYTES))
    try:
        header: dict[str, int] = fileheader2dic(get_fileheader(io.BytesIO(content)))
    except struct.error as error:
        raise RefusedError("the fid is too short for its own header: copy it again") from error
    numbers = header["np"]
    if not (header["S_DATA"] and 2 <= numbers <= _MAX_POINTS and header["nblocks"] >= 1 and header["ntraces"] >= 1):
        raise RefusedError("the header of the fid is invalid: copy it again")
    if header["S_TRANSF"] or header["S_SECND"]:
        raise RefusedError("the fid holds a 2D data set: give a 1D experiment")
    return header


def _dtype(header: dict[str, int]) -> np.dtype[np.generic]:
    from nmrglue.fileio.varian import find_dtype

    dtype: np.dtype[np.generic] = np.dtype(find_dtype(header))
    return dtype


def _length(header: dict[str, int]) -> int:
    return header["np"] * _dtype(header).itemsize


def _place(header: dict[str, int], row: int) -> tuple[int, int]:
    """Return where a trace begins, from 0, and its length (bytes): blocks hold headers and ``ntraces`` traces."""
    block, trace = divmod(row, header["ntraces"])
    headers, length = _BLOCK_HEADER_BYTES * max(1, header["nbheaders"]), _length(header)
    return _HEADER_BYTES + block * (headers + header["ntraces"] * length) + headers + trace * length, length


def read_fid(tree: FileTree, row: int | None) -> NDArray[np.complex128]:
    """Read the only trace of a ``fid`` file, or one from 1, complex points (n,)."""
    header = _read_header(tree)
    traces, numbers = header["nblocks"] * header["ntraces"], header["np"]
    if traces > 1 and row is None:
        raise RefusedError(f"the fid holds {traces} traces (an arrayed experiment): name one, as ::{ROW}/1")
    if row is not None and row > traces:
        raise RefusedError(f"the fid holds {traces} rows, and row {row} was asked for")
    start, length = _place(header, (row or 1) - 1)
    found = tree.sizes["fid"] - start
    if found < length:
        raise RefusedError(f"the fid is truncated: {max(found, 0)} of {length} bytes are there; copy it again")
    values = np.frombuffer(tree.read_part("fid", start, length), _dtype(header)).astype(np.float64)
    return values[: numbers // 2 * 2 : 2] + 1j * values[1::2]


def _matches(names: frozenset[str]) -> bool:
    return {"fid", "procpar"} <= names


FORMAT = FolderFormat("Varian", _matches, _describe, _read, _rows)

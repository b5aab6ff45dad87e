"""Read Bruker folders: ``acqus`` and ``fid``, with processed spectra in ``pdata/N/1r``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters, parse_parameters
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.filter_delay import bruker_delay
from specmol_core.spectra.readers.instruments.larmor import nucleus_at
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.referencing import reference
from specmol_core.spectra.readers.instruments.tree import FileTree, natural_sort_key
from specmol_core.spectra.readers.source import RefusedError, Request
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT"]

_TEXT_LIMIT = 4 * 1024**2
_MIN_REFERENCE_SHIFT_MHZ = 1e-8
"""Smallest SR that shows manual referencing (MHz); below, the reference is the spectrometer's."""
_MAX_CHANNELS = 8
_NUMBER_TYPES = {0: "i4", 1: "f4", 2: "f8"}
"""Number types of DTYPA and DTYPP."""


@dataclass(frozen=True)
class _Dataset:
    tree: FileTree
    acquisition: BrukerParameters
    processing: dict[int, BrukerParameters]
    """Parameters by processing number, lowest first; only of those that hold a spectrum."""

    @property
    def stated_nucleus(self) -> str:
        """Nucleus that a parameter names, for example ``1H``; empty where none does."""
        axes = [processing.text("AXNUC") for processing in self.processing.values()]
        names = [self.acquisition.text("NUC1"), self.acquisition.text("NUCLEUS"), *axes]
        return next(filter(None, map(nucleus_name, names)), "")

    @property
    def nucleus(self) -> str:
        """The stated nucleus, or that of the frequency BF1; empty where neither tells it."""
        frequency = self.acquisition.number("BF1", 0.0)
        return self.stated_nucleus or (nucleus_at(frequency, self._proton_frequency) if frequency > 0 else "")

    @property
    def _proton_frequency(self) -> float | None:
        """Frequency of 1H (MHz), if another channel is set to it."""
        channels = range(2, _MAX_CHANNELS + 1)
        set_to_1h = (n for n in channels if nucleus_name(self.acquisition.text(f"NUC{n}")) == "1H")
        frequencies = (self.acquisition.number(f"BF{n}", 0.0) for n in set_to_1h)
        return next((frequency for frequency in frequencies if frequency > 0), None)

    @property
    def pulse_program(self) -> str:
        return self.acquisition.text("PULPROG")


def _open_dataset(tree: FileTree) -> _Dataset:
    name = next((name for name in ("acqus", "acqu") if name in tree), None)
    acquisition = parse_parameters(tree.read(name, _TEXT_LIMIT)) if name else BrukerParameters({})
    processing: dict[int, BrukerParameters] = {}
    for path in sorted(
        (path for path in tree.sizes if path.startswith("pdata/") and path.endswith("/1r")), key=natural_sort_key
    ):
        number = path.split("/")[1]
        texts = [f"pdata/{number}/{name}" for name in ("procs", "proc")]
        text = next((text for text in texts if text in tree), None)
        if path.count("/") == 2 and number.isdecimal() and len(number) < 10 and text:
            processing[int(number)] = parse_parameters(tree.read(text, _TEXT_LIMIT))
    return _Dataset(tree, acquisition, processing)


def _describe(tree: FileTree) -> ExperimentDescription:
    data = _open_dataset(tree)
    has_1d_data = "fid" in tree or data.processing
    has_2d_data = any(name == "ser" or name.endswith(("/2rr", "/3rrr")) for name in tree.sizes)
    dimensions = int(data.acquisition.number("PARMODE", 0)) + 1
    if not 1 <= dimensions <= 8 or (has_2d_data and dimensions == 1):
        dimensions = 2 if has_2d_data else 1
    return ExperimentDescription(data.nucleus, dimensions if has_2d_data or not has_1d_data else 1, data.pulse_program)


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    data = _open_dataset(tree)
    number = _processing_number(data, part)
    signed = may_be_signed(request.nucleus, data.pulse_program)
    notes: list[str] = []
    if number is None:
        axis, trace, frequency, referencing = _process_fid(data, request, signed, notes)
    else:
        axis, trace, frequency, referencing = _read_processed(data, number, request, notes)
    if not data.nucleus:
        notes.append(f"names no nucleus (NUC1), and BF1 is that of none: {request.nucleus} was assumed")
    elif not data.stated_nucleus:
        notes.append(f"names no nucleus (NUC1): BF1 is that of {data.nucleus}")
    signed, sign_notes = read_signs(trace, request.nucleus, data.pulse_program)
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        frequency_mhz=frequency,
        solvent=data.acquisition.text("SOLVENT") or None,
        warnings=(*notes, *sign_notes),
        referencing=referencing,
        signed=signed,
    )


def _processing_number(data: _Dataset, part: str) -> int | None:
    """Number of the processed spectrum to read; None for the FID."""
    requested = part.removeprefix("pdata").strip("/").removesuffix("/1r")
    if requested == "fid" or (not requested and not data.processing):
        return None
    if not requested:
        return min(data.processing)
    if requested.isdecimal() and len(requested) < 10 and int(requested) in data.processing:
        return int(requested)
    known = ", ".join(f"pdata/{number}" for number in data.processing) or "none"
    raise RefusedError(f"no processed spectrum {part!r}; there are: {known}, and fid")


def _read_processed(
    data: _Dataset, number: int, request: Request, notes: list[str]
) -> tuple[PpmAxis, NDArray[np.float32], float, str]:
    """Read the spectrum that TopSpin processed."""
    name, parameters = f"pdata/{number}/1r", data.processing[number]
    values = _decode_numbers(data.tree.read(name), name, parameters, "BYTORDP", "DTYPP")
    points = int(parameters.number("SI", len(values)))
    remedy = f"copy the folder again, or read the FID as {request.nucleus} with ::fid"
    if not 2 <= points <= len(values):
        raise RefusedError(f"{name} holds {len(values)} points, and procs says {points}: {remedy}")
    if points < len(values):
        notes.append(f"{name} holds {len(values)} points, and procs says {points}: the rest was left out")
    values = values[:points] * 2.0 ** min(max(parameters.number("NC_proc", 0.0), -60.0), 60.0)
    width, frequency, first = (parameters.required_number(key) for key in ("SW_p", "SF", "OFFSET"))
    if not (1.0 <= frequency <= 2000.0 and 10.0 <= width <= 1e7 and abs(first) <= 10_000.0):
        raise RefusedError(f"the axis in pdata/{number}/procs is invalid (SF, SW_p, OFFSET): {remedy}")
    if not np.isfinite(values).all() or not np.ptp(values) > 0:
        raise RefusedError(f"{name} holds no signal, or values that are not finite: {remedy}")
    trace = (values / np.abs(values).max()).astype(np.float32)
    step = width / frequency / points
    axis = PpmAxis(first + step / 2, first + step / 2 - points * step, points)
    axis, referencing = _reference_axis(data, axis, trace, request, frequency, notes)
    return axis, trace, frequency, referencing


def _process_fid(
    data: _Dataset, request: Request, signed: bool | None, notes: list[str]
) -> tuple[PpmAxis, NDArray[np.float32], float, str]:
    """Process the FID; its reference is that of the processed spectrum beside it, if there is one."""
    acquisition = data.acquisition
    mode = int(acquisition.number("AQ_mod", 3))
    if mode not in (1, 3):
        raise RefusedError(f"the FID is not complex (AQ_mod is {mode}): process it in TopSpin")
    values = _decode_numbers(data.tree.read("fid"), "fid", acquisition, "BYTORDA", "DTYPA")
    expected = int(acquisition.number("TD", len(values)))
    if not 0 < expected <= len(values):
        notes.append(f"the FID holds {len(values)} numbers, and acqus says {expected}: it may be truncated")
        expected = len(values)
    values = values[: expected // 2 * 2]
    observed = acquisition.required_number("SFO1")
    parameters = next(iter(data.processing.values()), BrukerParameters({}))
    base = parameters.number("SF", acquisition.number("BF1", observed))
    if not 1.0 <= base <= 2000.0:
        raise RefusedError(
            f"a frequency of {base:g} MHz (SF, BF1) is outside the range of 1H and 13C: check acqus and procs"
        )
    decay = Decay(
        values[::2] + 1j * values[1::2],
        acquisition.number("SW_h", 0.0) or acquisition.required_number("SW") * observed,
        base,
        (observed - base) / base * 1e6,
        sense=Sense.DEFINED,
        delay_points=bruker_delay(*(acquisition.optional_number(n) for n in ("GRPDLY", "DIGMOD", "DSPFVS", "DECIM"))),
    )
    processed = process_decay(decay, request, acquisition.text("SOLVENT") or None, signed=signed)
    notes += processed.warnings
    axis, referencing = _reference_axis(data, processed.axis, processed.trace, request, base, notes)
    return axis, processed.trace, base, referencing


def _reference_axis(
    data: _Dataset, axis: PpmAxis, trace: NDArray[np.float32], request: Request, frequency: float, notes: list[str]
) -> tuple[PpmAxis, str]:
    shift = frequency - data.acquisition.number("BF1", frequency)
    if data.processing and abs(shift) > _MIN_REFERENCE_SHIFT_MHZ:
        return axis, f"as processed (SR {shift * 1e6:.2f} Hz)"
    solvent = request.solvent or data.acquisition.text("SOLVENT")
    stated = "the spectrometer's own frequency (SR 0)"
    axis, referencing, warnings = reference(axis, trace, request.nucleus, frequency, solvent, stated)
    notes += warnings
    return axis, referencing


def _decode_numbers(
    content: bytes, name: str, parameters: BrukerParameters, order: str, kind: str
) -> NDArray[np.float64]:
    code = int(parameters.number(kind, 0))
    if code not in _NUMBER_TYPES:
        raise RefusedError(f"{name}: {kind} is {code}, which is not a known number type: export it again")
    dtype = np.dtype((">" if parameters.number(order, 0) == 1 else "<") + _NUMBER_TYPES[code])
    return np.frombuffer(content[: len(content) // dtype.itemsize * dtype.itemsize], dtype).astype(np.float64)


def _matches(names: frozenset[str]) -> bool:
    return "acqus" in names or ("acqu" in names and bool(names & {"fid", "ser"}))


FORMAT = FolderFormat("Bruker", _matches, _describe, _read)

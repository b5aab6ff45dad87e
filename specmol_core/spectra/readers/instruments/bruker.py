"""Read Bruker folders: ``acqus`` and ``fid``, with processed spectra in ``pdata/N/1r``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.array_rows import row_part
from specmol_core.spectra.readers.instruments.bruker_dataset import BrukerDataset, decode_numbers, open_dataset
from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters, repetition_s
from specmol_core.spectra.readers.instruments.bruker_rows import (
    array_refusal,
    fid_row,
    holds_rows,
    processed_arrays,
    processed_row,
    row_table,
)
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.instruments.experiments import ExperimentDescription, FolderFormat
from specmol_core.spectra.readers.instruments.filter_delay import bruker_delay
from specmol_core.spectra.readers.instruments.multiplicity_editing import may_be_signed, read_signs
from specmol_core.spectra.readers.instruments.referencing import reference
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError, Request, RowTable
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FORMAT"]

_MIN_REFERENCE_SHIFT_MHZ = 1e-8
"""Smallest SR that shows manual referencing (MHz); below, the reference is the spectrometer's."""


def _describe(tree: FileTree) -> ExperimentDescription:
    data = open_dataset(tree)
    has_1d_data = "fid" in tree or data.processing
    has_2d_data = any(name == "ser" or name.endswith(("/2rr", "/3rrr")) for name in tree.sizes)
    dimensions = int(data.acquisition.number("PARMODE", 0)) + 1
    if not 1 <= dimensions <= 8 or (has_2d_data and dimensions == 1):
        dimensions = 2 if has_2d_data else 1
    return ExperimentDescription(
        data.nucleus,
        dimensions if has_2d_data or not has_1d_data else 1,
        data.pulse_program,
        is_array=holds_rows(data),
    )


def _rows(tree: FileTree) -> RowTable | None:
    return row_table(open_dataset(tree))


def _read(tree: FileTree, part: str, request: Request) -> Spectrum:
    data = open_dataset(tree)
    signed = may_be_signed(request.nucleus, data.pulse_program)
    notes: list[str] = []
    rest, row = row_part(part)
    number = _processing_number(data, part) if row is None else _array_number(data, rest)
    if number is None:
        axis, trace, frequency, referencing = _process_fid(data, row, request, signed, notes)
    else:
        axis, trace, frequency, referencing = _read_processed(data, number, row, request, notes)
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
        repetition_s=repetition_s(data.acquisition),
    )


def _processing_number(data: BrukerDataset, part: str) -> int | None:
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


def _array_number(data: BrukerDataset, rest: str) -> int | None:
    """Number of the processed array of a row; None for a row of ``ser``."""
    if reason := array_refusal(data):
        raise RefusedError(reason)
    number = rest.removeprefix("pdata").strip("/").removesuffix("/2rr")
    if rest in ("", "ser") and "ser" in data.tree:
        return None
    if not rest and (processed := processed_arrays(data)):
        return processed[0]
    if number.isdecimal() and f"pdata/{number}/2rr" in data.tree:
        return int(number)
    raise RefusedError(f"no array {rest!r}: copy the whole folder of the experiment, with ser")


def _read_processed(
    data: BrukerDataset, number: int, row: int | None, request: Request, notes: list[str]
) -> tuple[PpmAxis, NDArray[np.float32], float, str]:
    """Read the spectrum, or the row of an array of spectra, that TopSpin processed."""
    if row is None:
        name, parameters = f"pdata/{number}/1r", data.processing[number]
        values = decode_numbers(data.tree.read(name), name, parameters, "BYTORDP", "DTYPP")
    else:
        found = processed_row(data.tree, number, row - 1)
        name, parameters, values = found.name, found.parameters, found.values
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
    data: BrukerDataset, row: int | None, request: Request, signed: bool | None, notes: list[str]
) -> tuple[PpmAxis, NDArray[np.float32], float, str]:
    """Process the FID, or a row of ``ser``; its reference is that of a processed spectrum beside it."""
    acquisition = data.acquisition
    mode = int(acquisition.number("AQ_mod", 3))
    if mode not in (1, 3):
        raise RefusedError(f"the FID is not complex (AQ_mod is {mode}): process it in TopSpin")
    if row is None:
        values = decode_numbers(data.tree.read("fid"), "fid", acquisition, "BYTORDA", "DTYPA")
    else:
        values = fid_row(data, row - 1)
    expected = int(acquisition.number("TD", len(values)))
    if not 0 < expected <= len(values):
        notes.append(f"the FID holds {len(values)} numbers, and acqus says {expected}: it may be truncated")
        expected = len(values)
    values = values[: expected // 2 * 2]
    observed = acquisition.required_number("SFO1")
    parameters = next(iter(data.processed.values()), BrukerParameters({}))
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
    data: BrukerDataset, axis: PpmAxis, trace: NDArray[np.float32], request: Request, frequency: float, notes: list[str]
) -> tuple[PpmAxis, str]:
    shift = frequency - data.acquisition.number("BF1", frequency)
    if data.processed and abs(shift) > _MIN_REFERENCE_SHIFT_MHZ:
        return axis, f"as processed (SR {shift * 1e6:.2f} Hz)"
    solvent = request.solvent or data.acquisition.text("SOLVENT")
    stated = "the spectrometer's own frequency (SR 0)"
    axis, referencing, warnings = reference(axis, trace, request.nucleus, frequency, solvent, stated)
    notes += warnings
    return axis, referencing


def _matches(names: frozenset[str]) -> bool:
    return "acqus" in names or ("acqu" in names and bool(names & {"fid", "ser"}))


FORMAT = FolderFormat("Bruker", _matches, _describe, _read, _rows)

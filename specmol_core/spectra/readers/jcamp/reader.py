"""Read a spectrum from a JCAMP-DX file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.array_rows import row_part
from specmol_core.spectra.readers.grid import even_trace, uneven_trace
from specmol_core.spectra.readers.instruments.multiplicity_editing import read_signs
from specmol_core.spectra.readers.instruments.referencing import reference as reference_by_solvent
from specmol_core.spectra.readers.jcamp.block_choice import block_nucleus, choose_block, pulse_sequence
from specmol_core.spectra.readers.jcamp.decay import read_fid
from specmol_core.spectra.readers.jcamp.pairs import MAX_PEAKS, PeakRow, decode_pairs, decode_peaks
from specmol_core.spectra.readers.jcamp.records import Block, parse_blocks
from specmol_core.spectra.readers.jcamp.referencing import (
    ShiftScale,
    frequency_mhz,
    list_reference,
    reference,
    stated_solvent,
)
from specmol_core.spectra.readers.jcamp.repetition import block_repetition_s
from specmol_core.spectra.readers.jcamp.rows import jcamp_rows
from specmol_core.spectra.readers.jcamp.table import read_points
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["READER", "read_jcamp"]

_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|\$\$[^\r\n]*(?=[\r\n]))*##[ \t]*([A-Za-z$.][\w .$/-]{0,60}?)[ \t]*=")
_FIRST_LABELS = (b"TITLE", b"JCAMPDX", b"DATATYPE", b"BLOCKS")


def read_jcamp(source: SourceFile, request: Request) -> Spectrum:
    """Read the spectrum, FID or peak list of the requested nucleus from a JCAMP-DX file.

    Raises
    ------
    SpectrumError
        If the file is damaged (a checksum of its tables is wrong, or points are missing), holds no
        one-dimensional NMR data, only data of another nucleus, or several blocks and the path names
        none.
    """
    try:
        blocks = source.parsed(parse_blocks)
        block, kind = choose_block(blocks, source, request)
        row = row_part(source.experiment)[1]
        if kind == "peaks":
            return _read_peaks(source, request, block)
        return _read_trace(source, request, block, kind == "fid", row)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error
    except ValueError as error:
        raise SpectrumError(source.path, f"{error}: export the spectrum again") from error


def _read_trace(source: SourceFile, request: Request, block: Block, is_fid: bool, row: int | None) -> Spectrum:
    notes = _notes(block, request)
    axis, intensities, scale = (read_fid if is_fid else _read_points_on_axis)(block, request, row)
    notes += scale.warnings
    frequency, solvent, referencing = frequency_mhz(block), stated_solvent(block), scale.note
    if request.window is not None:
        if not np.allclose(request.window, (axis.high, axis.low), atol=0.02):
            notes.append(f"its own axis runs from {axis.high:.2f} to {axis.low:.2f} ppm; the range given was used")
        axis, referencing = PpmAxis(*request.window, axis.points), "range given"
    elif scale.is_unreferenced and frequency is not None:
        axis, referencing, warnings = reference_by_solvent(
            axis, intensities, request.nucleus, frequency, request.solvent or solvent, referencing
        )
        notes += warnings
    signed, sign_notes = read_signs(intensities, request.nucleus, pulse_sequence(block))
    return Spectrum(
        request.nucleus,
        axis,
        intensities,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=frequency,
        solvent=solvent,
        warnings=(*notes, *sign_notes),
        referencing=referencing,
        signed=signed,
        axis_is_guessed=scale.is_guessed and request.window is None,
        repetition_s=block_repetition_s(block),
    )


def _read_points_on_axis(
    block: Block, request: Request, row: int | None
) -> tuple[PpmAxis, NDArray[np.float32], ShiftScale]:
    points = read_points(block, row=row)
    scale = reference(block, points, request.nucleus)
    scale = replace(scale, warnings=points.warnings + scale.warnings)
    if points.x is not None:
        return *uneven_trace((points.x - scale.origin) / scale.units_per_ppm, points.values), scale
    return *even_trace(scale.ppm(points.first), scale.ppm(points.last), points.values), scale


def _read_peaks(source: SourceFile, request: Request, block: Block) -> Spectrum:
    table = next(table for table in block.tables if table.label != "DATATABLE")
    if table.label in ("XYDATA", "XYPOINTS"):
        rows = [PeakRow(x, y, None, "") for x, y in zip(*(part.tolist() for part in decode_pairs(table)), strict=True)]
    else:
        rows = decode_peaks(table)
    if len(rows) > MAX_PEAKS:
        raise RefusedError(f"its peak table holds more than {MAX_PEAKS} peaks: it is not a peak table")
    if not rows:
        raise RefusedError(f"the peak table of line {table.line} is empty: export the peaks again")
    x_factor, y_factor = block.number("XFACTOR") or 1.0, block.number("YFACTOR") or 1.0
    scale = list_reference(block, block.text("XUNITS").upper(), max(row.x * x_factor for row in rows), request.nucleus)
    frequency = frequency_mhz(block)
    peaks = [
        Peak(
            scale.ppm(row.x * x_factor),
            row.y * y_factor,
            None
            if row.width is None or frequency is None
            else _width_hz(row.width * x_factor / scale.units_per_ppm, frequency),
            row.multiplicity,
        )
        for row in rows
    ]
    return spectrum_from_peaks(
        source,
        request,
        peaks,
        frequency_mhz=frequency,
        solvent=stated_solvent(block),
        referencing=scale.note,
        warnings=[*_notes(block, request), *scale.warnings],
    )


def _width_hz(width_ppm: float, frequency: float) -> float | None:
    """Convert the width of a line to Hz; None for a width of 0, which states none."""
    return abs(width_ppm) * frequency or None


def _notes(block: Block, request: Request) -> list[str]:
    if block_nucleus(block):
        return []
    return [f"names no nucleus: {request.nucleus} was assumed"]


def _matches(head: bytes, path: Path) -> bool:
    match = _START.match(head)
    return match is not None and re.sub(rb"[\s\-/_]", b"", match[1]).upper() in _FIRST_LABELS


READER = Reader(accepts="a JCAMP-DX file (.dx, .jdx)", matches=_matches, read=read_jcamp, rows=jcamp_rows)

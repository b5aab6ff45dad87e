"""Rows of a Bruker pseudo-2D data set: ``ser``, or ``2rr`` that is transformed along its rows only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.readers.array_rows import CORRELATED, ROW, limited_rows, measured_rows, row_seconds
from specmol_core.spectra.readers.instruments.bruker_dataset import (
    BrukerDataset,
    decode_numbers,
    number_type,
    parameters_of,
)
from specmol_core.spectra.readers.instruments.bruker_parameters import BrukerParameters
from specmol_core.spectra.readers.instruments.nucleus import nucleus_name
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import RefusedError, RowTable

__all__ = [
    "ProcessedRow",
    "array_refusal",
    "delay_list",
    "fid_row",
    "holds_rows",
    "processed_arrays",
    "processed_row",
    "row_table",
]

_BLOCK_BYTES = 1024
"""Each FID of ``ser`` begins at a multiple of this."""
_SECONDS = {"": 1.0, "s": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_LIST_LIMIT = 1024**2
_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)?(?: *([+-]\d\d)(\d\d))?"
_AUDIT_END = re.compile(r"\( *1,<" + _STAMP)
_AUDIT_START = re.compile(r"started at " + _STAMP)


@dataclass(frozen=True)
class ProcessedRow:
    """One row of ``2rr`` as stored."""

    name: str
    parameters: BrukerParameters
    """``procs``, of the axis of the row."""
    values: NDArray[np.float64]


def holds_rows(data: BrukerDataset) -> bool:
    """Return whether a data set is an array of one-dimensional spectra."""
    return ("ser" in data.tree or bool(processed_arrays(data))) and not array_refusal(data)


def array_refusal(data: BrukerDataset) -> str:
    """Return why a data set is no array of spectra; empty if it is one.

    FnMODE of ``acqu2s`` is 0 or 1 (QF) for an array; 2 to 6 are ways to detect the second dimension.
    """
    second = parameters_of(data.tree, "acqu2s", "acqu2")
    if second is None:
        return "has no acqu2s, which states its rows: copy the whole folder of the experiment"
    if int(data.acquisition.number("PARMODE", 1)) != 1:
        return "has not two dimensions"
    other = nucleus_name(second.text("NUC1"))
    if other and other != data.nucleus:
        return f"correlates {data.nucleus} with {other}: it is no series"
    if int(second.number("FnMODE", 0)) not in (0, 1) or CORRELATED.search(data.pulse_program):
        return f"is a 2D spectrum ({data.pulse_program or 'FnMODE'}), whose rows are no spectra: it is no series"
    return ""


def row_table(data: BrukerDataset) -> RowTable | None:
    """Return the rows of a data set; None if it is no array.

    Those of ``2rr`` are taken, unless more are measured in ``ser``.
    """
    if not holds_rows(data):
        return None
    second = parameters_of(data.tree, "acqu2s", "acqu2") or BrukerParameters({})
    stated = second.optional_number("TD")
    prefix, expected, count = ROW, 0, 0
    if "ser" in data.tree:
        length = _fid_bytes(data)
        stored = data.tree.sizes["ser"] // length
        expected = limited_rows(stored if stated is None else int(stated))
        count = measured_rows(min(stored, expected), lambda row: _has_signal(data, row, length))
    for number in processed_arrays(data)[:1]:
        rows = _processed_rows(data.tree, number)
        most = limited_rows(rows if stated is None else min(int(stated), rows))
        found = measured_rows(most, partial(_has_values, data.tree, number))
        if found >= count:
            prefix, expected, count = f"pdata/{number}/{ROW}", max(expected, most), found
    seconds, start, notes = _times(data, expected, is_complete=count >= expected)
    return RowTable(tuple(f"{prefix}/{row + 1}" for row in range(count)), expected, seconds, start, notes)


def fid_row(data: BrukerDataset, row: int) -> NDArray[np.float64]:
    """Return the numbers of a FID of ``ser``, from 0, real and imaginary by turns (n,)."""
    length = _fid_bytes(data)
    content = data.tree.read_part("ser", row * length, length)
    return decode_numbers(content, "ser", data.acquisition, "BYTORDA", "DTYPA")


def processed_row(tree: FileTree, number: int, row: int) -> ProcessedRow:
    """Return a row of ``2rr``, from 0. Its numbers stand in blocks of XDIM by XDIM.

    Raises
    ------
    RefusedError
        If the file is damaged, or has no such row.
    """
    name = f"pdata/{number}/2rr"
    first, second = (parameters_of(tree, f"pdata/{number}/{n}s", f"pdata/{number}/{n}") for n in ("proc", "proc2"))
    if first is None or second is None:
        raise RefusedError(f"pdata/{number} has no procs or no proc2s: copy the whole folder of the experiment")
    columns, rows = int(first.required_number("SI")), int(second.required_number("SI"))
    wide, high = int(first.number("XDIM", 0)) or columns, int(second.number("XDIM", 0)) or rows
    if not (0 < wide <= columns <= 2**24 and 0 < high <= rows <= 2**24 and not columns % wide and not rows % high):
        raise RefusedError(f"pdata/{number}: SI and XDIM contradict each other: copy the whole folder")
    if not 0 <= row < rows:
        raise RefusedError(f"{name} has {rows} rows, and row {row + 1} was asked for")
    size = number_type(name, first, "BYTORDP", "DTYPP").itemsize
    blocks = columns // wide
    start = row // high * blocks * wide * high
    content = tree.read_part(name, start * size, blocks * wide * high * size)
    values = decode_numbers(content, name, first, "BYTORDP", "DTYPP")
    return ProcessedRow(name, first, values.reshape(blocks, high, wide)[:, row % high].ravel())


def processed_arrays(data: BrukerDataset) -> list[int]:
    """Return the processing numbers of those ``2rr`` that are transformed along the rows only, lowest first."""
    seconds = {n: parameters_of(data.tree, f"pdata/{n}/proc2s", f"pdata/{n}/proc2") for n in data.arrays}
    return [n for n, second in seconds.items() if second is not None and int(second.number("FT_mod", 0)) == 0]


def _processed_rows(tree: FileTree, number: int) -> int:
    second = parameters_of(tree, f"pdata/{number}/proc2s", f"pdata/{number}/proc2")
    return 0 if second is None else int(second.number("SI", 0))


def _has_signal(data: BrukerDataset, row: int, length: int) -> bool:
    return bool(data.tree.read_part("ser", row * length, length).strip(b"\0"))


def _has_values(tree: FileTree, number: int, row: int) -> bool:
    return bool(processed_row(tree, number, row).values.any())


def _fid_bytes(data: BrukerDataset) -> int:
    size = number_type("ser", data.acquisition, "BYTORDA", "DTYPA").itemsize
    points = int(data.acquisition.required_number("TD"))
    if not 0 < points <= 2**24:
        raise RefusedError(f"acqus states a FID of {points} numbers (TD): copy the whole folder of the experiment")
    return -(-points * size // _BLOCK_BYTES) * _BLOCK_BYTES


def _times(
    data: BrukerDataset, rows: int, *, is_complete: bool
) -> tuple[tuple[float, ...] | None, float | None, tuple[str, ...]]:
    """Return the time of each row after the first (rows,), that of the first, and what is doubtful.

    A row takes NS scans, each with the delay D1 and the acquisition. A ``vdlist`` of as many rows
    holds their waiting times.
    """
    acquisition = data.acquisition
    width, points = acquisition.number("SW_h", 0.0), acquisition.number("TD", 0.0)
    delays = acquisition.values.get("D", "").partition(")")[2].split()
    try:
        scan = float(delays[1]) + points / (2 * width)
    except (IndexError, ValueError, ZeroDivisionError):
        return None, None, ("states no time of its rows (D1, SW_h): give --times",)
    waits = _waits(data, rows)
    begin, end = _stamps(data)
    total = end - begin if is_complete and begin is not None and end is not None and end > begin else None
    scans = max(acquisition.number("NS", 1.0), 1.0)
    if total is not None:
        total -= scan * acquisition.number("DS", 0.0)
        per_scan = [wait * scans for wait in waits]
        if abs(sum(per_scan) + rows * scans * scan - total) < abs(sum(waits) + rows * scans * scan - total):
            waits = per_scan
    seconds = row_seconds(scans * scan, waits, total)
    length = seconds[-1] + scans * scan
    start = begin if begin is not None else None if end is None or not is_complete else end - length
    doubt = "" if total is not None else "does not state how long it was measured: times are those of NS, D1 and SW_h"
    return seconds, start, (doubt + "; --times overrides them",) if doubt else ()


def _waits(data: BrukerDataset, rows: int) -> list[float]:
    name = next((name for name in ("vdlist", "lists/vd/vdlist") if name in data.tree), None)
    if name is None:
        return [0.0] * rows
    found = delay_list(data.tree.read(name, _LIST_LIMIT).decode("latin-1"))
    return found if found is not None and len(found) == rows else [0.0] * rows


def delay_list(text: str) -> list[float] | None:
    """Return the delays of a Bruker list (s), one a line, ``10m`` for 10 ms; None if it is no such list.

    >>> delay_list("0\\n10m\\n1.5\\n")
    [0.0, 0.01, 1.5]
    """
    values = []
    for line in text.split():
        found = re.fullmatch(r"([0-9.]+(?:[eE][+-]?\d+)?)([smun]?)", line)
        try:
            values.append(float(found[1]) * _SECONDS[found[2]] if found else float("nan"))
        except ValueError:
            return None
    return values if values and np.isfinite(values).all() else None


def _stamps(data: BrukerDataset) -> tuple[float | None, float | None]:
    """Return when the measurement began and ended (s since 1970): DATE_START and DATE, or the audit trail."""
    begin, end = (data.acquisition.optional_number(name) for name in ("DATE_START", "DATE"))
    if begin is None and "audita.txt" in data.tree:
        text = data.tree.read("audita.txt", _LIST_LIMIT * 4).decode("latin-1")
        started, ended = _AUDIT_START.search(text), _AUDIT_END.search(text)
        begin = _stamp(started) if started else None
        end = _stamp(ended) if ended else end
    return begin, end


def _stamp(found: re.Match[str]) -> float | None:
    try:
        zone = f"{found[2]}:{found[3]}" if found[2] else ""
        return datetime.fromisoformat(found[1] + zone).timestamp()
    except (ValueError, OverflowError, OSError):
        return None

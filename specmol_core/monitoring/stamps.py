"""When a spectrum was measured, as its files state it."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from specmol_core.spectra.readers.instruments.jeol_data import jeol_start, read_header
from specmol_core.spectra.readers.instruments.jeol_parameters import parse_jeol_parameters
from specmol_core.spectra.readers.instruments.magritek_parameters import parse_magritek_parameters
from specmol_core.spectra.readers.jcamp.rows import stated_date
from specmol_core.spectra.readers.source import RefusedError

__all__ = ["measured_at"]

_MAX_BYTES = 1_000_000
"""Bytes of a file that are searched."""
_BRUKER = re.compile(rb"##\$DATE(?:_START)?= *(\d{6,12})\b")
_JCAMP_LONG = re.compile(rb"##LONG ?DATE= *([0-9/:.,T +-]{10,40})", re.IGNORECASE)
_VARIAN = re.compile(rb"(?m)^time_run [^\n]*\n1 \"(\d{8}T\d{6})\"")
_MAGRITEK_FOLDER = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(\d{6})-[^/]*$")


def measured_at(path: Path) -> float | None:
    """Return when a spectrum was measured (s since 1970), from its files; None if they do not say.

    Bruker: ``##$DATE`` of ``acqus``, the end of the measurement. Varian: ``time_run`` of
    ``procpar``. Magritek: ``startTime`` or ``expName`` of ``acqu.par``, else the names of the folders
    (``2026/11/30/120000-...``). JEOL: ``actual_start_time``. JCAMP-DX: ``##LONG DATE``, or the
    Bruker record. Times without a zone are those of this machine.
    """
    places: tuple[tuple[Path, Callable[[bytes], float | None]], ...] = (
        (path / "acqus", _of_bruker),
        (path / "acqu", _of_bruker),
        (path / "procpar", _of_varian),
        (path / "acqu.par", _of_magritek),
    )
    if path.is_file():
        places = ((path, _of_file),)
    for file, find in places:
        try:
            with file.open("rb") as stream:
                found = find(stream.read(_MAX_BYTES))
        except OSError:
            continue
        if found is not None:
            return found
    found_name = _MAGRITEK_FOLDER.search(path.as_posix()) if (path / "acqu.par").is_file() else None
    return None if found_name is None else _timestamp("".join(found_name.groups()), "%Y%m%d%H%M%S")


def _of_file(data: bytes) -> float | None:
    return _of_jeol(data) if data.startswith(b"JEOL.NMR") else _of_jcamp(data)


def _of_jeol(data: bytes) -> float | None:
    try:
        header = read_header(data)
        return jeol_start(parse_jeol_parameters(data, header.parameters_offset, header.order))
    except (RefusedError, struct.error):
        return None


def _of_bruker(data: bytes) -> float | None:
    found = _BRUKER.search(data)
    return float(found[1]) if found else None


def _of_varian(data: bytes) -> float | None:
    found = _VARIAN.search(data)
    return _timestamp(found[1].decode(), "%Y%m%dT%H%M%S") if found else None


def _of_magritek(data: bytes) -> float | None:
    return parse_magritek_parameters(data).start


def _of_jcamp(data: bytes) -> float | None:
    if not data.lstrip().startswith(b"##"):
        return None
    found = _JCAMP_LONG.search(data)
    stated = stated_date(found[1].decode()) if found else None
    return _of_bruker(data) if stated is None else stated


def _timestamp(text: str, form: str) -> float | None:
    try:
        return datetime.strptime(text, form).timestamp()
    except (ValueError, OverflowError, OSError):
        return None

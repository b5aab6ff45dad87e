"""Read a spectrum from an NMReDATA file: an SDF whose tags hold the signals of a compound.

The tags are those of Pupier et al., Magn. Reson. Chem. 56 (2018) 703, versions 1.0 to 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["READER", "read_nmredata"]

_RECORD_END = re.compile(r"^\$\$\$\$.*$", re.MULTILINE)
_TAG = re.compile(r"^>[^<\n]*<(NMREDATA_[^>\n]+)>.*\n((?:.*\S.*\n?)*)", re.MULTILINE)
_ONE_DIMENSIONAL = re.compile(r"NMREDATA_1D_(\d+[A-Z][A-Za-z]?)(?:[#._]\d+)?")
_COUNTS = re.compile(rb"[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*V[23]000")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SHIFT = re.compile(rf"({_NUMBER})(?:\s*(?:-|–|\.\.)\s*({_NUMBER}))?")
_VALUE = re.compile(_NUMBER)
_ATTRIBUTE = re.compile(r"([A-Za-z]{1,4})\s*=\s*(.*)")
_MAX_PEAKS = 10_000


@dataclass(frozen=True)
class _SignalList:
    """The signals of one nucleus in one record."""

    peaks: tuple[Peak, ...]
    frequency_mhz: float | None
    tag: str


def read_nmredata(source: SourceFile, request: Request) -> Spectrum:
    """Read the signals of the requested nucleus: those of its spectrum, else assigned shifts.

    The first record with such signals is read, unless ``path::number`` names one.

    Raises
    ------
    SpectrumError
        If no record has signals of the nucleus, or an entry is invalid.
    """
    try:
        return _read(source, request)
    except RefusedError as error:
        raise SpectrumError(source.path, str(error)) from error
    except ValueError as error:
        raise SpectrumError(source.path, f"{error}: export the record again") from error


def _read(source: SourceFile, request: Request) -> Spectrum:
    records = [text for text in _records(source.content) if text.strip()]
    numbered = list(enumerate(records, 1))
    if source.experiment:
        numbered = [pair for pair in numbered if str(pair[0]) == source.experiment]
        if not numbered:
            raise RefusedError(f"holds no record {source.experiment[:40]!r}; its records are 1 to {len(records)}")
    others: list[str] = []
    for number, record in numbered:
        tags = {match[1].strip(): match[2] for match in _TAG.finditer(record)}
        signal_list = _signals(record, tags, request.nucleus)
        if signal_list is None:
            others += [match[1] for tag in tags if (match := _ONE_DIMENSIONAL.fullmatch(tag))]
            continue
        notes = []
        if len(numbered) > 1:
            notes.append(
                f"holds {len(records)} records: number {number}, the first with {request.nucleus} signals, was read"
            )
        if signal_list.tag == "NMREDATA_ASSIGNMENT":
            notes.append("its shifts are those assigned to atoms; it lists no spectrum with couplings")
        return spectrum_from_peaks(
            source,
            request,
            signal_list.peaks,
            frequency_mhz=signal_list.frequency_mhz,
            solvent=tags.get("NMREDATA_SOLVENT", "").strip(" \n\\")[:60] or None,
            referencing=f"ppm of the tag {signal_list.tag}",
            warnings=notes,
        )
    if others:
        require_nucleus(source.path, next((name for name in others if name in NUCLEI), others[0]), request)
    raise RefusedError(
        f"is an SDF without {request.nucleus} signals (NMREDATA_1D_{request.nucleus}): give an NMReDATA record"
    )


def _records(content: bytes) -> Iterator[str]:
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    for match in _RECORD_END.finditer(text):
        yield text[start : match.start()]
        start = match.end()
    yield text[start:]


def _signals(record: str, tags: dict[str, str], nucleus: Nucleus) -> _SignalList | None:
    for tag, value in tags.items():
        match = _ONE_DIMENSIONAL.fullmatch(tag)
        if match and match[1] == nucleus and (peaks := tuple(_spectrum_peaks(value, tag, nucleus))):
            return _SignalList(peaks, _larmor_mhz(value), tag)
    if (assignment := tags.get("NMREDATA_ASSIGNMENT")) and (
        peaks := tuple(_assigned_peaks(assignment, _elements(record), nucleus))
    ):
        return _SignalList(peaks, None, "NMREDATA_ASSIGNMENT")
    return None


def _entries(value: str) -> Iterator[list[str]]:
    """Yield the entries of a tag without comments, each a list of its fields."""
    for count, line in enumerate(re.split(r"[\\\n]", value)):
        if count > _MAX_PEAKS:
            raise RefusedError(f"a tag holds more than {_MAX_PEAKS} entries: it is not a spectrum")
        if text := line.partition(";")[0].strip():
            yield [part.strip() for part in text.split(",")]


def _larmor_mhz(value: str) -> float | None:
    match = re.search(rf"^\s*Larmor\s*=\s*({_NUMBER})", value, re.MULTILINE | re.IGNORECASE)
    frequency = float(match[1]) if match else 0.0
    return frequency if 1.0 <= frequency <= 3000.0 else None


def _spectrum_peaks(value: str, tag: str, nucleus: Nucleus) -> Iterator[Peak]:
    for fields in _entries(value):
        shift = _SHIFT.fullmatch(fields[0])
        if shift is None:
            if "=" not in fields[0]:
                raise RefusedError(
                    f"the tag {tag} holds {fields[0][:40]!r}, which is not a shift: export the record again"
                )
            continue  # such as Larmor= or Spectrum_Location=
        ppm = float(shift[1]) if shift[2] is None else (float(shift[1]) + float(shift[2])) / 2
        attributes = _attributes(fields[1:])
        count = _first_number(attributes.get("N", [])) or None
        integral = _first_number(attributes.get("E", [])) or None
        height = _first_number(attributes.get("I", [])) or (count if nucleus == "13C" and count else 1.0)
        couplings = [abs(float(match[0])) for part in attributes.get("J", []) if (match := _VALUE.match(part))]
        yield Peak(
            ppm,
            height,
            None,
            "".join(attributes.get("S", [])[:1])[:16].lower(),
            tuple(sorted((j for j in couplings if 0 < j < 1000), reverse=True)),
            (count or integral) if nucleus == "1H" else None,
        )


def _attributes(fields: list[str]) -> dict[str, list[str]]:
    """Parse fields such as ``J=8.0(H6), 1.2(H7)``: the values after each letter."""
    values_by_letter: dict[str, list[str]] = {}
    current: list[str] = []
    for text in fields:
        if match := _ATTRIBUTE.fullmatch(text):
            current = values_by_letter.setdefault(match[1].upper(), [])
            current.append(match[2].strip())
        else:
            current.append(text)
    return values_by_letter


def _first_number(values: list[str]) -> float:
    match = _VALUE.match(values[0]) if values else None
    number = float(match[0]) if match else 0.0
    return number if 0 < number < 1e12 else 0.0


def _assigned_peaks(value: str, elements: dict[str, str], nucleus: Nucleus) -> Iterator[Peak]:
    """Signals of ``label, shift, atoms``; an atom is a number, or H and its neighbour's number."""
    for fields in _entries(value):
        if len(fields) < 3 or not _VALUE.fullmatch(fields[1]):
            continue
        atoms = [_element(atom, elements) for atom in fields[2:]]
        count = atoms.count("H" if nucleus == "1H" else "C")
        if count:
            implicit = any(atom.upper().startswith("H") for atom in fields[2:])
            protons = float(count) if nucleus == "1H" and not implicit else None
            yield Peak(float(fields[1]), 1.0 if nucleus == "1H" else float(count), None, protons=protons)


def _element(atom: str, elements: dict[str, str]) -> str:
    return "H" if atom.upper().startswith("H") else elements.get(atom, "")


def _elements(record: str) -> dict[str, str]:
    """Element of each atom of a molfile by its number, as far as the file can be parsed."""
    lines = record.lstrip("\n").split("\n") if "V2000" not in record[:400] else record.split("\n")
    start = next((i for i, line in enumerate(lines[:8]) if "V2000" in line), None)
    if start is not None:
        count = int(lines[start][:3]) if lines[start][:3].strip().isdigit() else 0
        return {str(i): line[31:34].strip() for i, line in enumerate(lines[start + 1 : start + 1 + count], 1)}
    return dict(re.findall(r"^M  V30 (\d+) ([A-Z][a-z]?) ", record, re.MULTILINE))


def _matches(head: bytes, path: Path) -> bool:
    return b"<NMREDATA_" in head or _COUNTS.match(head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")) is not None


READER = Reader(accepts="an NMReDATA file (.sdf)", matches=_matches, read=read_nmredata)

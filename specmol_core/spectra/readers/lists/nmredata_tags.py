"""Parse the tags of an NMReDATA record: lists of signals, and shifts assigned to atoms.

The attributes of a signal are those of the format's pages: ``S`` multiplicity, ``J`` couplings, ``N`` number of
nuclei (in 13C: of hydrogens on the carbon), ``E`` integral in any unit, ``I`` intensity, ``L`` labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.readers.text.multiplicity import multiplicity_of

__all__ = ["AssignedShift", "ListedSignal", "SignalList", "assigned_shifts", "parse_signal_list", "tags_of"]

_TAG = re.compile(
    r"^>[^<\n]*<(NMREDATA_[^>\n]+|Spectrum \d{1,3}[A-Z][a-z]? \d{1,4})>.*\n((?:.*\S.*\n?)*)", re.MULTILINE
)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SHIFT = re.compile(rf"({_NUMBER})(?:\s*(?:-|–|\.\.)\s*({_NUMBER}))?")
_VALUE = re.compile(_NUMBER)
_ATTRIBUTE = re.compile(r"([A-Za-z]{1,4}\d?)\s*=\s*(.*)")
_SEQUENCE = re.compile(r"^\s*(?:Sequence|Pulse_?program)\s*=\s*([^;\\\n]*)", re.MULTILINE | re.IGNORECASE)
_LARMOR = re.compile(rf"^\s*Larmor\s*=\s*({_NUMBER})", re.MULTILINE | re.IGNORECASE)
_MAX_ENTRIES = 10_000
_UNKNOWN_PPM = 777.777
"""Shift that stands for an unknown one."""


@dataclass(frozen=True)
class ListedSignal:
    """One entry of the list of a spectrum."""

    ppm: float
    multiplicity: str = ""
    couplings_hz: tuple[float, ...] = ()
    nuclei: float | None = None
    integral: float | None = None
    intensity: float | None = None
    labels: tuple[str, ...] = ()
    hydrogens: tuple[int, ...] = ()
    """Number of hydrogens on the carbon, where the multiplicity is that number."""


@dataclass(frozen=True)
class SignalList:
    """The signals of one spectrum of a record."""

    tag: str
    signals: tuple[ListedSignal, ...]
    frequency_mhz: float | None
    sequence: str
    """Name of the experiment; empty where none is stated."""


@dataclass(frozen=True)
class AssignedShift:
    """One shift that the record assigns to atoms."""

    label: str
    ppm: float
    atoms: int
    """Number of atoms of the nucleus."""
    is_counted: bool = field(default=True)
    """Whether that is the number of nuclei; not for hydrogens that the molfile does not hold."""


def tags_of(record: str) -> list[tuple[str, str]]:
    """Return names and values of the NMReDATA and nmrshiftdb2 tags of a record, in order; a name may occur twice."""
    return [(match[1].strip(), match[2]) for match in _TAG.finditer(record)]


def parse_signal_list(tag: str, value: str) -> SignalList:
    """Parse the value of a tag such as ``NMREDATA_1D_1H``; repeated entries are one signal.

    Raises
    ------
    RefusedError
        If an entry is not a shift, or there are too many.
    """
    signals: dict[tuple[object, ...], ListedSignal] = {}
    for fields in _entries(value):
        shift = _SHIFT.fullmatch(fields[0])
        if shift is None:
            if "=" not in fields[0]:
                raise RefusedError(
                    f"the tag {tag} holds {fields[0][:40]!r}, which is not a shift: export the record again"
                )
            continue  # such as Larmor= or Spectrum_Location=
        ppm = float(shift[1]) if shift[2] is None else (float(shift[1]) + float(shift[2])) / 2
        if abs(ppm - _UNKNOWN_PPM) < 0.01:
            continue
        signal = _signal(ppm, _attributes(fields[1:]))
        key = (signal.ppm, signal.multiplicity, signal.couplings_hz, signal.integral, signal.intensity)
        known = signals.get(key)
        signals[key] = signal if known is None else replace(known, labels=_union(known.labels, signal.labels))
    match = _LARMOR.search(value)
    frequency = float(match[1]) if match else 0.0
    sequence = " ".join(found[1].strip() for found in _SEQUENCE.finditer(value)).strip()
    return SignalList(tag, tuple(signals.values()), frequency if 1.0 <= frequency <= 3000.0 else None, sequence)


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _entries(value: str) -> Iterator[list[str]]:
    """Yield the entries of a tag without comments, each a list of its fields."""
    for count, line in enumerate(re.split(r"[\\\n]", value)):
        if count > _MAX_ENTRIES:
            raise RefusedError(f"a tag holds more than {_MAX_ENTRIES} entries: it is not a spectrum")
        if text := line.partition(";")[0].strip():
            yield [part.strip() for part in text.split(",")]


def _signal(ppm: float, attributes: dict[str, list[str]]) -> ListedSignal:
    couplings = [abs(float(match[0])) for part in attributes.get("J", []) if (match := _VALUE.match(part))]
    written = "".join(attributes.get("S", [])[:1])[:16].strip()
    labels = [label.strip("() ") for part in attributes.get("L", []) for label in part.split("|")]
    return ListedSignal(
        ppm,
        "" if written.isdigit() else multiplicity_of(written) or written.lower(),
        tuple(sorted((j for j in couplings if 0 < j < 1000), reverse=True)),
        _number_of(attributes, "N"),
        _positive(_number_of(attributes, "E")),
        _number_of(attributes, "I"),
        tuple(label for label in labels if label not in ("", "<>")),
        (int(written),) if written in ("0", "1", "2", "3") else (),
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


def _number_of(attributes: dict[str, list[str]], letter: str) -> float | None:
    values = attributes.get(letter, [])
    match = _VALUE.match(values[0]) if values else None
    number = float(match[0]) if match else None
    return number if number is not None and abs(number) < 1e12 else None


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def assigned_shifts(value: str, record: str, nucleus: str) -> list[AssignedShift]:
    """Parse ``label, shift, atoms``; an atom is a number, or H and its neighbour's number.

    Parameters
    ----------
    record
        The whole record, whose molfile tells the elements.
    """
    elements, symbol = _elements(record), "H" if nucleus == "1H" else "C"
    shifts = []
    for fields in _entries(value):
        if len(fields) < 3 or not _VALUE.fullmatch(fields[1]) or abs(float(fields[1]) - _UNKNOWN_PPM) < 0.01:
            continue
        count = [_element(atom, elements) for atom in fields[2:]].count(symbol)
        if count:
            is_implicit = nucleus == "1H" and any(atom.upper().startswith("H") for atom in fields[2:])
            shifts.append(AssignedShift(fields[0], float(fields[1]), count, not is_implicit))
    return shifts


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

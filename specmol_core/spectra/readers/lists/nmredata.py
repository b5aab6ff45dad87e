"""Read a spectrum from an NMReDATA file: an SDF whose tags hold the signals of a compound.

The tags are those of Pupier et al., Magn. Reson. Chem. 56 (2018) 703, versions 1.0 to 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited, lacks_quaternary
from specmol_core.spectra.readers.lists.carbon_types import hydrogens_from_signs
from specmol_core.spectra.readers.lists.nmredata_counts import proton_counts
from specmol_core.spectra.readers.lists.nmredata_tags import (
    AssignedShift,
    ListedSignal,
    SignalList,
    assigned_shifts,
    parse_signal_list,
    tags_of,
)
from specmol_core.spectra.readers.lists.nmrshiftdb import shiftdb_peaks
from specmol_core.spectra.readers.lists.spectrum_from_peaks import spectrum_from_peaks
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile, require_nucleus
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["READER", "read_nmredata"]

_RECORD_END = re.compile(r"^\$\$\$\$.*$", re.MULTILINE)
_ONE_DIMENSIONAL = re.compile(r"NMREDATA_1D_(\d+[A-Z][A-Za-z]?)(?:[#._]\d+)?")
_COUNTS = re.compile(rb"[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*V[23]000")
_NMREDATA_TAG = re.compile(rb"<NMREDATA_")
_SHIFTDB_TAG = re.compile(rb"^>[^<\n]{0,40}<Spectrum \d{1,3}[A-Z][a-z]? \d", re.MULTILINE)
_SAME_PPM = {"1H": 0.03, "13C": 0.3}
"""Distance up to which a shift of a list and one of another list or of an assignment are the same (ppm)."""


@dataclass(frozen=True)
class _RecordSignals:
    """The signals of one nucleus in one record."""

    peaks: tuple[Peak, ...]
    frequency_mhz: float | None
    tag: str
    notes: tuple[str, ...]


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
        tags = tags_of(record)
        found = _signals(record, tags, request.nucleus)
        if found is None:
            others += [match[1] for name, _ in tags if (match := _ONE_DIMENSIONAL.fullmatch(name))]
            continue
        notes = list(found.notes)
        if len(numbered) > 1:
            notes.insert(
                0, f"holds {len(records)} records: number {number}, the first with {request.nucleus} signals, was read"
            )
        return spectrum_from_peaks(
            source,
            request,
            found.peaks,
            frequency_mhz=found.frequency_mhz,
            solvent=dict(tags).get("NMREDATA_SOLVENT", "").strip(" \n\\")[:60] or None,
            referencing=f"ppm of the tag {found.tag}",
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


def _signals(record: str, tags: Sequence[tuple[str, str]], nucleus: Nucleus) -> _RecordSignals | None:
    """The signals of the spectrum of a nucleus, with the assigned shifts that its list lacks."""
    assigned = [
        shift
        for name, value in tags
        if name == "NMREDATA_ASSIGNMENT"
        for shift in assigned_shifts(value, record, nucleus)
    ]
    lists = [
        parse_signal_list(name, value)
        for name, value in tags
        if (match := _ONE_DIMENSIONAL.fullmatch(name)) and match[1] == nucleus
    ]
    lists = [entry for entry in lists if entry.signals]
    if not lists:
        if not assigned:
            return _shiftdb_signals(tags, nucleus)
        shifts = tuple(_assigned_peak(shift, nucleus) for shift in _merged(assigned, nucleus))
        note = "its shifts are those assigned to atoms; it lists no spectrum with couplings"
        return _RecordSignals(shifts, None, "NMREDATA_ASSIGNMENT", (note,))
    # A DEPT or APT beside a plain spectrum lacks carbons, or tells less.
    chosen = min(lists, key=lambda entry: (is_multiplicity_edited(entry.sequence), -len(entry.signals)))
    notes = []
    if len(lists) > 1:
        about = ", ".join(f"{entry.tag} ({entry.sequence or 'no sequence'})" for entry in lists if entry is not chosen)
        notes.append(f"holds {len(lists)} lists of {nucleus}: that of {chosen.tag} was read, not that of {about}")
    if lacks_quaternary(chosen.sequence):
        notes.append(f"{chosen.sequence[:40]} is a DEPT: it shows no carbon without a proton")
    peaks = _listed_peaks(chosen, assigned, nucleus, notes)
    if nucleus == "13C":
        peaks = _with_edited(peaks, [entry for entry in lists if is_multiplicity_edited(entry.sequence)])
    labels = {label for signal in chosen.signals for label in signal.labels}
    lacking = [
        shift
        for shift in _merged(assigned, nucleus)
        if shift.label not in labels and all(abs(shift.ppm - peak.ppm) > _SAME_PPM[nucleus] for peak in peaks)
    ]
    if labels and lacking:
        peaks += [_assigned_peak(shift, nucleus) for shift in lacking]
        notes.append(f"{len(lacking)} shifts that are assigned to atoms and that its list lacks were added")
    return _RecordSignals(tuple(peaks), chosen.frequency_mhz, chosen.tag, tuple(notes))


def _shiftdb_signals(tags: Sequence[tuple[str, str]], nucleus: Nucleus) -> _RecordSignals | None:
    """The signals of a record of nmrshiftdb2, whose tags are named as ``Spectrum 13C 0``."""
    spectra = [
        (name, peaks)
        for name, value in tags
        if re.fullmatch(rf"Spectrum {nucleus} \d+", name) and (peaks := shiftdb_peaks(value, nucleus))
    ]
    if not spectra:
        return None
    (name, peaks), *others = spectra
    about = ", ".join(name for name, _ in others)
    notes = (f"holds {len(spectra)} {nucleus} spectra: {name} was read, not {about}",) if others else ()
    return _RecordSignals(peaks, None, name, notes)


def _listed_peaks(
    chosen: SignalList, assigned: Sequence[AssignedShift], nucleus: Nucleus, notes: list[str]
) -> list[Peak]:
    atoms = {shift.label: float(shift.atoms) for shift in assigned if shift.is_counted}
    signals = chosen.signals if nucleus == "1H" else _one_per_shift(chosen.signals)
    known = [
        sum(atoms[label] for label in signal.labels) if signal.labels and set(signal.labels) <= set(atoms) else None
        for signal in signals
    ]
    if nucleus == "1H":
        counts, count_notes = proton_counts(signals, known)
        notes += count_notes
    else:
        counts = [count if count is not None and count > 1 else None for count in known]
    states_hydrogens = nucleus == "13C" and any(signal.nuclei == 0 for signal in signals)
    return [
        Peak(
            signal.ppm,
            signal.intensity or (count if nucleus == "13C" and count else 1.0),
            None,
            signal.multiplicity,
            signal.couplings_hz,
            count,
            hydrogens=signal.hydrogens
            or ((int(signal.nuclei),) if states_hydrogens and signal.nuclei in (0, 1, 2, 3) else ()),
            assigned=bool(signal.labels),
        )
        for signal, count in zip(signals, counts, strict=True)
    ]


def _one_per_shift(signals: Sequence[ListedSignal]) -> tuple[ListedSignal, ...]:
    """13C signals with one entry per shift, which programs repeat for each atom of it."""
    found: dict[float, ListedSignal] = {}
    for signal in signals:
        known = found.get(signal.ppm)
        labels = signal.labels if known is None else tuple(dict.fromkeys((*known.labels, *signal.labels)))
        found[signal.ppm] = replace(known or signal, labels=labels)
    return tuple(found.values())


def _with_edited(peaks: list[Peak], edited: Sequence[SignalList]) -> list[Peak]:
    """The peaks with the numbers of hydrogens that the signs of a DEPT or APT of the record allow."""
    for entry in edited:
        if not any(signal.intensity and signal.intensity < 0 for signal in entry.signals):
            continue
        signs = []
        for peak in peaks:
            nearest = min(entry.signals, key=lambda signal: abs(signal.ppm - peak.ppm))
            is_same = abs(nearest.ppm - peak.ppm) <= _SAME_PPM["13C"]
            intensity = nearest.intensity or 0.0
            signs.append((intensity > 0) - (intensity < 0) if is_same else 0)
        allowed = hydrogens_from_signs(signs, [peak.ppm for peak in peaks], entry.sequence)
        return [replace(peak, hydrogens=peak.hydrogens or h) for peak, h in zip(peaks, allowed, strict=True)]
    return peaks


def _merged(assigned: Sequence[AssignedShift], nucleus: Nucleus) -> list[AssignedShift]:
    """Assigned shifts, with one entry for carbons of the same shift."""
    if nucleus == "1H":
        return list(dict.fromkeys(assigned))
    found: dict[float, AssignedShift] = {}
    for shift in assigned:
        known = found.get(shift.ppm)
        found[shift.ppm] = shift if known is None else replace(known, atoms=known.atoms + shift.atoms)
    return list(found.values())


def _assigned_peak(shift: AssignedShift, nucleus: Nucleus) -> Peak:
    atoms = float(shift.atoms)
    if nucleus == "1H":
        return Peak(shift.ppm, 1.0, None, protons=atoms if shift.is_counted else None, assigned=True)
    return Peak(shift.ppm, atoms, None, protons=atoms if atoms > 1 else None, assigned=True)


def _matches(head: bytes, path: Path) -> bool:
    lines = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return any(pattern.search(lines) for pattern in (_NMREDATA_TAG, _SHIFTDB_TAG)) or _COUNTS.match(lines) is not None


READER = Reader(accepts="an NMReDATA or nmrshiftdb2 file (.sdf)", matches=_matches, read=read_nmredata)

"""Compare what was read from a file with what must be read from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from specmol_core.errors import SpectrumError
from specmol_core.evaluation.measured.raw_pairs import load_spectrum
from specmol_core.evaluation.readers.vendor_cases import VendorCase
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["RankTruth", "spectrum_faults"]

RankTruth = Callable[[Spectrum, Sequence[str]], str]
"""Ranks isomers, the compound first among them; returns what is wrong, empty where nothing is."""

_MAX_FREQUENCY_DEVIATION = 1e-4
_MIN_CORRELATION = 0.999
"""Least correlation of two traces that show the same spectrum."""
_MAX_PROTON_RATIO = 1.2
"""Largest ratio of integrals, relative to the protons, that counts as one unit."""


class _ReadFile:
    """A file as it was read, with its lines and all warnings."""

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum
        self.analysis = Analysis(spectrum)

    @cached_property
    def warnings(self) -> str:
        return "\n".join([*inspect(self.spectrum).warnings, *self.analysis.masked_spectrum.warnings])

    @cached_property
    def shifts(self) -> np.ndarray:
        """Shifts of all lines, and of the middles of the multiplets (ppm)."""
        found = self.analysis.recognition
        return np.array([line.peak.ppm for line in found.lines] + [signal.ppm for signal in found.signals])

    @cached_property
    def compound_shifts(self) -> list[float]:
        """Shifts of the lines that count for the compound (ppm)."""
        return [line.peak.ppm for line in self.analysis.masked_recognition.of_kind("compound")]

    def has_line(self, ppm: float, within: float) -> bool:
        return bool(self.shifts.size and np.abs(self.shifts - ppm).min() <= within)


def spectrum_faults(case: VendorCase, folder: Path, rank_truth: RankTruth) -> list[str]:
    """Read a spectrum, and return what is wrong with it; empty where it is read as the case says.

    Parameters
    ----------
    folder
        Folder of the vendor files.
    rank_truth
        Ranks the isomers of a case.
    """
    path = folder / case.path
    try:
        read = _ReadFile(load_spectrum(path, case.nucleus))
    except SpectrumError as error:
        reason = str(error)
        if case.or_refused and re.search(case.or_refused, reason):
            return []
        if case.or_named and _proposed_name_works(reason, case):
            return []
        return [f"refused: {reason.removeprefix(f'{path}: ')}"]
    faults = [fault for check in _CHECKS for fault in check(case, read)]
    if case.same_as:
        faults += _differences(read.spectrum, folder / case.same_as, case)
    if case.ranked_first and (fault := rank_truth(read.spectrum, case.ranked_first)):
        faults.append(fault)
    excused = case.or_warning and re.search(case.or_warning, read.warnings)
    return [] if excused else faults


def _proposed_name_works(reason: str, case: VendorCase) -> bool:
    """Whether the path that a refusal proposes can be read."""
    match = re.search(r"name one as (.+?::.+?): ", reason)
    try:
        return match is not None and bool(load_spectrum(Path(match[1]), case.nucleus))
    except SpectrumError:
        return False


def _check_lines(case: VendorCase, read: _ReadFile) -> Iterator[str]:
    missing = [ppm for ppm in case.lines if not read.has_line(ppm, case.tolerance_ppm)]
    if missing:
        yield f"no line at {_join(missing)} ppm"
    present = [ppm for ppm in case.absent if read.has_line(ppm, case.tolerance_ppm)]
    if present:
        yield f"a line at {_join(present)} ppm"
    if case.only_lines:
        expected = np.array([*case.lines, *case.may_have])
        foreign = [ppm for ppm in read.compound_shifts if np.abs(expected - ppm).min() > case.tolerance_ppm]
        if foreign:
            yield f"lines at {_join(foreign)} ppm are not of the compound"


def _check_solvent(case: VendorCase, read: _ReadFile) -> Iterator[str]:
    if not case.solvent:
        return
    found, wanted = read.analysis.recognition, solvent_named(case.solvent)
    assert wanted is not None
    references = [signal.ppm for signal in wanted.signals(case.nucleus)]
    is_recognised = found.has_solvent_lines and found.solvent == wanted.name
    # The reader itself may have found it, to reference the axis, although other lines overlap with it.
    if not is_recognised and not read.spectrum.referencing.startswith(wanted.name):
        yield f"{case.solvent} is not recognised by its lines"
    elif not any(read.has_line(ppm, case.tolerance_ppm) for ppm in references):
        yield f"{case.solvent} has no line at its reference shift"


def _check_protons(case: VendorCase, read: _ReadFile) -> Iterator[str]:
    if not case.protons:
        return
    listed = [peak.protons for peak in sorted(read.spectrum.peaks, key=lambda peak: -peak.ppm)]
    if len(listed) != len(case.protons) or None in listed:
        yield f"the protons of its signals are {listed}"
        return
    ratios = np.array(listed, dtype=float) / np.array(case.protons)
    if ratios.max() > _MAX_PROTON_RATIO * ratios.min():
        yield f"the protons of its signals are {listed}, not in the ratio {list(case.protons)}"


def _check_axis(case: VendorCase, read: _ReadFile) -> Iterator[str]:
    spectrum = read.spectrum
    frequency = spectrum.frequency_mhz or 0.0
    if case.frequency_mhz and abs(frequency / case.frequency_mhz - 1) > _MAX_FREQUENCY_DEVIATION:
        yield f"its frequency is {frequency:g} MHz, not {case.frequency_mhz:g}"
    if case.trace_points and (spectrum.peaks or spectrum.axis.points != case.trace_points):
        what = f"{len(spectrum.peaks)} peaks" if spectrum.peaks else f"{spectrum.axis.points} points"
        yield f"it is read as {what}, not as a trace of {case.trace_points} points"
    axis = read.analysis.masked_spectrum.axis
    if case.axis_high and abs(axis.high - case.axis_high) > case.tolerance_ppm + axis.step:
        yield f"its axis begins at {axis.high:.2f} ppm, not at {case.axis_high:.2f}"


def _check_warnings(case: VendorCase, read: _ReadFile) -> Iterator[str]:
    if case.warning and not re.search(case.warning, read.warnings):
        yield f"no warning says {case.warning!r}"
    if case.no_warning and (match := re.search(f".*(?:{case.no_warning}).*", read.warnings)):
        yield f"a warning says {match.group()!r}"


_CHECKS = (_check_lines, _check_solvent, _check_protons, _check_axis, _check_warnings)


def _differences(spectrum: Spectrum, other_path: Path, case: VendorCase) -> list[str]:
    """What differs between two files that show the same spectrum."""
    try:
        other = load_spectrum(other_path, case.nucleus)
    except SpectrumError as error:
        return [f"the file to compare with is refused: {error}"]
    axis = spectrum.axis
    if axis.points != other.axis.points or max(abs(axis.high - other.axis.high), abs(axis.low - other.axis.low)) > (
        case.tolerance_ppm
    ):
        return [f"its axis differs from that of {case.same_as}"]
    correlation = float(np.corrcoef(spectrum.intensities, other.intensities)[0, 1])
    return [] if correlation > _MIN_CORRELATION else [f"its trace differs from that of {case.same_as}"]


def _join(shifts: Sequence[float]) -> str:
    return ", ".join(f"{ppm:.2f}" for ppm in shifts)

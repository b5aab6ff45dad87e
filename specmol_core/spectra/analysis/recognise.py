"""Recognise which lines of a spectrum are of the compound, of the solvent and of impurities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from specmol_core.spectra.analysis.broad_lines import MIN_WIDTH_RATIO, WIDTH_RANGE_HZ
from specmol_core.spectra.analysis.coarse_solvent import find_coarse_solvent
from specmol_core.spectra.analysis.contaminants import find_impurities_c13, find_impurities_h1, find_satellites
from specmol_core.spectra.analysis.multiplets import H1Signal, group_signals
from specmol_core.spectra.analysis.noise import NoiseFloor, estimate_noise_floor
from specmol_core.spectra.analysis.picking import pick_peaks, resolves_lines
from specmol_core.spectra.analysis.residual_solvent import PeakOrigins
from specmol_core.spectra.analysis.solvent_findings import SolventFindings, find_carbon_solvent, find_proton_solvent
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.solvents import Solvent, solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["LineKind", "LineRecognition", "RecognisedLine", "recognise"]

LineKind = Literal["compound", "solvent", "impurity"]

_MIN_RELATIVE_HEIGHT = {"1H": 0.01, "13C": 0.05}
"""Least height of a line of the compound, relative to its typical strong line."""
_MIN_BROAD_AREA = {"1H": 1.0, "13C": 0.4}
"""Least area at which a broad line is of the compound whatever its height, relative to that of a
typical strong line."""
_MIN_STRONG_SHARE, _MIN_COARSE_STRONG_SHARE = 0.05, 0.02
"""Least height of a strong line, relative to the tallest; the second on a coarse axis, where the solvent
may be the tallest."""


@dataclass(frozen=True)
class RecognisedLine:
    """One line and its origin."""

    peak: Peak
    kind: LineKind
    reason: str = ""
    """Name of the solvent or impurity; empty for the compound."""

    def as_dict(self) -> dict[str, float | str]:
        """Plain values: ``ppm``, ``kind`` and ``reason``."""
        return {"ppm": round(self.peak.ppm, 4), "kind": self.kind, "reason": self.reason}


@dataclass(frozen=True)
class LineRecognition:
    """The lines of a spectrum and their origins."""

    lines: tuple[RecognisedLine, ...]
    """Lines, high to low shift."""
    signals: tuple[H1Signal, ...]
    """Signals of the compound; 1H only."""
    floor: NoiseFloor
    solvent: str | None
    """Name of the solvent that was found, or else the stated one."""
    has_solvent_lines: bool
    """Whether lines of the solvent were found."""
    offset_ppm: float | None
    """Deviation of the solvent's lines from the table (ppm); None if no solvent was found."""
    shared_with_solvent: tuple[float, ...] = ()
    """Shifts at which a line of the solvent is too tall for the solvent alone (ppm)."""
    solvent_is_crowded: bool = False
    """Whether the stated solvent's line overlaps with others and was not recognised."""

    def of_kind(self, *kinds: LineKind) -> tuple[RecognisedLine, ...]:
        """The lines of these kinds."""
        return tuple(line for line in self.lines if line.kind in kinds)


def recognise(spectrum: Spectrum, solvent: str | None = None, *, weak_lines: bool = False) -> LineRecognition:
    """Pick the lines of a spectrum, and recognise those of the solvent, impurities and compound.

    A line is of the compound unless there is evidence to the contrary: the pattern of deuterium
    coupling, an isolated residual line at its reference position, or all lines of an impurity in
    the right ratio. Lines far weaker than those of the compound are left out. On an axis too coarse
    for patterns, only the carbons of the solvent are recognised. In a peak list from a paper, all
    lines are of the compound. So is a line that the source assigns to an atom.

    Parameters
    ----------
    solvent
        Name of the solvent, in place of the one that the file states.
    weak_lines
        Whether lines far weaker than those of the compound are of the compound, too, as in a mixture.
    """
    floor = estimate_noise_floor(spectrum.intensities, spectrum.height_step)
    peaks = pick_peaks(spectrum, floor)
    stated = solvent_named(solvent or spectrum.solvent)
    if not peaks or _is_printed_list(peaks):
        lines = tuple(RecognisedLine(peak, "compound") for peak in peaks)
        signals = group_signals(spectrum, peaks, floor) if spectrum.nucleus == "1H" else ()
        return LineRecognition(lines, signals, floor, _solvent_name(stated, spectrum), False, None)
    if not (spectrum.peaks or resolves_lines(spectrum)):
        return _recognise_coarse(spectrum, peaks, floor, stated)
    findings = (
        find_carbon_solvent(spectrum, peaks, stated)
        if spectrum.nucleus == "13C"
        else find_proton_solvent(spectrum, peaks, stated)
    )
    findings = replace(findings, origins=_unassigned(findings.origins, peaks))
    compound_indices = _strong_lines(peaks, findings.origins, spectrum.nucleus)
    impurity_origins, signals = _find_impurities(spectrum, peaks, compound_indices, findings, floor)
    impurity_origins = _unassigned(impurity_origins, peaks)
    if weak_lines:
        origins = findings.origins | impurity_origins
        weak = set(range(len(peaks))) - set(compound_indices) - set(origins)
        compound_indices = sorted({*compound_indices, *weak})
        if weak and spectrum.nucleus == "1H":
            signals = group_signals(spectrum, [peaks[i] for i in compound_indices if i not in origins], floor)
    lines = tuple(
        RecognisedLine(peaks[i], *_classify(i, findings.origins, impurity_origins))
        for i in sorted({*compound_indices, *findings.origins}, key=lambda i: -peaks[i].ppm)
    )
    name = findings.solvent.name if findings.solvent is not None else _solvent_name(stated, spectrum)
    shared_with_solvent = tuple(peaks[i].ppm for i in findings.shared_with_solvent)
    return LineRecognition(
        lines,
        signals,
        floor,
        name,
        findings.solvent is not None,
        findings.offset_ppm,
        shared_with_solvent,
        findings.solvent_is_crowded,
    )


def _recognise_coarse(
    spectrum: Spectrum, peaks: Sequence[Peak], floor: NoiseFloor, stated: Solvent | None
) -> LineRecognition:
    """The lines on an axis that does not resolve them: of the compound, or of the solvent's carbons."""
    found = find_coarse_solvent(spectrum, peaks, floor, stated)
    origins: PeakOrigins = {} if found is None else dict.fromkeys(found.lines, found.solvent.name)
    compound_indices = _strong_lines(peaks, origins, spectrum.nucleus, _MIN_COARSE_STRONG_SHARE)
    compound_peaks = [peaks[i] for i in compound_indices]
    return LineRecognition(
        tuple(RecognisedLine(peaks[i], *_classify(i, origins, {})) for i in sorted({*compound_indices, *origins})),
        group_signals(spectrum, compound_peaks, floor) if spectrum.nucleus == "1H" else (),
        floor,
        _solvent_name(stated, spectrum) if found is None else found.solvent.name,
        found is not None,
        None,
    )


def _is_printed_list(peaks: Sequence[Peak]) -> bool:
    """Whether the lines are a peak list from a paper, which does not contain the solvent, or all assigned."""
    return any(peak.protons is not None or peak.multiplicity for peak in peaks) or all(peak.assigned for peak in peaks)


def _unassigned(origins: PeakOrigins, peaks: Sequence[Peak]) -> PeakOrigins:
    """The origins without lines that the source assigns to atoms of the compound."""
    return {index: origin for index, origin in origins.items() if not peaks[index].assigned}


def _solvent_name(stated: Solvent | None, spectrum: Spectrum) -> str | None:
    return stated.name if stated is not None else spectrum.solvent


def _strong_lines(
    peaks: Sequence[Peak], origins: PeakOrigins, nucleus: str, min_share: float = _MIN_STRONG_SHARE
) -> list[int]:
    """Indices of the unassigned lines that are not far weaker than the typical strong line of the
    compound; a strong line is above ``min_share`` of the tallest."""
    unassigned = [i for i in range(len(peaks)) if i not in origins]
    if not unassigned:
        return []
    heights = np.array([abs(peaks[i].height) for i in unassigned])
    strong = np.sort(heights)[::-1][:5]
    typical = float(np.median(strong[strong > min_share * strong[0]]))
    is_strong = heights >= _MIN_RELATIVE_HEIGHT[nucleus] * typical
    widths = np.array([peaks[i].width_hz or 0.0 for i in unassigned])
    areas, usual_width = heights * widths, float(np.median(widths))
    least, most = WIDTH_RANGE_HZ[nucleus]
    is_broad = (widths > max(MIN_WIDTH_RATIO * usual_width, least)) & (widths < most)
    is_strong |= is_broad & (areas > _MIN_BROAD_AREA[nucleus] * typical * usual_width)
    return [i for i, is_kept in zip(unassigned, is_strong, strict=True) if is_kept]


def _find_impurities(
    spectrum: Spectrum,
    peaks: Sequence[Peak],
    compound_indices: Sequence[int],
    findings: SolventFindings,
    floor: NoiseFloor,
) -> tuple[PeakOrigins, tuple[H1Signal, ...]]:
    """The lines of impurities among the remaining lines, and the signals of the others (1H)."""
    solvent = findings.solvent.name if findings.solvent is not None else ""
    if spectrum.nucleus == "13C":
        return find_impurities_c13(peaks, compound_indices, solvent, findings.offset_ppm or 0.0), ()
    origins = find_satellites(peaks, compound_indices, spectrum.frequency_mhz or 400.0)
    signals = group_signals(spectrum, [peaks[i] for i in compound_indices if i not in origins], floor)
    impurity_origins = find_impurities_h1(signals, peaks, solvent)
    impurity_peaks = {id(peaks[i]) for i in impurity_origins}
    return origins | impurity_origins, tuple(s for s in signals if id(s.peaks[0]) not in impurity_peaks)


def _classify(index: int, origins: PeakOrigins, impurity_origins: PeakOrigins) -> tuple[LineKind, str]:
    if index in origins:
        return "solvent", origins[index]
    if index in impurity_origins:
        return "impurity", impurity_origins[index]
    return "compound", ""

"""Find the lines of the solvent, of water and of tetramethylsilane in a spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specmol_core.spectra.analysis.contaminants import find_satellites
from specmol_core.spectra.analysis.residual_solvent import PeakOrigins, find_residual_solvent, find_tms, find_water
from specmol_core.spectra.analysis.solvent_lines import SolventMatch, find_solvents
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.solvents import Solvent
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["SolventFindings", "find_carbon_solvent", "find_proton_solvent"]

_MIN_OTHER_SOLVENT_SHARE = 0.02
"""Least height of the multiplet of a solvent that the file does not state, relative to the tallest 13C
line."""
_MAX_SINGLE_OFFSET_PPM = {"13C": 0.25}
"""Largest distance of a solvent's carbon without deuterium from its reference position, after
correction by the offset of the solvent's multiplet (ppm)."""


@dataclass(frozen=True)
class SolventFindings:
    """Lines of the solvent, of water and of tetramethylsilane; indices are those of the peaks."""

    origins: PeakOrigins
    solvent: Solvent | None
    offset_ppm: float | None
    shared_with_solvent: tuple[int, ...] = ()
    solvent_is_crowded: bool = False


def find_carbon_solvent(spectrum: Spectrum, peaks: Sequence[Peak], stated: Solvent | None) -> SolventFindings:
    """Lines of the solvents of a 13C spectrum by their multiplets, and of tetramethylsilane."""
    window = (spectrum.axis.high, spectrum.axis.low)
    matches = find_solvents(peaks, "13C", spectrum.frequency_mhz, window)
    origins: PeakOrigins = dict(find_tms(peaks, "13C", spectrum.frequency_mhz or 100.0))
    shared_with_solvent: list[int] = []
    for match in matches:
        for multiplet in match.multiplets:
            solvent_indices = [i for i in multiplet.lines if i not in multiplet.shared_lines]
            origins |= dict.fromkeys(solvent_indices, match.solvent.name)
            origins |= dict.fromkeys(multiplet.isotopologues, f"{match.solvent.name} with a proton")
            shared_with_solvent += multiplet.shared_lines
        origins |= _single_carbons(peaks, match, origins)
    best = _preferred_match(matches, stated, peaks)
    if best is None:
        return SolventFindings(origins, None, None)
    return SolventFindings(origins, best.solvent, best.offset_ppm, tuple(shared_with_solvent))


def _preferred_match(
    matches: Sequence[SolventMatch], stated: Solvent | None, peaks: Sequence[Peak]
) -> SolventMatch | None:
    """The match of the stated solvent if there is one, else the best match.

    Traces of another solvent do not overrule the stated one.
    """
    if stated is None:
        return matches[0] if matches else None
    for match in matches:
        if match.solvent.name == stated.name:
            return match
    least = _MIN_OTHER_SOLVENT_SHARE * max((abs(peak.height) for peak in peaks), default=0.0)
    tall = (m for m in matches if max(abs(peaks[i].height) for part in m.multiplets for i in part.lines) >= least)
    return next(tall, None)


def _single_carbons(peaks: Sequence[Peak], match: SolventMatch, assigned: PeakOrigins) -> PeakOrigins:
    """Lines of the solvent's carbons without deuterium, at positions corrected by its multiplet."""
    origins: PeakOrigins = {}
    for signal in match.solvent.c13:
        if signal.lines > 1:
            continue
        candidates = [
            i for i, p in enumerate(peaks) if abs(p.ppm - match.offset_ppm - signal.ppm) < _MAX_SINGLE_OFFSET_PPM["13C"]
        ]
        unassigned = [i for i in candidates if i not in assigned]
        if len(unassigned) == 1:
            origins[unassigned[0]] = match.solvent.name
    return origins


def find_proton_solvent(spectrum: Spectrum, peaks: Sequence[Peak], stated: Solvent | None) -> SolventFindings:
    """Residual lines of the solvent of a 1H spectrum, water and tetramethylsilane."""
    frequency = spectrum.frequency_mhz
    origins: PeakOrigins = dict(find_tms(peaks, "1H", frequency))
    residual = find_residual_solvent(peaks, frequency, stated)
    solvent = stated if residual is None else residual.solvent
    origins |= residual.origins if residual is not None else {}
    if solvent is not None:
        others = [i for i in range(len(peaks)) if i not in origins]
        satellites = find_satellites(peaks, others, frequency or 400.0, one_may_be_hidden=True)
        origins |= {i: satellites.get(i, name) for i, name in find_water(peaks, frequency, solvent, origins).items()}
    if residual is None:
        solvent_is_crowded = stated is not None and any(
            abs(p.ppm - s.ppm) < 0.03 for p in peaks for s in stated.h1
        )  # fmt: skip
        return SolventFindings(origins, None, None, solvent_is_crowded=solvent_is_crowded)
    top = max(residual.origins, key=lambda i: abs(peaks[i].height))
    offset_ppm = min((peaks[top].ppm - s.ppm for s in residual.solvent.h1), key=abs)
    return SolventFindings(origins, residual.solvent, float(offset_ppm))

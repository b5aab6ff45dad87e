"""Recognise the lines of impurities.

All signals of an impurity must be present, and its amount must be too small for the compound.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.multiplets import H1Signal
from specmol_core.spectra.analysis.residual_solvent import PeakOrigins
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.reference.impurities import IMPURITIES, Impurity

__all__ = ["SOUGHT", "find_impurities_c13", "find_impurities_h1", "find_satellites"]

SOUGHT = tuple(impurity for impurity in IMPURITIES if impurity.name != "grease")
"""Impurities searched for. Grease is not, because long alkyl chains of a compound have the same
shifts."""
_RESIDUAL = {"chloroform": "CDCl3"}
"""Impurities that are residual molecules of a solvent, and that solvent; not searched for in it."""
_MAX_OFFSET_PPM = {"1H": 0.025, "13C": 0.12}
"""Largest deviation of a line from the table, after correction by the solvent's offset (ppm)."""
_MAX_SHARE_MULTI_SIGNAL = 0.4
"""Largest signal of an impurity with several signals, relative to the median signal of the
compound."""
_MAX_SHARE_SINGLE_SIGNAL = 0.12
"""The same for an impurity with a single line."""
_MAX_AMOUNT_RATIO = {"1H": 1.8, "13C": 5.0}
"""Largest ratio of the amounts from different signals; it is larger for carbons, whose relaxation
differs."""
_ETHYL_J_HZ = (6.0, 8.2)
"""Range of the coupling in an ethyl group (Hz)."""
_HALF_J_CH_HZ = (55.0, 90.0)
"""Range of half the coupling between 13C and its proton (Hz)."""
_MAX_RELATIVE_WIDTH = 2.0
"""Width above which a singlet is not a methyl or methylene of a small molecule, relative to the
median line."""
_MAX_SATELLITE_SHIFT_HZ = 2.5
"""Largest difference of the distances of both satellites (Hz)."""
_MIN_HIDING_RATIO, _HIDING_RANGE_HZ = 2.0, 5.0
"""Least height of a line that hides a satellite, relative to the satellite, and its largest distance
(Hz)."""
_SATELLITE_HEIGHT_RATIO = (0.003, 0.010)
"""Range of the height of a 13C satellite, relative to its line: half of the 1.1 % of 13C, with
noise."""


def find_impurities_h1(signals: Sequence[H1Signal], peaks: Sequence[Peak], solvent: str) -> PeakOrigins:
    """Lines of impurities in a 1H spectrum: shift, multiplicity, coupling and integrals must fit.

    Parameters
    ----------
    signals
        Signals of the lines that are not of the solvent.
    peaks
        All lines; the result has indices into this list.
    """
    if len(signals) < 2:
        return {}
    index = {id(peak): i for i, peak in enumerate(peaks)}
    typical = float(np.median([s.integral for s in signals if s.integral > 0] or [1.0]))
    max_width = _MAX_RELATIVE_WIDTH * float(np.median([p.width_hz or 1.0 for s in signals for p in s.peaks]))
    origins: PeakOrigins = {}
    for impurity in SOUGHT:
        expected = impurity.signals("1H", solvent)
        if expected is None or _RESIDUAL.get(impurity.name) == solvent:
            continue
        matched = [
            min(
                (
                    g
                    for g in signals
                    if abs(g.ppm - s.ppm) < _MAX_OFFSET_PPM["1H"] and _has_same_pattern(g, s.multiplicity, max_width)
                ),
                key=lambda g: abs(g.ppm - s.ppm),
                default=None,
            )
            for s in expected
        ]
        groups = [g for g in matched if g is not None]
        if len(groups) < len(expected) or len({id(g) for g in groups}) < len(groups):
            continue
        amounts = np.array([g.integral / s.nuclei for g, s in zip(groups, expected, strict=True)])
        largest = max(g.integral for g in groups)
        share = _MAX_SHARE_MULTI_SIGNAL if len(groups) > 1 else _MAX_SHARE_SINGLE_SIGNAL
        if amounts.min() > 0 and amounts.max() < _MAX_AMOUNT_RATIO["1H"] * amounts.min() and largest < share * typical:
            origins |= {index[id(p)]: impurity.name for g in groups for p in g.peaks}
    return origins


def _has_same_pattern(signal: H1Signal, multiplicity: str, max_width: float) -> bool:
    if multiplicity == "m":
        return len(signal.peaks) > 1
    if signal.multiplicity != multiplicity or (multiplicity == "s" and (signal.peaks[0].width_hz or 0.0) > max_width):
        return False
    return multiplicity not in ("t", "q") or _ETHYL_J_HZ[0] < signal.couplings_hz[0] < _ETHYL_J_HZ[1]


def find_impurities_c13(
    peaks: Sequence[Peak], unassigned: Sequence[int], solvent: str, offset_ppm: float
) -> PeakOrigins:
    """Lines of impurities in a 13C spectrum; all lines of an impurity must be present and weak.

    Parameters
    ----------
    unassigned
        Indices of the lines without another assignment.
    offset_ppm
        Deviation of the solvent's line from the table (ppm).
    """
    if len(unassigned) < 2:
        return {}
    at = np.array([peaks[i].ppm for i in unassigned]) - offset_ppm
    heights = np.array([abs(peaks[i].height) for i in unassigned])
    typical = float(np.median(heights))
    origins: PeakOrigins = {}
    for impurity in SOUGHT:
        lines = _match_carbon_lines(impurity, solvent, at)
        if lines is None:
            continue
        matched_heights = heights[lines]
        share = _MAX_SHARE_MULTI_SIGNAL if len(lines) > 1 else _MAX_SHARE_SINGLE_SIGNAL
        if (
            matched_heights.max() < _MAX_AMOUNT_RATIO["13C"] * matched_heights.min()
            and matched_heights.max() < share * typical
        ):
            origins |= {int(unassigned[i]): impurity.name for i in lines}
    return origins


def _match_carbon_lines(impurity: Impurity, solvent: str, at: NDArray[np.float64]) -> list[int] | None:
    """The lines of an impurity in a 13C spectrum; None if one is missing or two coincide."""
    expected = impurity.signals("13C", solvent)
    if expected is None or _RESIDUAL.get(impurity.name) == solvent:
        return None
    lines: list[int] = []
    for signal in expected:
        nearest = int(np.abs(at - signal.ppm).argmin())
        if abs(at[nearest] - signal.ppm) > _MAX_OFFSET_PPM["13C"] or nearest in lines:
            return None
        lines.append(nearest)
    return lines or None


def find_satellites(
    peaks: Sequence[Peak], unassigned: Sequence[int], frequency_mhz: float, *, one_may_be_hidden: bool = False
) -> PeakOrigins:
    """13C satellites of strong 1H lines: one on each side, at equal distance and similar height.

    Parameters
    ----------
    unassigned
        Indices of the lines that may be satellites.
    one_may_be_hidden
        Whether one satellite is enough if a taller line is at the place of the other. A weak line of
        the compound may look like that.
    """
    origins: PeakOrigins = {}
    at = np.array([peak.ppm for peak in peaks]) * frequency_mhz
    heights = np.array([abs(peak.height) for peak in peaks])
    allowed = np.isin(np.arange(len(peaks)), list(unassigned))
    for strong in np.argsort(-heights)[:20]:
        distance = at - at[strong]
        ratio = heights / heights[strong]
        small = allowed & (ratio > _SATELLITE_HEIGHT_RATIO[0]) & (ratio < _SATELLITE_HEIGHT_RATIO[1])
        is_candidate = small & (np.abs(distance) > _HALF_J_CH_HZ[0]) & (np.abs(distance) < _HALF_J_CH_HZ[1])
        label = f"13C satellite of {peaks[strong].ppm:.2f} ppm"
        for candidate in np.flatnonzero(is_candidate):
            # The heavier isotope shifts the pair to low frequency, by less than 2 Hz.
            mismatch = np.abs(distance + distance[candidate])
            share = heights / heights[candidate]
            partners = np.flatnonzero(
                is_candidate & (mismatch < _MAX_SATELLITE_SHIFT_HZ) & (share > 0.5) & (share < 2.0)
            )
            if partners.size:
                origins |= {int(candidate): label, int(partners[0]): label}
            elif one_may_be_hidden and ((mismatch < _HIDING_RANGE_HZ) & (share > _MIN_HIDING_RATIO)).any():
                origins.setdefault(int(candidate), label)
    return origins

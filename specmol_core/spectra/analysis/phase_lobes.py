"""Leave out the lobes of lines that are out of phase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.spectra.peaks import Peak

__all__ = ["without_phase_lobes"]

_MAX_LOBE_RATIO = 0.35
"""Largest height of a lobe, relative to its line: that of a phase error of 61 degrees."""
_DISTANCE_RANGE = (0.4, 2.6)
"""Range of the distance of a lobe from its line, relative to that of a Lorentzian."""


def without_phase_lobes(lines: Sequence[Peak], others: Sequence[Peak], frequency_mhz: float) -> list[Peak]:
    """The lines of one sign that are no lobes of a line of the other sign.

    A Lorentzian that is out of phase by the angle a has a lobe of the other sign. The ratio r of
    their heights is the square of the tangent of a/2, and their distance is (r^0.5 + r^-0.5) / 2 of
    the full width at half height of a line in phase.

    Parameters
    ----------
    lines, others
        Upright and downward lines, or the reverse; all heights are positive.

    Examples
    --------
    >>> line, lobe, far = Peak(50.0, 1.0, 2.0), Peak(50.045, 0.05, 4.0), Peak(51.0, 0.05, 2.0)
    >>> [peak.ppm for peak in without_phase_lobes([lobe, far], [line], frequency_mhz=100.0)]
    [51.0]
    """
    if not lines or not others:
        return list(lines)
    at, height = (np.array([getattr(peak, name) for peak in others]) for name in ("ppm", "height"))
    width = np.array([peak.width_hz or 0.0 for peak in others])
    kept = []
    for peak in lines:
        ratio = peak.height / height
        expected = 0.5 * (np.sqrt(ratio) + 1 / np.sqrt(ratio)) * width
        distance = np.abs(at - peak.ppm) * frequency_mhz
        is_lobe = (ratio < _MAX_LOBE_RATIO) & (distance < _DISTANCE_RANGE[1] * expected)
        if not (is_lobe & (distance > _DISTANCE_RANGE[0] * expected)).any():
            kept.append(peak)
    return kept

"""Carbon experiments whose lines point up or down by the number of protons: DEPT, DEPTQ, APT."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from specmol_core.spectra.analysis.lorentzian_fit import half_widths
from specmol_core.spectra.analysis.maxima import find_maxima
from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["has_negative_lines", "is_multiplicity_edited", "lacks_quaternary", "may_be_signed", "read_signs"]

_EDITED = re.compile(r"dept(?!\.?\s+of\b)|(?<![a-z])apt(?![a-z])|jmod|attached|udeft.?q|pendant|sefted", re.IGNORECASE)
_DEPT = re.compile(r"\S{0,20}dept(?!.?q|\.?\s+of\b)[\w-]{0,20}", re.IGNORECASE)
_MIN_DEPTH_SNR = {True: 8.0, False: 12.0, None: 12.0}
"""Least depth of a downward line (standard deviations of the noise) by what the pulse sequence says: that there
are such lines, that it is another experiment, or nothing."""
_MIN_DEPTH_SHARE = {True: 0.02, False: 0.1, None: 0.02}
"""Least depth of such a line, relative to the strongest line; in a DEPTQ the solvent can be far taller."""
_MIN_DEPTH_SHARE_OF_ONE = {True: 0.02, False: np.inf, None: 0.1}
"""The same for the only such line."""
_WIDTH_RATIOS = 0.3, 4.0
"""Range of its width, relative to the other lines; humps of the baseline and glitches are outside."""
_MAX_LINES = 2000
"""Most stretches below zero that are looked at; no spectrum has as many lines."""
_MAX_NEIGHBOUR_RATIO = 0.5
"""Largest height beside it, relative to its depth; a line out of phase is as high as it is deep."""


def is_multiplicity_edited(pulse_sequence: str) -> bool:
    """Whether a pulse sequence with this name gives signed lines.

    >>> is_multiplicity_edited("deptsp135"), is_multiplicity_edited("zgpg30")
    (True, False)
    >>> is_multiplicity_edited("measured at the Dept. of Chemistry")
    False
    """
    return bool(_EDITED.search(pulse_sequence))


def lacks_quaternary(pulse_sequence: str) -> bool:
    """Whether a pulse sequence with this name is a DEPT, which shows no carbon without a proton."""
    return bool(_DEPT.search(pulse_sequence))


def may_be_signed(nucleus: Nucleus, pulse_sequence: str) -> bool | None:
    """Return whether lines of a FID may point down; None where no pulse sequence is named.

    >>> may_be_signed("13C", "deptsp135"), may_be_signed("13C", "zgpg30"), may_be_signed("13C", "")
    (True, False, None)
    """
    if nucleus != "13C":
        return False
    return is_multiplicity_edited(pulse_sequence) if pulse_sequence.strip() else None


def read_signs(trace: NDArray[np.floating], nucleus: Nucleus, pulse_sequence: str = "") -> tuple[bool, tuple[str, ...]]:
    """Return whether the downward lines of a trace (n,) are genuine, and what the user has to know about it.

    Parameters
    ----------
    pulse_sequence
        Name of the experiment; empty where the file names none.

    Returns
    -------
    Whether downward lines are genuine (only in 13C spectra), and warnings.
    """
    if nucleus != "13C":
        return False, ()
    edited = may_be_signed(nucleus, pulse_sequence)
    notes: list[str] = []
    if name := _DEPT.search(pulse_sequence):
        notes.append(f"{name.group()} is a DEPT: it shows no carbon without a proton")
    signed = has_negative_lines(trace, edited=edited)
    if signed and not edited:
        notes.append("lines point down, as in DEPT and APT: they were taken as lines of carbons")
    return signed, tuple(notes)


def has_negative_lines(trace: NDArray[np.floating], *, edited: bool | None = None) -> bool:
    """Whether a trace (n,) has downward lines that are not phase errors.

    Parameters
    ----------
    edited
        Whether the pulse sequence is one that gives such lines; None where it is not known.
    """
    floor = estimate_noise_floor(trace)
    values = np.asarray(trace, dtype=np.float64) - floor.baseline
    strongest = float(np.abs(values).max())
    min_depth = max(_MIN_DEPTH_SNR[edited] * floor.noise, _MIN_DEPTH_SHARE[edited] * strongest)
    depths = _depths_of_lines(values, min_depth)
    return len(depths) > 1 or max(depths, default=0.0) > _MIN_DEPTH_SHARE_OF_ONE[edited] * strongest


def _depths_of_lines(values: NDArray[np.float64], min_depth: float) -> list[float]:
    """Depths of the downward lines of a trace without baseline (n,)."""
    if -float(values.min()) <= min_depth:
        return []
    magnitudes = np.abs(values)
    tops, _ = find_maxima(magnitudes, min_depth)
    if not tops.size:
        return []
    usual_width = float(np.median(half_widths(magnitudes, tops)))
    runs, count = label(values[1:-1] < -min_depth / 2)
    if count > _MAX_LINES:
        return []
    depths = []
    for (run,) in find_objects(runs):
        first, last = run.start + 1, run.stop + 1
        bottom = first + int(values[first:last].argmin())
        margin = 4 * (last - first) + 8
        highest_beside = float(values[max(0, first - margin) : last + margin].max())
        depth, width = -float(values[bottom]), float(half_widths(-values, np.array([bottom]))[0])
        is_line = _WIDTH_RATIOS[0] < width / usual_width < _WIDTH_RATIOS[1]
        if depth > min_depth and highest_beside < _MAX_NEIGHBOUR_RATIO * depth and is_line:
            depths.append(depth)
    return depths

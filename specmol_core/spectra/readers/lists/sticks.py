"""Draw a spectrum from a peak list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.text.multiplicity import splittings
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["line_pattern", "render_peaks"]

_DEFAULT_WIDTH_HZ = {"1H": 1.2, "13C": 2.0}
"""Full width of a line at half height where the list states none (Hz)."""
_BROAD_HZ = 15.0
"""The same width for a line that is called broad (Hz)."""
_DEFAULT_J_HZ = (7.2, 1.8)
"""Couplings assumed where none are printed: the first of a multiplet, and the others (Hz)."""
_AB_J_HZ = 13.0
_DEFAULT_MULTIPLET_HZ = 18.0
"""Width of a multiplet that is printed without a range (Hz)."""
_COMB_SPACING_HZ = 3.0
"""Distance of the lines that represent an unresolved multiplet (Hz)."""
_MAX_LINES = 256
_MIN_WIDTH_CELLS = 2.0
"""Least width of a line on its axis (cells)."""
_WIDTH_STEP_RATIO = 1.25
"""Line widths are rounded to powers of this ratio."""


def render_peaks(peaks: Sequence[Peak], nucleus: Nucleus, frequency_mhz: float, axis: PpmAxis) -> NDArray[np.float32]:
    """Draw peaks as a sum of Lorentzian lines; the strongest peak has a height of about 1.

    A signal is split to first order by its multiplicity and couplings. A 13C signal is split only
    where its couplings are printed, because a letter alone gives the number of protons on the
    carbon. The area of a signal is its number of nuclei if that is known; else its height is kept.
    ``m`` fills the width of the signal. Lines outside the axis are left out.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of ``nucleus`` (MHz).

    Returns
    -------
    Intensities (axis.points,), high to low shift.
    """
    from scipy import fft  # slow to import, and few spectra are peak lists

    largest = max((abs(_weight(peak)) for peak in peaks), default=0.0) or 1.0
    sticks: dict[int, NDArray[np.float64]] = {}
    narrowest = _MIN_WIDTH_CELLS * axis.step * frequency_mhz
    for peak in peaks:
        offsets, shares = line_pattern(peak, nucleus)
        natural_width = _line_width(peak, nucleus)
        width_index = round(
            np.log(max(natural_width, narrowest) / _DEFAULT_WIDTH_HZ[nucleus]) / np.log(_WIDTH_STEP_RATIO)
        )
        height = _weight(peak) / largest
        if peak.protons is not None:
            # The same area in a broader line is lower.
            height /= _WIDTH_STEP_RATIO**width_index
        canvas = sticks.setdefault(width_index, np.zeros(axis.points))
        _deposit(canvas, axis.position(peak.ppm + offsets / frequency_mhz) - 0.5, height * shares)
    # The transform of a Lorentzian is an exponential; the padding keeps its tails from wrapping.
    length = fft.next_fast_len(2 * axis.points, real=True)
    frequency = np.arange(length // 2 + 1) / length
    total = np.zeros(length // 2 + 1, dtype=np.complex128)
    for width_index, canvas in sticks.items():
        half = _DEFAULT_WIDTH_HZ[nucleus] * _WIDTH_STEP_RATIO**width_index / (2 * frequency_mhz * axis.step)
        total += fft.rfft(canvas, length) * (np.pi * half * np.exp(-2 * np.pi * half * frequency))
    return np.asarray(fft.irfft(total, length)[: axis.points], dtype=np.float32)


def line_pattern(peak: Peak, nucleus: Nucleus) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lines of one signal as offsets (Hz) and shares of its area, each (n,).

    The offsets are from the signal's shift; the shares sum to 1.

    >>> line_pattern(Peak(7.26, 1.0, None, "d", (8.0,)), "1H")
    (array([-4.,  4.]), array([0.5, 0.5]))
    """
    if nucleus == "13C" and not peak.couplings_hz:
        return np.zeros(1), np.ones(1)
    pattern_name = peak.multiplicity.replace("br", "").replace("app", "").strip()
    if pattern_name == "m":
        return _comb(peak.width_hz or _DEFAULT_MULTIPLET_HZ)
    if pattern_name == "ABq":
        return _split_first_order([(2, (peak.couplings_hz or (_AB_J_HZ,))[0])])
    lines = splittings(pattern_name)
    if not lines:
        return _split_first_order([(2, coupling) for coupling in peak.couplings_hz])
    splits = [count for count in lines if count > 1]
    couplings = list(peak.couplings_hz)
    if len(couplings) == sum(count - 1 for count in splits) != len(splits):
        return _split_first_order([(2, coupling) for coupling in couplings])
    couplings += [*_DEFAULT_J_HZ, *[_DEFAULT_J_HZ[-1]] * 6][len(couplings) :] if len(couplings) < len(splits) else []
    return _split_first_order(list(zip(splits, couplings, strict=False)))


def _split_first_order(splits: list[tuple[int, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First-order multiplet of successive splittings: number of lines and coupling (Hz) of each."""
    offsets, shares = np.zeros(1), np.ones(1)
    for count, coupling in splits:
        if len(offsets) * count > _MAX_LINES:
            break
        positions = (np.arange(count) - (count - 1) / 2) * coupling
        binomial = np.ones(1)
        for _ in range(count - 1):
            binomial = np.convolve(binomial, [0.5, 0.5])
        offsets = (offsets[:, None] + positions).ravel()
        shares = (shares[:, None] * binomial).ravel()
    return offsets, shares


def _comb(width_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines that fill a range, stronger in the middle as in multiplets."""
    count = int(np.clip(round(width_hz / _COMB_SPACING_HZ) + 1, 2, _MAX_LINES))
    position = np.linspace(-0.5, 0.5, count)
    shares = 0.3 + np.cos(np.pi * position) ** 2
    return position * width_hz, shares / shares.sum()


def _line_width(peak: Peak, nucleus: Nucleus) -> float:
    """Full width of each line at half height (Hz)."""
    if "br" in peak.multiplicity:
        return _BROAD_HZ
    if peak.width_hz and peak.multiplicity in ("", "s"):
        return max(peak.width_hz, 0.1)
    return _DEFAULT_WIDTH_HZ[nucleus]


def _weight(peak: Peak) -> float:
    return peak.height if peak.protons is None else float(np.copysign(peak.protons or 1.0, peak.height))


def _deposit(canvas: NDArray[np.float64], positions: NDArray[np.float64], heights: NDArray[np.float64]) -> None:
    """Add each line to the two cells around its position."""
    left = np.floor(positions).astype(np.int64)
    fraction = positions - left
    for cells, amounts in ((left, heights * (1 - fraction)), (left + 1, heights * fraction)):
        inside = (cells >= 0) & (cells < len(canvas))
        np.add.at(canvas, cells[inside], amounts[inside])

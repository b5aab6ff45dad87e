"""Draw a spectrum from a list of peaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.text.multiplicity import splittings
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["line_pattern", "render_peaks"]

_WIDTH = {"1H": 1.2, "13C": 2.0}
"""Full width of a line at half height where the list says none (Hz)."""
_BROAD_HZ = 15.0
"""The same for one that is called broad."""
_USUAL_J = (7.2, 1.8)
"""The first coupling of a multiplet whose couplings are not printed, and the others (Hz)."""
_AB_J = 13.0
_MULTIPLET_HZ = 18.0
"""Width of a multiplet that is printed without a range."""
_COMB_HZ = 3.0
"""Distance of the lines that stand for an unresolved multiplet."""
_MOST_LINES = 256
_FEWEST_CELLS = 2.0
"""No line is narrower than this on its axis (cells)."""
_STEP = 1.25
"""Line widths are rounded to powers of this."""


def render_peaks(peaks: Sequence[Peak], nucleus: Nucleus, frequency_mhz: float, axis: PpmAxis) -> NDArray[np.float32]:
    """Sum of Lorentzian lines; the strongest of the list has a height of about 1.

    A signal is split by its multiplicity and couplings, first order: a 13C one only where its couplings are printed,
    for a letter alone tells the number of protons on the carbon. The area of a signal is its number of nuclei, where
    that is known; else its height is kept. ``m`` fills the width of the signal. What is outside the axis is left out.

    Parameters
    ----------
    frequency_mhz
        Larmor frequency of ``nucleus``.

    Returns
    -------
    Intensities (axis.points,), high to low shift.
    """
    from scipy import fft  # slow to load, and few spectra are lists

    largest = max((abs(_weight(peak)) for peak in peaks), default=0.0) or 1.0
    sticks: dict[int, NDArray[np.float64]] = {}
    narrowest = _FEWEST_CELLS * axis.step * frequency_mhz
    for peak in peaks:
        offsets, shares = line_pattern(peak, nucleus)
        natural = _line_width(peak, nucleus)
        grade = round(np.log(max(natural, narrowest) / _WIDTH[nucleus]) / np.log(_STEP))
        height = _weight(peak) / largest
        if peak.protons is not None:
            # The same area in a broader line is lower.
            height /= _STEP**grade
        canvas = sticks.setdefault(grade, np.zeros(axis.points))
        _deposit(canvas, axis.position(peak.ppm + offsets / frequency_mhz) - 0.5, height * shares)
    # The transform of a Lorentzian is an exponential; the padding keeps its tails from coming round.
    length = fft.next_fast_len(2 * axis.points, real=True)
    frequency = np.arange(length // 2 + 1) / length
    total = np.zeros(length // 2 + 1, dtype=np.complex128)
    for grade, canvas in sticks.items():
        half = _WIDTH[nucleus] * _STEP**grade / (2 * frequency_mhz * axis.step)
        total += fft.rfft(canvas, length) * (np.pi * half * np.exp(-2 * np.pi * half * frequency))
    return np.asarray(fft.irfft(total, length)[: axis.points], dtype=np.float32)


def line_pattern(peak: Peak, nucleus: Nucleus) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines of one signal: distances from its shift (Hz) and shares of its area, which sum to 1; each (n,)."""
    if nucleus == "13C" and not peak.couplings_hz:
        return np.zeros(1), np.ones(1)
    bare = peak.multiplicity.replace("br", "").replace("app", "").strip()
    if bare == "m":
        return _comb(peak.width_hz or _MULTIPLET_HZ)
    if bare == "ABq":
        return _split([(2, (peak.couplings_hz or (_AB_J,))[0])])
    lines = splittings(bare)
    if not lines:
        return _split([(2, coupling) for coupling in peak.couplings_hz])
    splits = [count for count in lines if count > 1]
    couplings = list(peak.couplings_hz)
    if len(couplings) == sum(count - 1 for count in splits) != len(splits):
        return _split([(2, coupling) for coupling in couplings])
    couplings += [*_USUAL_J, *[_USUAL_J[-1]] * 6][len(couplings) :] if len(couplings) < len(splits) else []
    return _split(list(zip(splits, couplings, strict=False)))


def _split(splits: list[tuple[int, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First-order multiplet of successive splittings, each into so many lines at one coupling (Hz)."""
    offsets, shares = np.zeros(1), np.ones(1)
    for count, coupling in splits:
        if len(offsets) * count > _MOST_LINES:
            break
        places = (np.arange(count) - (count - 1) / 2) * coupling
        binomial = np.ones(1)
        for _ in range(count - 1):
            binomial = np.convolve(binomial, [0.5, 0.5])
        offsets = (offsets[:, None] + places).ravel()
        shares = (shares[:, None] * binomial).ravel()
    return offsets, shares


def _comb(width_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines that fill a range, denser in the middle as multiplets are."""
    count = int(np.clip(round(width_hz / _COMB_HZ) + 1, 2, _MOST_LINES))
    place = np.linspace(-0.5, 0.5, count)
    shares = 0.3 + np.cos(np.pi * place) ** 2
    return place * width_hz, shares / shares.sum()


def _line_width(peak: Peak, nucleus: Nucleus) -> float:
    """Full width of each line at half height (Hz)."""
    if "br" in peak.multiplicity:
        return _BROAD_HZ
    if peak.width_hz and peak.multiplicity in ("", "s"):
        return max(peak.width_hz, 0.1)
    return _WIDTH[nucleus]


def _weight(peak: Peak) -> float:
    return peak.height if peak.protons is None else float(np.copysign(peak.protons or 1.0, peak.height))


def _deposit(canvas: NDArray[np.float64], places: NDArray[np.float64], heights: NDArray[np.float64]) -> None:
    """Add lines to the two cells on either side of each place."""
    left = np.floor(places).astype(np.int64)
    part = places - left
    for cells, amounts in ((left, heights * (1 - part)), (left + 1, heights * part)):
        inside = (cells >= 0) & (cells < len(canvas))
        np.add.at(canvas, cells[inside], amounts[inside])

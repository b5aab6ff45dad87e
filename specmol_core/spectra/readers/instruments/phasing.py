"""Automatic phase correction of order 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from specmol_core.spectra.readers.instruments.phase_kernels import (
    mean_negative_share,
    negative_share,
    power_below_ends,
    write_real_part,
)

__all__ = ["Phase", "autophase", "negative_shares", "signal_regions"]

_MAX_LINES = 60
"""Number of regions used, strongest first."""
_MAX_POINTS = 150_000
"""Points in all regions together; keeps the longest FID within seconds."""
_MIN_LINE_SNR = 12.0
"""Least magnitude of a line whose phase is used, in standard deviations of the noise."""
_MAX_FIRST_ORDER_TURNS = 1.5
"""Largest first-order phase tried, of either sign (turns over the spectral width); equals a delay
in points."""
_FIRST_ORDER_STEPS = 601
_TURN_PENALTY = 0.04
"""Agreement that each turn of first-order phase must gain; otherwise the smaller phase is
chosen."""
_TAIL_POWER_RATIO, _NARROW_TAIL_POWER_RATIO = 1e-3, 2e-2
"""Power at the end of a region, relative to its top: a Lorentzian has it 16 widths at half height
from its top, and 3.5 widths. Narrow regions hold fewer neighbours of both signs, which have no
common phase."""
_NEGATIVE_PENALTY = 100.0
"""Cost of negative signal, in units of entropy per share of the power."""
_MIN_GAIN_OF_SIGNS = 0.12
"""Least gain of agreement by which lines of either sign are believed without a word of the file."""
_MAX_REGION_SHARE = 0.1
"""Largest width of a region, relative to the whole spectrum."""


@dataclass(frozen=True)
class Phase:
    """A phase correction: multiplication by ``exp(-i (zero + first x))``, x from -0.5 to 0.5.

    Examples
    --------
    >>> Phase(zero=np.pi, first=0.0, agreement=1.0).apply(np.array([-1.0 + 0j])).real
    array([1.])
    """

    zero: float
    """Zero-order phase, that of the middle of the spectrum (rad)."""
    first: float
    """First-order phase: the difference between both ends (rad)."""
    agreement: float
    """How well the lines agree on it, 0 to 1; 0 if there is no line."""

    def apply(self, spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the corrected spectrum (n,)."""
        corrected: NDArray[np.complex128] = spectrum * np.exp(
            -1j * (self.zero + self.first * _relative_positions(len(spectrum)))
        )
        return corrected


def autophase(spectrum: NDArray[np.complex128], signed: bool | None = False, lines_overlap: bool = False) -> Phase:
    """Find the phase that makes the real part absorptive.

    The integral of a line over a region symmetric about it has the phase of the line, because the
    dispersive part is odd. The first guess is the straight line through these phases for which the
    rotated integrals have the longest vector sum. The guess is refined to minimise the negative
    tails of the real part. If multiplets overlap, its entropy is minimised next (L. Chen et al., J.
    Magn. Reson. 2002, 158, 164).

    Parameters
    ----------
    spectrum
        Complex spectrum (n,) without group delay.
    signed
        Whether lines may point down, as in DEPT and APT; phases are then modulo half a turn. None if
        that is not known: they may, if the lines then agree far better on one phase.
    lines_overlap
        Whether lines overlap, as in 1H spectra; the entropy of all lines is then minimised too.
    """
    lines = signal_regions(spectrum)
    if not lines:
        return Phase(0.0, 0.0, 0.0)
    integrals = np.array([_integral(spectrum, line) for line in lines])
    at = np.array([(line.start + line.stop) / 2 for line in lines]) / len(spectrum) - 0.5
    first_guess = _line_through(integrals, at, 2 if signed else 1)
    if signed is None:
        either_way = _line_through(integrals, at, 2)
        signed = either_way.agreement > first_guess.agreement + _MIN_GAIN_OF_SIGNS
        first_guess = either_way if signed else first_guess
    refined = _minimise_negative_tails(spectrum, lines, first_guess, signed)
    if lines_overlap and not signed:
        refined = _minimise_entropy(spectrum, lines, refined)
    corrected = integrals * np.exp(-1j * (refined.zero + refined.first * at))
    if corrected.real.sum() < 0:
        return Phase(refined.zero + np.pi, refined.first, refined.agreement)
    return refined


def _relative_positions(points: int) -> NDArray[np.float64]:
    return np.arange(points) / points - 0.5


def negative_shares(
    spectrum: NDArray[np.complex128], regions: list[slice], phases: Sequence[Phase], signed: bool = False
) -> NDArray[np.float64]:
    """Shares (phases, 2) of the power that is below the mean of the ends of its region.

    The first is that of the power of all regions, the second the mean of the shares of all regions.

    Parameters
    ----------
    signed
        Whether lines may point down; the sign of a region is then that of its integral.
    """
    at, ends, band = _points_of(spectrum, regions)
    real, shares = np.empty(len(at)), np.empty((len(phases), 2))
    for number, phase in enumerate(phases):
        for column, share in enumerate((power_below_ends, mean_negative_share)):
            write_real_part(band, at, len(spectrum), phase.zero, phase.first, real)
            shares[number, column] = share(real, ends, signed)
    return shares


def _points_of(
    spectrum: NDArray[np.complex128], regions: list[slice]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.complex128]]:
    """Indices of the points of all regions (m,), the end of each region among them, and their values (m,)."""
    at = np.concatenate([np.arange(region.start, region.stop) for region in regions])
    return at, np.cumsum([region.stop - region.start for region in regions]), spectrum[at]


def signal_regions(spectrum: NDArray[np.complex128], narrow: bool = False) -> list[slice]:
    """The strongest regions of signal, without overlap: each is a line or a multiplet with its
    tails, or with the narrower part of them."""
    tail = _NARROW_TAIL_POWER_RATIO if narrow else _TAIL_POWER_RATIO
    power = uniform_filter1d(np.abs(spectrum) ** 2, 3)
    # The power of complex noise is exponentially distributed: its median is the variance times ln
    # 2.
    noise = float(np.median(power)) / np.log(2.0)
    tops = np.flatnonzero((power == maximum_filter1d(power, 5)) & (power > _MIN_LINE_SNR**2 * noise))
    is_taken = np.zeros(len(power), dtype=bool)
    chosen: list[slice] = []
    for top in tops[np.argsort(-power[tops])]:
        region = _region_around(power, int(top), max(power[top] * tail, 4 * noise))
        is_free = not is_taken[region].any()
        is_taken[region] = True
        if is_free and 8 <= region.stop - region.start <= _MAX_REGION_SHARE * len(power):
            chosen.append(region)
        if len(chosen) == _MAX_LINES or sum(line.stop - line.start for line in chosen) > _MAX_POINTS:
            break
    return chosen


def _region_around(power: NDArray[np.float64], top: int, floor: float) -> slice:
    """The points about a top whose power is not below a floor."""
    is_below = power < floor
    right = is_below[top:].argmax() or len(power) - top
    left = is_below[top::-1].argmax() or top + 1
    return slice(int(top - left + 1), int(top + right))


def _integral(spectrum: NDArray[np.complex128], region: slice) -> complex:
    """Integral of a region after subtraction of the mean of its two ends."""
    part = spectrum[region]
    ends = (part[:2].mean() + part[-2:].mean()) / 2
    return complex((part - ends).sum())


def _line_through(integrals: NDArray[np.complex128], at: NDArray[np.float64], fold: int) -> Phase:
    """The straight line through the phases of integrals at relative positions, modulo a turn over
    ``fold``."""
    weights = np.sqrt(np.abs(integrals))
    units = weights * np.exp(1j * fold * np.angle(integrals))
    firsts = np.linspace(-_MAX_FIRST_ORDER_TURNS, _MAX_FIRST_ORDER_TURNS, _FIRST_ORDER_STEPS) * 2 * np.pi
    sums = np.exp(-1j * fold * firsts[:, None] * at) @ units / weights.sum()
    score = np.abs(sums) - _TURN_PENALTY * np.abs(firsts) / (2 * np.pi)
    best = int(score.argmax())
    return Phase(float(np.angle(sums[best]) / fold), float(firsts[best]), float(np.abs(sums[best])))


def _minimise_negative_tails(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase, signed: bool) -> Phase:
    """Adjust the guess until each line is above the mean of the ends of its region."""
    at, ends, band = _points_of(spectrum, lines)
    real = np.empty(len(at))

    def cost(angles: NDArray[np.float64]) -> float:
        write_real_part(band, at, len(spectrum), angles[0], angles[1], real)
        return mean_negative_share(real, ends, signed)

    return _minimise_phase(cost, guess, (0.15, 0.3))


def _minimise_entropy(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase) -> Phase:
    """Adjust the guess to minimise the entropy of the slope of the real part; negative signal is
    penalised."""
    in_region = np.zeros(len(spectrum), dtype=bool)
    for line in lines:
        margin = line.stop - line.start
        in_region[max(0, line.start - margin) : line.stop + margin] = True
    at = np.flatnonzero(in_region)
    band, real = spectrum[at], np.empty(len(at))

    def entropy_cost(angles: NDArray[np.float64]) -> float:
        write_real_part(band, at, len(spectrum), angles[0], angles[1], real)
        slope = np.abs(np.diff(real))
        share = slope / max(float(slope.sum()), 1e-300)
        return float(-(share * np.log(share + 1e-15)).sum()) + _NEGATIVE_PENALTY * negative_share(real)

    return _minimise_phase(entropy_cost, guess, (0.1, 0.3))


def _minimise_phase(cost: Callable[[NDArray[np.float64]], float], guess: Phase, steps: tuple[float, float]) -> Phase:
    from scipy.optimize import minimize  # takes half a second to import, and only FIDs need it

    start = np.array([guess.zero, guess.first])
    simplex = start + np.array([[0.0, 0.0], [steps[0], 0.0], [0.0, steps[1]]])
    options = {"initial_simplex": simplex, "maxiter": 150, "xatol": 1e-3, "fatol": 1e-6}
    optimum = minimize(cost, start, method="Nelder-Mead", options=options)
    return Phase(float(optimum.x[0]), float(optimum.x[1]), guess.agreement)

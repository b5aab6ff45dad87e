"""Automatic phase correction of order 0 and 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from specmol_core.runtime.compiled import compiled

__all__ = ["Phase", "autophase"]

_MAX_LINES = 60
"""Strongest stretches of signal that are looked at."""
_MAX_POINTS = 150_000
"""Points in all of these, so that the longest FID takes seconds."""
_MIN_LINE_SNR = 12.0
"""Magnitude of a line whose phase is believed, in deviations of the noise."""
_MAX_FIRST_ORDER_TURNS = 1.5
"""Largest phase of order 1 that is tried, either way (turns over the whole width): a delay of as many points."""
_FIRST_ORDER_STEPS = 601
_TURN_PENALTY = 0.04
"""Share of agreement that a phase of order 1 must win per turn, else the smaller one is taken."""
_TAIL_POWER_RATIO = 1e-3
"""Power at the feet of a line, relative to its top: a Lorentzian is 16 times as wide there as at half height."""
_NEGATIVE_PENALTY = 100.0
"""Entropy that negative signal costs, per share of the power."""
_ANEW = 32
"""Points after which sine and cosine are computed anew."""
_MAX_REGION_SHARE = 0.1
"""Width of a stretch, of the whole spectrum, at most."""


@dataclass(frozen=True)
class Phase:
    """A phase correction: the spectrum is multiplied by ``exp(-i (zero + first x))``, x from -0.5 to 0.5."""

    zero: float
    """In the middle of the spectrum (rad)."""
    first: float
    """Difference between the ends (rad)."""
    agreement: float
    """How well the lines agree on it, 0 to 1; 0 where there is no line."""

    def apply(self, spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """The corrected spectrum (n,)."""
        corrected: NDArray[np.complex128] = spectrum * np.exp(
            -1j * (self.zero + self.first * _relative_positions(len(spectrum)))
        )
        return corrected


def autophase(spectrum: NDArray[np.complex128], signed: bool = False, lines_overlap: bool = False) -> Phase:
    """Find the phase that makes the real part absorptive.

    The integral of a line over a stretch symmetric about it has the phase of the line, since its dispersive part
    is odd; a straight line through these phases, found where the vectors add up to the longest sum, is
    the first guess. It is refined until the real part has the least negative feet and, where multiplets
    overlap, the least entropy (L. Chen et al., J. Magn. Reson. 2002, 158, 164).

    Parameters
    ----------
    spectrum
        Complex spectrum (n,), its group delay removed.
    signed
        Lines may point down, as in DEPT and APT: then phases count modulo half a turn.
    lines_overlap
        Lines overlap, as in 1H spectra: refine on all of them together too.
    """
    lines = _signal_regions(spectrum)
    if not lines:
        return Phase(0.0, 0.0, 0.0)
    integrals = np.array([_integral(spectrum, line) for line in lines])
    at = np.array([(line.start + line.stop) / 2 for line in lines]) / len(spectrum) - 0.5
    first_guess = _line_through(integrals, at, 2 if signed else 1)
    refined = _minimise_negative_tails(spectrum, lines, first_guess, signed)
    if lines_overlap and not signed:
        refined = _minimise_entropy(spectrum, lines, refined)
    corrected = integrals * np.exp(-1j * (refined.zero + refined.first * at))
    if corrected.real.sum() < 0:
        return Phase(refined.zero + np.pi, refined.first, refined.agreement)
    return refined


def _relative_positions(points: int) -> NDArray[np.float64]:
    return np.arange(points) / points - 0.5


def _signal_regions(spectrum: NDArray[np.complex128]) -> list[slice]:
    """The strongest stretches of signal, each a line or a multiplet down to its feet, which do not overlap."""
    power = uniform_filter1d(np.abs(spectrum) ** 2, 3)
    # The power of complex noise is exponentially distributed: its median is the variance times ln 2.
    noise = float(np.median(power)) / np.log(2.0)
    tops = np.flatnonzero((power == maximum_filter1d(power, 5)) & (power > _MIN_LINE_SNR**2 * noise))
    is_taken = np.zeros(len(power), dtype=bool)
    chosen: list[slice] = []
    for top in tops[np.argsort(-power[tops])]:
        region = _region_around(power, int(top), max(power[top] * _TAIL_POWER_RATIO, 4 * noise))
        is_free = not is_taken[region].any()
        is_taken[region] = True
        if is_free and 8 <= region.stop - region.start <= _MAX_REGION_SHARE * len(power):
            chosen.append(region)
        if len(chosen) == _MAX_LINES or sum(line.stop - line.start for line in chosen) > _MAX_POINTS:
            break
    return chosen


def _region_around(power: NDArray[np.float64], top: int, floor: float) -> slice:
    """From where the power left of a top falls below a floor to where it does so right of it."""
    negative_share = power < floor
    right = negative_share[top:].argmax() or len(power) - top
    left = negative_share[top::-1].argmax() or top + 1
    return slice(int(top - left + 1), int(top + right))


def _integral(spectrum: NDArray[np.complex128], region: slice) -> complex:
    """Integral of a line, its two ends at zero."""
    part = spectrum[region]
    ends = (part[:2].mean() + part[-2:].mean()) / 2
    return complex((part - ends).sum())


def _line_through(integrals: NDArray[np.complex128], at: NDArray[np.float64], fold: int) -> Phase:
    """The straight line through phases at places, modulo a turn over ``fold``."""
    weights = np.sqrt(np.abs(integrals))
    units = weights * np.exp(1j * fold * np.angle(integrals))
    firsts = np.linspace(-_MAX_FIRST_ORDER_TURNS, _MAX_FIRST_ORDER_TURNS, _FIRST_ORDER_STEPS) * 2 * np.pi
    sums = np.exp(-1j * fold * firsts[:, None] * at) @ units / weights.sum()
    score = np.abs(sums) - _TURN_PENALTY * np.abs(firsts) / (2 * np.pi)
    best = int(score.argmax())
    return Phase(float(np.angle(sums[best]) / fold), float(firsts[best]), float(np.abs(sums[best])))


def _minimise_negative_tails(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase, signed: bool) -> Phase:
    """Turn the guess until the lines stand above a straight line through their ends."""
    at = np.concatenate([np.arange(line.start, line.stop) for line in lines])
    ends = np.cumsum([line.stop - line.start for line in lines])
    band, real = spectrum[at], np.empty(len(at))

    def negative_share(angles: NDArray[np.float64]) -> float:
        _absorptive(band, at, len(spectrum), angles[0], angles[1], real)
        return _below(real, ends, signed)

    return _minimise_phase(negative_share, guess, (0.15, 0.3))


def _minimise_entropy(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase) -> Phase:
    """Turn the guess until the slope of the real part has the least entropy, what is negative being punished."""
    in_region = np.zeros(len(spectrum), dtype=bool)
    for line in lines:
        margin = line.stop - line.start
        in_region[max(0, line.start - margin) : line.stop + margin] = True
    at = np.flatnonzero(in_region)
    band, real = spectrum[at], np.empty(len(at))

    def disorder(angles: NDArray[np.float64]) -> float:
        _absorptive(band, at, len(spectrum), angles[0], angles[1], real)
        slope = np.abs(np.diff(real))
        share = slope / max(float(slope.sum()), 1e-300)
        return float(-(share * np.log(share + 1e-15)).sum()) + _NEGATIVE_PENALTY * _negative(real)

    return _minimise_phase(disorder, guess, (0.1, 0.3))


@compiled
def _absorptive(
    band: NDArray[np.complex128],
    at: NDArray[np.int64],
    points: int,
    zero: float,
    first: float,
    real: NDArray[np.float64],
) -> None:
    """Write the real part (n,) of points of a spectrum, which stand at these indices (n,), under a phase."""
    turn_cos, turn_sin = np.cos(first / points), np.sin(first / points)
    cosine = sine = 0.0
    for i in range(len(at)):
        # From point to point the angle grows evenly; computed anew now and then, so that rounding does not add up.
        if i % _ANEW == 0 or at[i] != at[i - 1] + 1:
            angle = zero + first * (at[i] / points - 0.5)
            cosine, sine = np.cos(angle), np.sin(angle)
        else:
            cosine, sine = cosine * turn_cos - sine * turn_sin, sine * turn_cos + cosine * turn_sin
        real[i] = band[i].real * cosine + band[i].imag * sine


@compiled
def _below(real: NDArray[np.float64], ends: NDArray[np.int64], signed: bool) -> float:
    """Share of the power that lies below the straight lines through the ends of the stretches, on average."""
    total, start = 0.0, 0
    for end in ends:
        part = real[start:end]
        if signed and part.sum() < 0:
            part *= -1
        part -= (part[:3].mean() + part[-3:].mean()) / 2
        total += _negative(part)
        start = end
    return total / len(ends)


@compiled
def _negative(real: NDArray[np.float64]) -> float:
    """Share of the power that is below zero."""
    negative_share = power = 0.0
    for value in real:
        power += value * value
        negative_share += min(value, 0.0) ** 2
    return negative_share / max(power, 1e-300)


def _minimise_phase(cost: Callable[[NDArray[np.float64]], float], guess: Phase, steps: tuple[float, float]) -> Phase:
    from scipy.optimize import minimize  # half a second, and only raw signals of time need it

    start = np.array([guess.zero, guess.first])
    simplex = start + np.array([[0.0, 0.0], [steps[0], 0.0], [0.0, steps[1]]])
    options = {"initial_simplex": simplex, "maxiter": 150, "xatol": 1e-3, "fatol": 1e-6}
    optimum = minimize(cost, start, method="Nelder-Mead", options=options)
    return Phase(float(optimum.x[0]), float(optimum.x[1]), guess.agreement)

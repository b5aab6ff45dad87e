"""Compiled score of candidates for the signals of a minor compound, whose amount is not known.

All compiled functions are in this file, because numba invalidates its disk cache only when a
function's own file changes.
"""

from __future__ import annotations

from math import erf, exp, log, log1p, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["MinorSignals", "minor_scores"]

_MIN_PAIR_LLR = -12.0
"""As in the score of one candidate."""
_MIN_SCALE_PPM = 1e-4
_IMPOSSIBLE = -1e18
_ROOT_2_PI = 2.5066282746310002
_FAR_TAIL = -5.0
"""Standard deviations below which the logarithm of the normal distribution is its expansion."""


class MinorSignals(NamedTuple):
    """Signals that known compounds leave, with the parameters of the likelihood; logarithms are natural."""

    ppm: NDArray[np.float64]
    """(signals,) shifts."""
    log_amount: NDArray[np.float64]
    """(signals,) logarithm of the height (13C) or area (1H); empty if amounts are not known."""
    of_kind: NDArray[np.float64]
    """(kinds, signals) log-likelihood ratio of the multiplicity of a signal."""
    log_least: float
    """Logarithm of the amount from which a signal is seen."""
    hidden: NDArray[np.float64]
    """(ranges, 2) centre of each range that hides lines, and the logarithm of its share of the window."""
    error: float
    """Standard deviation of a shift (ppm)."""
    dof: float
    spread: float
    constant: float
    """As in ``kernels.ShiftLikelihood``."""
    merged: float
    """Log-probability that a line has the same signal as the line before it."""
    unassigned: float
    """Log-probability that a signal is of none of the candidate's lines."""
    log_unit: NDArray[np.float64]
    """(kinds,) logarithm of the usual amount of one nucleus, in those of the compound."""
    spread_of_amount: NDArray[np.float64]
    """(kinds,) standard deviation of the logarithm of an amount."""
    outlier: float
    """Probability that an amount is that of something else."""
    log_range: float
    """Range of the logarithm of an amount by chance."""
    exchanging: int
    """First kind of exchanging protons, whose amounts do not count."""
    max_exchange: float
    """Largest log-likelihood ratio of the shift of an exchanging proton."""


@compiled
def _log_normal_cdf(z: float) -> float:
    if z > _FAR_TAIL:
        return log(0.5 * (1.0 + erf(z / sqrt(2.0))))
    return -0.5 * z * z - log(-z * _ROOT_2_PI)


@compiled
def _log_sum(a: float, b: float) -> float:
    high = max(a, b)
    return high + log(exp(a - high) + exp(b - high))


@compiled
def _shift_llr(s: MinorSignals, distance: float, scale: float) -> float:
    z = distance / scale
    return max(s.constant - log(scale) - 0.5 * (s.dof + 1.0) * log1p(z * z / s.dof), _MIN_PAIR_LLR)


@compiled
def _amount_llr(s: MinorSignals, difference: float, spread: float) -> float:
    """Return the log-likelihood ratio of the logarithm of an amount, against chance."""
    z = difference / spread
    return log((1.0 - s.outlier) * exp(-0.5 * z * z) / (spread * _ROOT_2_PI) * s.log_range + s.outlier)


@compiled
def _best(
    s: MinorSignals,
    shift: NDArray[np.float64],
    missing: NDArray[np.float64],
    log_expected: NDArray[np.float64],
    kind: NDArray[np.int64],
    work: NDArray[np.float64],
) -> float:
    """Return the log-likelihood ratio of the best alignment for one amount; see ``align_lines``.

    Amounts of the lines that share a signal add up.

    Parameters
    ----------
    shift
        (lines, signals) log-likelihood ratio of shift and multiplicity.
    missing
        (lines,) log-probability that each line is not observed.
    log_expected
        (lines,) logarithm of the expected amount of each line.
    work
        (2, 4, signals + 1) working memory: the best so far; the best that ends with this signal; its part
        without the amount of this signal; and the expected amount of this signal.
    """
    lines, width = shift.shape
    has_amounts = len(s.log_amount) > 0
    for j in range(width + 1):
        work[0, 0, j] = j * s.unassigned
        work[0, 1, j] = _IMPOSSIBLE
    for i in range(lines):
        old, new = work[i % 2], work[(i + 1) % 2]
        exchanges = kind[i] >= s.exchanging
        spread = s.spread_of_amount[kind[i]]
        expected = 0.0 if exchanges else exp(log_expected[i])
        new[0, 0], new[1, 0] = old[0, 0] + missing[i], _IMPOSSIBLE
        for j in range(width):
            part, amount = old[0, j] + shift[i, j], expected
            here = part
            if has_amounts and not exchanges:
                here += _amount_llr(s, s.log_amount[j] - log_expected[i], spread)
            if old[1, j + 1] > 0.5 * _IMPOSSIBLE:
                # A further line of an explained signal is no evidence, however near it is.
                shared = old[2, j + 1] + min(s.merged + shift[i, j], 0.0)
                both = old[3, j + 1] + expected
                value = shared
                if has_amounts and both > 0.0:
                    value += _amount_llr(s, s.log_amount[j] - log(both), spread)
                if value > here:
                    here, part, amount = value, shared, both
            new[1, j + 1], new[2, j + 1], new[3, j + 1] = here, part, amount
            new[0, j + 1] = max(here, max(old[0, j + 1] + missing[i], new[0, j] + s.unassigned))
    result: float = work[lines % 2, 0, width]
    return result


@compiled
def minor_scores(
    s: MinorSignals,
    ppm: NDArray[np.float64],
    uncertainty_ppm: NDArray[np.float64],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    log_absent: NDArray[np.float64],
    log_amounts: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the log-likelihood ratio of the signals under each candidate at its best amount (candidates,).

    Parameters
    ----------
    ppm, uncertainty_ppm, nuclei, kind, line_starts
        Lines of the candidates, see ``predicted_lines.PredictedLines``.
    log_absent
        (lines,) log-probability that a line is not observed, for other reasons than its place and amount.
    log_amounts
        (amounts,) logarithms of the amounts of one nucleus that are tried.
    """
    width, most = len(s.ppm), 0
    for c in range(len(out)):
        most = max(most, line_starts[c + 1] - line_starts[c])
    shift, work = np.empty((most, width)), np.empty((2, 4, width + 1))
    unseen, missing, unit, expected = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    for c in range(len(out)):
        start = line_starts[c]
        lines = line_starts[c + 1] - start
        for i in range(lines):
            k = kind[start + i]
            scale = max(sqrt((uncertainty_ppm[start + i] * s.spread) ** 2 + s.error**2), _MIN_SCALE_PPM)
            for j in range(width):
                llr = _shift_llr(s, ppm[start + i] - s.ppm[j], scale) + s.of_kind[k, j]
                shift[i, j] = min(llr, s.max_exchange) if k >= s.exchanging else llr
            unseen[i] = log_absent[start + i]
            for r in range(len(s.hidden)):
                near = _shift_llr(s, ppm[start + i] - s.hidden[r, 0], scale) + s.hidden[r, 1]
                unseen[i] = _log_sum(unseen[i], near)
            unit[i] = log(float(max(nuclei[start + i], 1))) + s.log_unit[k]
        out[c] = _IMPOSSIBLE
        for amount in log_amounts:
            for i in range(lines):
                k = kind[start + i]
                missing[i], expected[i] = unseen[i], amount + unit[i]
                if len(s.log_amount) and k < s.exchanging:
                    weak = _log_normal_cdf((s.log_least - expected[i]) / s.spread_of_amount[k])
                    missing[i] = _log_sum(missing[i], weak)
                missing[i] = min(missing[i], 0.0)
            own = kind[start : start + lines]
            value = _best(s, shift[:lines], missing[:lines], expected[:lines], own, work)
            out[c] = max(out[c], value)

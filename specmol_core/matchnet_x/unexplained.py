"""Strong signals that a candidate does not explain: the sign of a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.judgement import Judgement, UnexplainedSignal
from specmol_core.matchnet_x.assign import assigned_pairs
from specmol_core.matchnet_x.likelihood import LikelihoodModel, observed_lines
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.spectra.reference.solvents import SOLVENTS

__all__ = ["strong_signals", "strong_unexplained", "with_unexplained"]

_MIN_AMOUNT = {"1H": 0.5, "13C": 0.4}
"""Least amount of a strong signal: integral in protons of the candidate, and height in median
heights of the candidate's lines."""
_MIN_SIGNALS = {True: 3, False: 2}
_MIN_SHARE = 0.1
"""Least number of unexplained strong signals, for peak lists and coarse images and for other traces,
and their least share of the strong signals. Lists have separate signals for couplings to fluorine, and
errors of typing."""
_SOLVENT_RANGE_PPM = 1.5
"""Distance from a 13C line of a solvent in which a line of a coarse image may be one of its multiplet."""


def strong_unexplained(
    model: LikelihoodModel, observed: Sequence[Observed], best: bytes
) -> tuple[UnexplainedSignal, ...]:
    """Return the strong signals that a candidate leaves unexplained, high to low shift, 1H first.

    A signal is strong if it is like those that the candidate explains. A signal of a peak list
    without amounts is strong, because authors list no impurities. Signals near those of the solvent
    do not count; on a 13C axis that is too coarse to recognise the solvent, neither do lines near
    those of any solvent. The result is empty if the strong signals are fewer than two (three in peak
    lists and coarse images), or less than a tenth of all strong signals: an impurity has weaker
    signals, and a signal of the compound that is left over by an error is alone.

    Parameters
    ----------
    best
        Payload of the candidate.
    """
    return strong_signals(observed, [_relative_amounts(model, signals, best) for signals in observed])


def strong_signals(
    observed: Sequence[Observed], parts: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]
) -> tuple[UnexplainedSignal, ...]:
    """Return the strong signals that are unexplained, see ``strong_unexplained``.

    Parameters
    ----------
    parts
        For each spectrum the relative amount (signals,) of each signal, or NaN, and whether it is explained.
    """
    found: list[UnexplainedSignal] = []
    total = 0
    for signals, (amount, is_explained) in zip(observed, parts, strict=True):
        is_strong = is_explained | np.isnan(amount) | (amount >= _MIN_AMOUNT[signals.nucleus])
        is_strong &= ~(signals.maybe_solvent | _is_near_solvent(signals))
        total += int(is_strong.sum())
        found += [
            UnexplainedSignal(signals.nucleus, float(signals.ppm[i]), None if np.isnan(amount[i]) else float(amount[i]))
            for i in np.flatnonzero(is_strong & ~is_explained)[::-1]
        ]
    least = _MIN_SIGNALS[all(signals.from_peak_list or signals.coarse for signals in observed)]
    return tuple(found) if len(found) >= max(least, _MIN_SHARE * total) else ()


def _is_near_solvent(observed: Observed) -> NDArray[np.bool_]:
    """Return which lines (signals,) of a coarse 13C image may be those of a solvent."""
    if observed.nucleus == "1H" or not observed.coarse:
        return np.zeros(len(observed), np.bool_)
    known = np.array([signal.ppm for solvent in SOLVENTS for signal in solvent.c13])
    near: NDArray[np.bool_] = (np.abs(observed.ppm[:, None] - known) <= _SOLVENT_RANGE_PPM).any(axis=1)
    return near


def with_unexplained(
    judgement: Judgement, unexplained: tuple[UnexplainedSignal, ...], *, rest_fits: bool = False
) -> Judgement:
    """Return the judgement with these signals in its verdict, which is *mixture?* if there are any.

    The verdict *none fits* stays, unless the best candidate fits the signals that it explains.
    """
    verdict = judgement.verdict
    if verdict is None or not unexplained:
        return judgement
    if verdict.name == "none fits" and not rest_fits:
        return replace(judgement, verdict=replace(verdict, unexplained=unexplained))
    return replace(judgement, verdict=replace(verdict, name="mixture?", groups=0, unexplained=unexplained))


def _relative_amounts(
    model: LikelihoodModel, observed: Observed, best: bytes
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the amount (signals,) of each signal in those of the candidate, and which it explains.

    The unit of an amount is that of one proton, or the median height of a carbon. Amounts are NaN if
    they are unknown.
    """
    pairs = assigned_pairs(model, observed, observed_lines(model, observed, best)[0])
    is_explained = np.zeros(len(observed), np.bool_)
    is_explained[[signal for _, signal in pairs]] = True
    amount = observed.amount if observed.nucleus == "1H" else observed.height
    known = amount[is_explained & ~np.isnan(amount)]
    if not len(known):
        return np.full(len(observed), np.nan), is_explained
    unit = known.sum() / max(sum(pairs.values()), 1) if observed.nucleus == "1H" else np.median(known)
    relative: NDArray[np.float64] = amount / max(float(unit), 1e-12)
    return relative, is_explained

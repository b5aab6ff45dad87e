"""Log-likelihood ratio of the signals that known compounds leave, under candidates of a minor compound."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.minor_kernels import MinorSignals, minor_scores
from specmol_core.matchnet_x.components.search import scored_set
from specmol_core.matchnet_x.heights import LOG_MEDIAN_HEIGHTS
from specmol_core.matchnet_x.likelihood import LikelihoodModel, carbon_list, log_likelihood_ratios, proton_list
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND, KIND_COUNTS, unpack_salt_lines
from specmol_core.runtime.compiled import run_in_chunks

__all__ = ["minor_ratios", "rest_scores"]

Float = NDArray[np.float64]

_LOG_P_ABSENT = -0.5
"""Log-probability that a line of a counter-ion is not observed."""
_SPREAD = {"13C": (0.5, 0.3, 0.3, 0.3), "1H": (0.3,)}
"""Standard deviation of the logarithm of a height by kind of carbon (see docs/results.md), and of an area."""
_LOG_RANGE = {"13C": 4.0, "1H": 6.0}
"""Range of the logarithm of a height or area by chance."""
_OUTLIER = 0.02
"""Probability that a height or area is that of something else: of an overlap, or of noise."""
_AMOUNT_STEP, _ABOVE = 0.3, 1.0
"""Step of the logarithms of the amounts that are tried, and how far they go beyond the largest signal."""
_PROTON_WEIGHT = 0.5
"""Factor on 1H beside 13C: what a fit leaves of overlapping multiplets is less certain than separate lines."""
_MIN_CHUNK = 50
"""Fewest candidates for a thread."""


def rest_scores(
    model: LikelihoodModel,
    factors: Sequence[float],
    observed: Sequence[Observed],
    payloads: Sequence[bytes | memoryview],
) -> Float:
    """Return the score (candidates,) of the signals that known compounds leave.

    It is the sum of ``minor_ratios`` of the spectra whose least amount is known. For the others,
    which are peak lists and pictures, it is the mean of two scores: as if the areas were those of one
    compound, and with an amount of its own.

    Parameters
    ----------
    factors
        Factor on the log-likelihood ratio of each spectrum.
    """
    scores = np.zeros(len(payloads))
    others = []
    for factor, signals in zip(factors, observed, strict=True):
        if np.isnan(signals.least_amount):
            others.append((factor, signals))
        else:
            weight = _PROTON_WEIGHT if signals.nucleus == "1H" and len(observed) > 1 else 1.0
            scores += weight * factor * minor_ratios(model, signals, payloads)
    if others:
        weights, spectra = [pair[0] for pair in others], [pair[1] for pair in others]
        alone = [scored_set(model, weights, spectra, [bytes(payload)], [0]).score for payload in payloads]
        scores += 0.5 * (np.array(weights) @ log_likelihood_ratios(model, spectra, payloads) + np.array(alone))
    return scores


def minor_ratios(model: LikelihoodModel, observed: Observed, payloads: Sequence[bytes | memoryview]) -> Float:
    """Return the log-likelihood ratio (candidates,) of the signals that known compounds leave.

    A candidate has one amount, to which the heights (13C) or areas (1H) of its signals belong. It
    is the amount that fits best. A line may be missing, because its amount is near the least one
    that is seen, or because a known compound hides it. Neither counts against the candidate.

    Parameters
    ----------
    observed
        Signals from a trace, with ``least_amount``.
    payloads
        Payload of each candidate.
    """
    lines, of_counter_ion = unpack_salt_lines(payloads, observed.nucleus)
    signals, missing = _signals(model, observed)
    absent = missing[lines.kind]
    absent[of_counter_ion] = np.maximum(absent[of_counter_ion], _LOG_P_ABSENT)
    amounts = np.array([signals.log_least])
    if len(signals.log_amount):
        highest = max(float(signals.log_amount.max()), signals.log_least) + _ABOVE
        amounts = np.arange(signals.log_least, highest, _AMOUNT_STEP)
    result = np.zeros(len(payloads))
    columns = (lines.ppm.astype(np.float64), lines.uncertainty_ppm.astype(np.float64), lines.nuclei, lines.kind)

    def work(start: int, stop: int) -> None:
        minor_scores(signals, *columns, lines.line_starts[start : stop + 1], absent, amounts, result[start:stop])

    run_in_chunks(work, len(payloads), _MIN_CHUNK)
    return result


def _signals(model: LikelihoodModel, observed: Observed) -> tuple[MinorSignals, Float]:
    """Return the signals with their parameters, and the log-probability (kinds,) that a line is not observed."""
    parameters, kinds = model.parameters_for(observed), KIND_COUNTS[observed.nucleus]
    missing, of_kind, merged = np.zeros(kinds), np.zeros((kinds, len(observed))), parameters.merged
    if observed.nucleus == "13C":
        likelihood, exchanging = carbon_list(model, observed).shift_likelihood, kinds
        missing[:] = parameters.missing
        merged += log(observed.merge_distance_ppm / parameters.window)
        amount, unit, spread = observed.height, LOG_MEDIAN_HEIGHTS.astype(np.float64), np.array(_SPREAD["13C"])
    else:
        protons = proton_list(model, observed)
        likelihood, exchanging = protons.shift_likelihood, FIRST_EXCHANGING_KIND
        missing[:exchanging], missing[exchanging:] = parameters.missing
        of_kind[:] = protons.llr_table
        amount, unit, spread = observed.amount, np.zeros(kinds), np.full(kinds, _SPREAD["1H"][0])
    known = len(observed) > 0 and bool((np.nan_to_num(amount) > 0.0).all())
    ranges = np.array(observed.masked_ranges, np.float64).reshape(-1, 2)
    share = np.log(np.maximum(ranges[:, 1] - ranges[:, 0], 1e-6) / parameters.window)
    signals = MinorSignals(
        observed.ppm,
        np.log(amount) if known else np.zeros(0),
        of_kind,
        log(observed.least_amount),
        np.stack([ranges.mean(1), share], axis=1),
        float(likelihood.error),
        float(likelihood.dof),
        float(likelihood.spread_factor),
        float(likelihood.constant),
        float(merged),
        float(parameters.log_p_unassigned),
        unit,
        spread,
        _OUTLIER,
        _LOG_RANGE[observed.nucleus],
        exchanging,
        float(parameters.max_exchange_llr),
    )
    return signals, missing

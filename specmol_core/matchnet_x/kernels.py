"""Compiled alignment of predicted lines with observed signals, candidate by candidate.

All compiled functions are in this file, because numba invalidates its disk cache only when a
function's own file changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = [
    "HEIGHT_BINS",
    "LOG_HEIGHT_STEP",
    "LOG_P_IMPOSSIBLE",
    "LOWEST_LOG_HEIGHT",
    "MAX_OUT_OF_ORDER",
    "CarbonList",
    "ProtonList",
    "ShiftLikelihood",
    "best_alignment",
    "carbon_ratios",
    "fill_carbon",
    "fill_proton",
    "log_height_scale",
    "proton_ratios",
    "scratch_for",
]

LOG_P_IMPOSSIBLE = np.float32(-1e9)
"""Log-probability of an impossible event."""
MAX_OUT_OF_ORDER = 3
"""Most lines of one candidate that can be pending out of order at once."""
LOWEST_LOG_HEIGHT, LOG_HEIGHT_STEP, HEIGHT_BINS = -3.25, 0.25, 22
"""Logarithm of the height of the first bin, step between bins, and number of bins."""

_MIN_PAIR_LLR = np.float32(-12.0)
"""Least log-likelihood ratio of one pair; larger deviations are not penalised further."""
_MIN_SCALE_PPM = np.float32(1e-4)
"""Least scale of the distribution of deviations (ppm)."""
_LOWEST_LOG_HEIGHT_F32, _LOG_HEIGHT_STEP_F32 = np.float32(LOWEST_LOG_HEIGHT), np.float32(LOG_HEIGHT_STEP)
_LOG_2 = np.float32(np.log(2.0))


class ShiftLikelihood(NamedTuple):
    """Likelihood ratio of a shift: Student's distribution about the prediction, against chance."""

    dof: np.float32
    """Degrees of freedom."""
    spread_factor: np.float32
    """Factor on the predicted uncertainties."""
    error: np.float32
    """Standard deviation of an observed shift (ppm)."""
    constant: np.float32
    """Logarithm of the window (ppm) times the density of the standard distribution at 0."""


class CarbonList(NamedTuple):
    """Observed 13C lines with the parameters of the likelihood model."""

    shift_likelihood: ShiftLikelihood
    shifts_ppm: NDArray[np.float32]
    """(entries,) shifts (ppm)."""
    missing: NDArray[np.float32]
    """(kinds,) log-probability that a line is not observed."""
    merged: np.float32
    """Log-probability that a line merges with the line before it."""
    split: np.float32
    """Log-probability that a line of several carbons is split into two entries."""
    log_p_unassigned: NDArray[np.float32]
    """(entries,) log-probability that an entry is unassigned."""
    masked_ranges: NDArray[np.float32]
    """(ranges, 2): centre (ppm) of each masked range, and the logarithm of its share of the
    window."""
    height: NDArray[np.float32]
    """(entries,) logarithms of the heights; empty if heights are not informative."""
    log_heights_descending: NDArray[np.float32]
    """The same, in falling order."""
    log_median_heights: NDArray[np.float32]
    """(kinds,) logarithm of the median height of one carbon."""
    llr_table: NDArray[np.float32]
    """(kinds, bins): log-likelihood ratio of a height for each kind, against unassigned lines, see
    ``heights``."""


class ProtonList(NamedTuple):
    """Observed 1H signals with the parameters of the likelihood model."""

    shift_likelihood: ShiftLikelihood
    shifts_ppm: NDArray[np.float32]
    """(signals,) shifts (ppm)."""
    llr_table: NDArray[np.float32]
    """(kinds, signals): log-likelihood ratio of the multiplicity of a signal for each kind of
    proton."""
    missing: NDArray[np.float32]
    """(2,) log-probability that a proton on carbon, or an exchanging proton, is not observed."""
    masked_ranges: NDArray[np.float32]
    """As in CarbonList; not used for exchanging protons."""
    exchanging: int
    """First kind of exchanging protons."""
    merged: np.float32
    """Log-probability that two lines have one signal."""
    split: np.float32
    """Log-probability that the protons of one line have two signals."""
    log_p_extra_proton: np.float32
    """Log-probability that a signal holds one proton more than its integral."""
    log_p_out_of_order: np.float32
    """Log-probability that an exchanging proton is out of order."""
    max_exchange_llr: np.float32
    """Largest log-likelihood ratio of an exchanging proton at its predicted shift."""
    log_p_unassigned: np.float32
    """Log-probability that an observed proton is unassigned."""
    weight_exponent: np.float32
    """Each proton of a line of n protons has the weight n**-exponent."""


@compiled
def scratch_for(entries: int, rows: int = 2) -> NDArray[np.float32]:
    """Working memory of :func:`best_alignment` for up to this many entries."""
    return np.empty((2, rows, 2 * MAX_OUT_OF_ORDER + 1, entries + 1), np.float32)


@compiled
def best_alignment(
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    merged: NDArray[np.float32],
    split: NDArray[np.float32],
    log_p_unassigned: NDArray[np.float32],
    log_p_out_of_order: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> float:
    """Log-likelihood of the best alignment, see ``alignment.align`` and ``AlignmentTerms``.

    Parameters
    ----------
    scratch
        Result of ``scratch_for`` with at least this number of entries. Row ``i`` (modulo the number
        of rows) holds the results after i lines: the best by layer and entries passed, and the best
        in which the last line matches the last entry.
    """
    lines, width = match.shape
    max_pending = 0
    for i in range(lines):
        max_pending += log_p_out_of_order[i] > LOG_P_IMPOSSIBLE
    max_pending = min(max_pending, MAX_OUT_OF_ORDER)
    # Layer max_pending + b: the number of pending entries minus that of pending lines is b.
    layers = 2 * max_pending + 1
    rows = scratch.shape[1]
    best, ending = scratch[0, 0], scratch[1, 0]
    for b in range(layers):
        best[b, 0] = 0 if b == max_pending else LOG_P_IMPOSSIBLE
        for j in range(width):
            ending[b, j] = LOG_P_IMPOSSIBLE
            best[b, j + 1] = best[b, j] + log_p_unassigned[j]
            if b > 0:
                best[b, j + 1] = max(best[b, j + 1], best[b - 1, j])
    for i in range(lines):
        new, now = scratch[0, (i + 1) % rows], scratch[1, (i + 1) % rows]
        for b in range(layers):
            without = best[b, 0] + missing[i]
            if b + 1 < layers:
                without = max(without, best[b + 1, 0] + log_p_out_of_order[i])
            new[b, 0] = without
            for j in range(width):
                here = max(best[b, j], ending[b, j] + merged[i]) + match[i, j]
                if j >= 1:
                    here = max(here, best[b, j - 1] + split[i, j])
                now[b, j] = here
                value = max(here, max(best[b, j + 1] + missing[i], new[b, j] + log_p_unassigned[j]))
                if b + 1 < layers:
                    value = max(value, best[b + 1, j + 1] + log_p_out_of_order[i])
                if b > 0:
                    value = max(value, new[b - 1, j])
                new[b, j + 1] = value
        best, ending = new, now
    total: float = best[max_pending, width]
    return total


@compiled
def _pair_llr(shift_likelihood: ShiftLikelihood, deviation: float, scale: float) -> float:
    z = deviation / scale
    tail = (
        np.log(np.float32(1) + z * z / shift_likelihood.dof) * (shift_likelihood.dof + np.float32(1)) * np.float32(0.5)
    )
    result: float = max(shift_likelihood.constant - np.log(scale) - tail, _MIN_PAIR_LLR)
    return result


@compiled
def _scale(shift_likelihood: ShiftLikelihood, uncertainty_ppm: float) -> float:
    predicted = uncertainty_ppm * shift_likelihood.spread_factor
    result: float = max(
        np.sqrt(predicted * predicted + shift_likelihood.error * shift_likelihood.error), _MIN_SCALE_PPM
    )
    return result


@compiled
def _log_p_masked(
    shift_likelihood: ShiftLikelihood, masked_ranges: NDArray[np.float32], ppm: float, scale: float
) -> float:
    """Log-probability that a line is in a masked range."""
    result = float(LOG_P_IMPOSSIBLE)
    for r in range(len(masked_ranges)):
        result = max(result, float(_pair_llr(shift_likelihood, ppm - masked_ranges[r, 0], scale) + masked_ranges[r, 1]))
    return result


@compiled
def log_height_scale(observed: CarbonList, nuclei: NDArray[np.int64], kind: NDArray[np.int64]) -> float:
    """Logarithm of the median ratio of observed to expected heights of a candidate, both sorted."""
    count = min(len(observed.height), len(kind))
    if count == 0:
        return 0.0
    expected = np.empty(len(kind), np.float32)
    for i in range(len(kind)):
        expected[i] = observed.log_median_heights[min(kind[i], len(observed.log_median_heights) - 1)] + np.log(
            np.float32(max(nuclei[i], 1))
        )
    log_ratios = observed.log_heights_descending[:count] - np.sort(expected)[::-1][:count]
    result: float = np.sort(log_ratios)[count // 2]
    return result


@compiled
def _height_llr(llr_table: NDArray[np.float32], height: float) -> float:
    """Value of one row (bins,) of a table at the logarithm of a height per carbon, by linear
    interpolation."""
    position = (height - _LOWEST_LOG_HEIGHT_F32) / _LOG_HEIGHT_STEP_F32
    below = min(max(int(np.floor(position)), 0), len(llr_table) - 2)
    part = min(max(position - np.float32(below), np.float32(0)), np.float32(1))
    result: float = llr_table[below] * (np.float32(1) - part) + llr_table[below + 1] * part
    return result


@compiled
def fill_carbon(
    observed: CarbonList,
    ppm: NDArray[np.float32],
    uncertainty_ppm: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    merged: NDArray[np.float32],
    split: NDArray[np.float32],
) -> None:
    """Fill the terms of one candidate: one row per predicted line, one entry per observed line."""
    log_scale = log_height_scale(observed, nuclei, kind)
    for i in range(len(ppm)):
        scale = _scale(observed.shift_likelihood, uncertainty_ppm[i])
        missing[i] = max(
            observed.missing[min(kind[i], len(observed.missing) - 1)],
            _log_p_masked(observed.shift_likelihood, observed.masked_ranges, ppm[i], scale),
        )
        # Two lines within the resolution merge; the second line has no entry of its own.
        merged[i] = observed.merged
        for j in range(len(observed.shifts_ppm)):
            match[i, j] = _pair_llr(observed.shift_likelihood, ppm[i] - observed.shifts_ppm[j], scale)
            split[i, j] = LOG_P_IMPOSSIBLE
        # Carbons that are equivalent in the graph but not in space can have two neighbouring
        # entries.
        for j in range(1, len(observed.shifts_ppm) if nuclei[i] > 1 else 0):
            split[i, j] = match[i, j - 1] + match[i, j] + observed.split
        llr_table, carbons = (
            observed.llr_table[min(kind[i], len(observed.llr_table) - 1)],
            np.log(np.float32(max(nuclei[i], 1))),
        )
        previous_llr = np.float32(0)
        for j in range(len(observed.height)):
            height = observed.height[j] - log_scale - carbons
            match[i, j] += _height_llr(llr_table, height)
            if nuclei[i] > 1:
                half_height_llr = np.float32(_height_llr(llr_table, height + _LOG_2))
                split[i, j] += half_height_llr
                split[i, j] += previous_llr
                previous_llr = half_height_llr


@compiled
def carbon_ratios(
    observed: CarbonList,
    ppm: NDArray[np.float32],
    uncertainty_ppm: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write the log-likelihood ratio (candidates,) of the observed lines under each candidate.

    The lines of candidate c are ``line_starts[c]`` to ``line_starts[c + 1]``.
    """
    max_lines, width = 0, len(observed.shifts_ppm)
    for c in range(len(out)):
        max_lines = max(max_lines, line_starts[c + 1] - line_starts[c])
    match, split = np.empty((max_lines, width), np.float32), np.empty((max_lines, width), np.float32)
    missing, merged = np.empty(max_lines, np.float32), np.empty(max_lines, np.float32)
    log_p_out_of_order = np.full(max_lines, LOG_P_IMPOSSIBLE, np.float32)
    scratch = scratch_for(width)
    for c in range(len(out)):
        a, b = line_starts[c], line_starts[c + 1]
        n = b - a
        fill_carbon(
            observed,
            ppm[a:b],
            uncertainty_ppm[a:b],
            nuclei[a:b],
            kind[a:b],
            match[:n],
            missing[:n],
            merged[:n],
            split[:n],
        )
        out[c] = best_alignment(
            match[:n], missing[:n], merged[:n], split[:n], observed.log_p_unassigned, log_p_out_of_order[:n], scratch
        )


@compiled
def fill_proton(
    observed: ProtonList,
    ppm: NDArray[np.float32],
    uncertainty_ppm: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    signal_of_proton: NDArray[np.int64],
    match: NDArray[np.float32],
    missing: NDArray[np.float32],
    log_p_out_of_order: NDArray[np.float32],
    ratio: NDArray[np.float32],
) -> None:
    """Fill the terms of one candidate: one row per predicted proton, one entry per observed proton.

    Parameters
    ----------
    signal_of_proton
        (entries,) signal of each observed proton, in rising order.
    ratio
        (signals,) working memory.
    """
    p = 0
    for i in range(len(ppm)):
        exchanges = kind[i] >= observed.exchanging
        scale = _scale(observed.shift_likelihood, uncertainty_ppm[i])
        weight = np.float32(max(nuclei[i], 1)) ** -observed.weight_exponent
        for s in range(len(observed.shifts_ppm)):
            ratio[s] = (
                _pair_llr(observed.shift_likelihood, ppm[i] - observed.shifts_ppm[s], scale)
                + observed.llr_table[kind[i], s]
            ) * weight
            if kind[i] >= observed.exchanging:
                ratio[s] = min(ratio[s], observed.max_exchange_llr)
        log_p_missing = observed.missing[1 if exchanges else 0]
        if not exchanges:
            log_p_missing = max(
                log_p_missing,
                np.float32(weight * _log_p_masked(observed.shift_likelihood, observed.masked_ranges, ppm[i], scale)),
            )
        for copy in range(nuclei[i]):
            missing[p] = log_p_missing
            log_p_out_of_order[p] = observed.log_p_out_of_order if exchanges else LOG_P_IMPOSSIBLE
            for q in range(len(signal_of_proton)):
                match[p, q] = ratio[signal_of_proton[q]]
            for q in range(1, len(signal_of_proton) if p > 0 else 0):
                same = signal_of_proton[q] == signal_of_proton[q - 1]
                if copy > 0 and not same:
                    match[p, q] += observed.split
                elif copy == 0 and same:
                    match[p, q] += observed.merged
            p += 1


@compiled
def proton_ratios(
    observed: ProtonList,
    ppm: NDArray[np.float32],
    uncertainty_ppm: NDArray[np.float32],
    nuclei: NDArray[np.int64],
    kind: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    option: NDArray[np.int64],
    signal_of_proton: NDArray[np.int64],
    option_starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the log-likelihood ratio (candidates,) for the best interpretation of the integrals.

    Parameters
    ----------
    option
        (candidates, choices) indices of the interpretations of each candidate.
    signal_of_proton, option_starts
        Signals of the observed protons; those of interpretation r are
        ``signal_of_proton[option_starts[r]:option_starts[r + 1]]``.
    weights
        Factor on the log-likelihood ratio of each interpretation.
    """
    max_protons, width = 0, 0
    for c in range(len(out)):
        protons = 0
        for i in range(line_starts[c], line_starts[c + 1]):
            protons += nuclei[i]
        max_protons = max(max_protons, protons)
    for r in range(len(weights)):
        width = max(width, option_starts[r + 1] - option_starts[r])
    match, split = (
        np.empty((max_protons, width), np.float32),
        np.full((max_protons, width), LOG_P_IMPOSSIBLE, np.float32),
    )
    missing, log_p_out_of_order = np.empty(max_protons, np.float32), np.empty(max_protons, np.float32)
    log_p_extra_proton, log_p_unassigned = (
        np.full(max_protons, observed.log_p_extra_proton, np.float32),
        np.full(width, observed.log_p_unassigned, np.float32),
    )
    ratio = np.empty(len(observed.shifts_ppm), np.float32)
    scratch = scratch_for(width)
    for c in range(len(out)):
        a, b = line_starts[c], line_starts[c + 1]
        n = 0
        for i in range(a, b):
            n += nuclei[i]
        out[c] = -np.inf
        for which in range(option.shape[1]):
            r = option[c, which]
            if which > 0 and r == option[c, which - 1]:
                continue
            signals = signal_of_proton[option_starts[r] : option_starts[r + 1]]
            m = len(signals)
            match_part = match[:n, :m]
            fill_proton(
                observed,
                ppm[a:b],
                uncertainty_ppm[a:b],
                nuclei[a:b],
                kind[a:b],
                signals,
                match_part,
                missing[:n],
                log_p_out_of_order[:n],
                ratio,
            )
            total = best_alignment(
                match_part,
                missing[:n],
                log_p_extra_proton[:n],
                split[:n, :m],
                log_p_unassigned[:m],
                log_p_out_of_order[:n],
                scratch,
            )
            out[c] = max(out[c], total * weights[r])

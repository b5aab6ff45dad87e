"""Alignment of predicted lines with observed signals, candidate by candidate, in machine code.

All in one file: what numba keeps of a function on disk is renewed when its own file changes, not when another does.
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
"""Log-probability of what does not happen."""
MAX_OUT_OF_ORDER = 3
"""Lines of one candidate that may show out of order."""
LOWEST_LOG_HEIGHT, LOG_HEIGHT_STEP, HEIGHT_BINS = -3.25, 0.25, 22
"""Logarithm of the lowest height that is told apart, step from one to the next, and their number."""

_MIN_PAIR_LLR = np.float32(-12.0)
"""Least log-likelihood ratio of one pair: farther off is not worse, it is no pair."""
_MIN_SCALE_PPM = np.float32(1e-4)
_LOWEST_LOG_HEIGHT_F32, _LOG_HEIGHT_STEP_F32 = np.float32(LOWEST_LOG_HEIGHT), np.float32(LOG_HEIGHT_STEP)
_LOG_2 = np.float32(np.log(2.0))


class ShiftLikelihood(NamedTuple):
    """How likely a line stands at an entry: a Student distribution about the prediction, against a uniform chance."""

    dof: np.float32
    spread_factor: np.float32
    """Factor on the predicted spreads."""
    error: np.float32
    """Standard deviation of an observed shift (ppm)."""
    constant: np.float32
    """Logarithm of the window (ppm) times the density of the standard distribution at 0."""


class CarbonList(NamedTuple):
    """What holds for a 13C list."""

    shift_likelihood: ShiftLikelihood
    shifts_ppm: NDArray[np.float32]
    """(entries,) ppm."""
    missing: NDArray[np.float32]
    """(kinds,)"""
    merged: np.float32
    split: np.float32
    log_p_unassigned: NDArray[np.float32]
    """(entries,)"""
    masked_ranges: NDArray[np.float32]
    """(ranges, 2): middle (ppm) of each in which no line is seen, and the logarithm of its share of the window."""
    height: NDArray[np.float32]
    """(entries,) logarithm of the height of each; empty where heights tell nothing."""
    log_heights_descending: NDArray[np.float32]
    """The same, falling."""
    log_median_heights: NDArray[np.float32]
    """(kinds,) mean logarithm of the height of one carbon of each."""
    llr_table: NDArray[np.float32]
    """(kinds, cells): log-ratio of a height under each kind and under lines that are nobody's, see ``heights``."""


class ProtonList(NamedTuple):
    """What holds for a 1H list."""

    shift_likelihood: ShiftLikelihood
    shifts_ppm: NDArray[np.float32]
    """(signals,) ppm."""
    llr_table: NDArray[np.float32]
    """(kinds, signals): what the multiplicity of a signal tells of each kind of proton."""
    missing: NDArray[np.float32]
    """(2,): of protons on carbon, and of those that exchange."""
    masked_ranges: NDArray[np.float32]
    """As of Carbons; exchanging protons are missing often enough without."""
    exchanging: int
    """The first kind that exchanges."""
    merged: np.float32
    split: np.float32
    log_p_extra_proton: np.float32
    log_p_out_of_order: np.float32
    """Of a proton that exchanges."""
    max_exchange_llr: np.float32
    """Most that a proton that exchanges says by standing in its place."""
    log_p_unassigned: np.float32
    weight_exponent: np.float32
    """Power of the number of protons of a line by which the weight of each falls."""


@compiled
def scratch_for(entries: int, rows: int = 2) -> NDArray[np.float32]:
    """Working memory of :func:`best_alignment` for so many entries or fewer."""
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
    """What ``alignment.align`` computes, from the parts of its AlignmentTerms.

    Parameters
    ----------
    scratch
        Of ``scratch_for`` this number of entries or more, with any values. Row ``i`` modulo its rows will hold, after i
        lines, the best by layer and entries passed, and the best of those that end on each entry.
    """
    lines, width = match.shape
    most = 0
    for i in range(lines):
        most += log_p_out_of_order[i] > LOG_P_IMPOSSIBLE
    most = min(most, MAX_OUT_OF_ORDER)
    # Layer b + most: entries that wait for a line out of order, less lines that wait for an entry, are b.
    layers = 2 * most + 1
    rows = scratch.shape[1]
    best, ending = scratch[0, 0], scratch[1, 0]
    for b in range(layers):
        best[b, 0] = 0 if b == most else LOG_P_IMPOSSIBLE
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
    total: float = best[most, width]
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
    observed = uncertainty_ppm * shift_likelihood.spread_factor
    result: float = max(np.sqrt(observed * observed + shift_likelihood.error * shift_likelihood.error), _MIN_SCALE_PPM)
    return result


@compiled
def _log_p_masked(
    shift_likelihood: ShiftLikelihood, masked_ranges: NDArray[np.float32], ppm: float, scale: float
) -> float:
    """Log-probability that a line stands in a range in which none is seen."""
    result = float(LOG_P_IMPOSSIBLE)
    for r in range(len(masked_ranges)):
        result = max(result, float(_pair_llr(shift_likelihood, ppm - masked_ranges[r, 0], scale) + masked_ranges[r, 1]))
    return result


@compiled
def log_height_scale(observed: CarbonList, nuclei: NDArray[np.int64], kind: NDArray[np.int64]) -> float:
    """Logarithm of the height of one usual carbon, if the lines are those of a candidate: tallest with tallest."""
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
    """Value of one row (cells,) at the logarithm of a height per carbon, straight between the cells."""
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
    """Terms of the lines of one candidate: one line per class of carbons, one entry per observed line."""
    log_scale = log_height_scale(observed, nuclei, kind)
    for i in range(len(ppm)):
        scale = _scale(observed.shift_likelihood, uncertainty_ppm[i])
        missing[i] = max(
            observed.missing[min(kind[i], len(observed.missing) - 1)],
            _log_p_masked(observed.shift_likelihood, observed.masked_ranges, ppm[i], scale),
        )
        # Two lines within the resolution are one: the second needs no place of its own, only to be that near.
        merged[i] = observed.merged
        for j in range(len(observed.shifts_ppm)):
            match[i, j] = _pair_llr(observed.shift_likelihood, ppm[i] - observed.shifts_ppm[j], scale)
            split[i, j] = LOG_P_IMPOSSIBLE
        # A line of several carbons as two neighbouring entries: alike by the graph, yet not in space.
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
    """Log-likelihood ratio (candidates,) of the list under each candidate's lines.

    Those of candidate c are ``line_starts[c]`` to ``line_starts[c + 1]``.
    """
    most, width = 0, len(observed.shifts_ppm)
    for c in range(len(out)):
        most = max(most, line_starts[c + 1] - line_starts[c])
    match, split = np.empty((most, width), np.float32), np.empty((most, width), np.float32)
    missing, merged = np.empty(most, np.float32), np.empty(most, np.float32)
    log_p_out_of_order = np.full(most, LOG_P_IMPOSSIBLE, np.float32)
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
    """Terms of the protons of one candidate, one after the other.

    Parameters
    ----------
    signal_of_proton
        (entries,) signal of each observed proton, rising.
    ratio
        (signals,) of any values.
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
    """The best log-likelihood ratio (candidates,) among several readings of the integrals.

    Parameters
    ----------
    option
        (candidates, readings) which reading applies.
    signal_of_proton, option_starts
        Signal of each observed proton of reading r: ``entry[start[r]:start[r + 1]]``.
    weights
        Factor on the evidence of each reading.
    """
    most, width = 0, 0
    for c in range(len(out)):
        protons = 0
        for i in range(line_starts[c], line_starts[c + 1]):
            protons += nuclei[i]
        most = max(most, protons)
    for r in range(len(weights)):
        width = max(width, option_starts[r + 1] - option_starts[r])
    match, split = np.empty((most, width), np.float32), np.full((most, width), LOG_P_IMPOSSIBLE, np.float32)
    missing, log_p_out_of_order = np.empty(most, np.float32), np.empty(most, np.float32)
    log_p_extra_proton, log_p_unassigned = (
        np.full(most, observed.log_p_extra_proton, np.float32),
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

"""Log-likelihood ratios of observed signals under candidates, against signals by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import lgamma, log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.alignment import AlignmentTerms, align
from specmol_core.matchnet_x.counted_carbons import CarbonGroups, GroupTerms, carbon_groups, group_ratios
from specmol_core.matchnet_x.heights import LOG_MEDIAN_HEIGHTS
from specmol_core.matchnet_x.kernels import (
    HEIGHT_BINS,
    LOG_P_IMPOSSIBLE,
    CarbonList,
    ProtonList,
    ShiftLikelihood,
    carbon_ratios,
    fill_carbon,
    fill_proton,
    log_height_scale,
    proton_ratios,
)
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, Observed
from specmol_core.matchnet_x.predicted_lines import (
    FIRST_EXCHANGING_KIND,
    KIND_COUNTS,
    PredictedLines,
    unpack_salt_lines,
)
from specmol_core.matchnet_x.salt_lines import has_counter_ion, molecules_of, without_lines
from specmol_core.runtime.compiled import run_in_chunks

__all__ = [
    "LikelihoodModel",
    "NucleusModel",
    "ProtonTerms",
    "carbon_list",
    "carbon_terms",
    "group_terms",
    "log_likelihood_ratios",
    "log_reference_height",
    "maybe_masked_lines",
    "observed_lines",
    "proton_list",
    "proton_terms",
    "signals_of_protons",
]

_MIN_PROTON_SHARE = 0.3
"""Least integral of one proton; exchanging protons are often observed in part."""
_MIN_CHUNK = 250
"""Fewest candidates for a thread."""
_GROUP_CHUNK = 1000
"""Most candidates whose terms are kept at once."""
_MASK_MARGIN_UNCERTAINTIES = 2.0
"""Distance from a masked range up to which a line may be masked, in uncertainties."""
LOG_P_ABSENT_COUNTER_ION = -1.0
"""Log-probability that a spectrum does not show the counter-ions of a salt: they are easily exchanged, and
authors often leave them out of a list."""
_PROTONS_PER_SIGNAL = 2.0
"""Typical number of protons of a signal, for which the weight of integrals is 1."""


@dataclass(frozen=True)
class NucleusModel:
    """Likelihood parameters of one nucleus; logarithms are natural."""

    window: float
    """Range of the uniform distribution of lines by chance (ppm)."""
    dof: float
    """Degrees of freedom of Student's distribution of deviations between observed and predicted
    shifts."""
    spread_factor: float
    """Factor on the predicted uncertainties."""
    missing: tuple[float, ...]
    """Log-probability that a line is not observed, by kind: C, CH, CH2, CH3 (13C); on carbon, on N,
    O or S (1H)."""
    log_p_unassigned: float
    """Log-rate of unassigned entries, relative to entries by chance in the window."""
    merged: float
    """Log-probability that two lines are reported as one."""
    split: float
    """Log-probability that one line of several nuclei has two entries."""
    log_p_extra_proton: float = -6.0
    """Log-probability that a signal holds one proton more than its integral; 1H only."""
    weight_exponent: float = 1.0
    """Each proton of a line of n protons has the weight n**-exponent; with 1 a line has the weight
    of one proton."""
    log_p_out_of_order: float = -9.0
    """Log-probability that an exchanging proton is anywhere in the window, in any order; 1H
    only."""
    max_exchange_llr: float = 1.0
    """Largest log-likelihood ratio of an exchanging proton at its predicted shift; 1H only."""
    integral_exponent: float = 0.0
    """The weight of integrals over n protons is proportional to n**-exponent; with 1 the weight of
    a spectrum does not depend on the number of protons of the candidate."""


_CARBON_LIST = NucleusModel(220.0, 3.5, 1.45, (-5.0, -7.0, -6.0, -6.0), -6.5, -1.5, -3.0)
_CARBON_TRACE = NucleusModel(220.0, 3.5, 1.45, (-3.0, -6.0, -7.0, -6.0), -3.5, 1.5, -1.75)
_PROTON_LIST = NucleusModel(
    12.0, 2.1, 1.3, (-9.0, -0.5), -7.0, -2.0, 0.0, log_p_extra_proton=-9.0, weight_exponent=0.3, log_p_out_of_order=-3.0
)
_PROTON_TRACE = NucleusModel(
    12.0,
    2.1,
    1.3,
    (-9.0, -0.1),
    -3.0,
    -2.5,
    -0.75,
    log_p_extra_proton=-4.5,
    weight_exponent=0.45,
    integral_exponent=0.45,
)


@dataclass(frozen=True)
class LikelihoodModel:
    """Likelihood parameters for both nuclei, in peak lists and traces, with tables."""

    c13: NucleusModel = _CARBON_LIST
    h1: NucleusModel = _PROTON_LIST
    c13_trace: NucleusModel = _CARBON_TRACE
    h1_trace: NucleusModel = _PROTON_TRACE
    multiplicity: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    )
    """Log-likelihood ratio of each multiplicity for each kind of proton, against all kinds (kinds,
    multiplicities)."""
    multiplicity_weight: float = 0.5
    """Factor on the ratio, because neighbouring signals are not independent."""
    multiplicity_trace: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES)))
    )
    """The same for multiplicities from traces, which differ from those of authors where signals
    overlap."""
    multiplicity_trace_weight: float = 0.5
    """Factor on the ratio."""
    heights: NDArray[np.float64] = field(default_factory=lambda: np.zeros((KIND_COUNTS["13C"], HEIGHT_BINS)))
    """Log-likelihood ratio of the height per carbon for each kind, against unassigned lines (kinds,
    bins)."""
    height_weight: float = 0.5
    """Factor on the ratio."""

    def parameters_for(self, observed: Observed) -> NucleusModel:
        """The parameters for these signals, by nucleus and source."""
        if observed.nucleus == "13C":
            return self.c13 if observed.from_peak_list else self.c13_trace
        return self.h1 if observed.from_peak_list else self.h1_trace


def log_likelihood_ratios(
    model: LikelihoodModel, observed: Sequence[Observed], candidates: Sequence[bytes | memoryview]
) -> NDArray[np.float64]:
    """Log-likelihood ratio (spectra, candidates) of each spectrum under each candidate (nats).

    The ratio compares the candidate with lines by chance.

    Parameters
    ----------
    observed
        Signals of each given spectrum.
    candidates
        Payload of each candidate, see ``predicted_lines``.

    Raises
    ------
    ValueError
        If a payload does not hold lines.
    """
    rows = np.zeros((len(observed), len(candidates)))
    for row, signals in zip(rows, observed, strict=True):
        lines, of_counter_ion = unpack_salt_lines(candidates, signals.nucleus)
        _fill_ratios(model, signals, lines, row)
        if of_counter_ion.any():
            salts = has_counter_ion(lines, of_counter_ion)
            without = molecules_of(without_lines(lines, of_counter_ion), salts)
            other = np.zeros(len(salts))
            _fill_ratios(model, signals, without, other)
            row[salts] = np.maximum(row[salts], other + LOG_P_ABSENT_COUNTER_ION)
    return rows


def observed_lines(
    model: LikelihoodModel, observed: Observed, payload: bytes | memoryview
) -> tuple[PredictedLines, NDArray[np.bool_]]:
    """Return the lines of one candidate that the spectrum may show, and which (lines,) of all its lines they are.

    Those of counter-ions are left out if the spectrum is likelier without them.
    """
    lines, of_counter_ion = unpack_salt_lines([payload], observed.nucleus)
    if of_counter_ion.any():
        ratio, without = np.zeros(2), without_lines(lines, of_counter_ion)
        _fill_ratios(model, observed, lines, ratio[:1])
        _fill_ratios(model, observed, without, ratio[1:])
        if ratio[1] + LOG_P_ABSENT_COUNTER_ION > ratio[0]:
            return without, ~of_counter_ion
    return lines, np.ones(len(of_counter_ion), np.bool_)


def _fill_ratios(model: LikelihoodModel, observed: Observed, lines: PredictedLines, out: NDArray[np.float64]) -> None:
    """Write the ratio (candidates,) of one spectrum under each candidate to ``out``, on all
    cores."""
    if observed.nucleus == "13C":
        carbons, groups = carbon_list(model, observed), carbon_groups(observed)

        def work(start: int, stop: int) -> None:
            carbon_ratios(carbons, *_slice_candidates(lines, start, stop), out[start:stop])
            if groups is not None:
                for first in range(start, stop, _GROUP_CHUNK):
                    part = slice(first, min(first + _GROUP_CHUNK, stop))
                    out[part] = np.maximum(out[part], _counted_ratios(model, observed, groups, lines, part))
    else:
        protons, options = proton_list(model, observed), _integral_options(model, observed, lines)

        def work(start: int, stop: int) -> None:
            chunk = options._replace(option_of_candidate=options.option_of_candidate[start:stop])
            proton_ratios(protons, *_slice_candidates(lines, start, stop), *chunk, out[start:stop])

    run_in_chunks(work, len(out), _MIN_CHUNK)


def _counted_ratios(
    model: LikelihoodModel, observed: Observed, groups: CarbonGroups, lines: PredictedLines, part: slice
) -> NDArray[np.float64]:
    """Ratio (candidates,) of a list whose values have numbers of carbons, under some candidates."""
    starts = lines.line_starts[part.start : part.stop + 1]
    own = slice(int(starts[0]), int(starts[-1]))
    some = PredictedLines(
        lines.ppm[own], lines.uncertainty_ppm[own], lines.nuclei[own], lines.kind[own], starts - starts[0]
    )
    result = np.empty(part.stop - part.start)
    group_ratios(group_terms(model, observed, groups, some), groups, some.line_starts, result)
    return result


def group_terms(model: LikelihoodModel, observed: Observed, groups: CarbonGroups, lines: PredictedLines) -> GroupTerms:
    """Terms of a list whose values have numbers of carbons, for the lines of candidates."""
    at = groups.first_entry
    values = replace(
        observed,
        ppm=groups.ppm,
        error=observed.error[at],
        amount=observed.amount[at],
        multiplicity=observed.multiplicity[at],
        multiplicity_labels=tuple(observed.multiplicity_labels[i] for i in at),
        maybe_solvent=observed.maybe_solvent[at],
        height=np.full(len(at), np.nan),
    )
    terms, parameters = carbon_terms(model, values, lines), model.parameters_for(observed)
    merged = parameters.merged + log(observed.merge_distance_ppm / parameters.window)
    return GroupTerms(terms.match, terms.missing, terms.split, merged, parameters.log_p_unassigned, lines.nuclei)


def _slice_candidates(lines: PredictedLines, start: int, stop: int) -> PredictedLines:
    return lines._replace(line_starts=lines.line_starts[start : stop + 1])


def _shift_likelihood(model: NucleusModel, observed: Observed) -> ShiftLikelihood:
    dof = model.dof
    constant = lgamma((dof + 1) / 2) - lgamma(dof / 2) - 0.5 * log(dof * pi) + log(model.window)
    error = float(observed.error.max(initial=0.0))
    return ShiftLikelihood(np.float32(dof), np.float32(model.spread_factor), np.float32(error), np.float32(constant))


def carbon_list(model: LikelihoodModel, observed: Observed) -> CarbonList:
    """Return the lines of a 13C spectrum with the parameters of the model."""
    parameters, has_heights = model.parameters_for(observed), np.isfinite(observed.height).all()
    heights = np.log(observed.height if has_heights else np.zeros(0)).astype(np.float32)
    return CarbonList(
        _shift_likelihood(parameters, observed),
        observed.ppm.astype(np.float32),
        np.array(parameters.missing, np.float32),
        np.float32(parameters.merged + log(observed.merge_distance_ppm / parameters.window)),
        np.float32(parameters.split),
        np.full(len(observed), parameters.log_p_unassigned, np.float32),
        _masked_ranges(parameters, observed),
        heights,
        np.sort(heights)[::-1],
        LOG_MEDIAN_HEIGHTS,
        (model.height_weight * model.heights).astype(np.float32),
    )


def _masked_ranges(model: NucleusModel, observed: Observed) -> NDArray[np.float32]:
    ranges = np.array(observed.masked_ranges, dtype=np.float64).reshape(-1, 2)
    width = np.maximum(ranges[:, 1] - ranges[:, 0], 1e-6)
    return np.stack([ranges.mean(1), np.log(width / model.window)], axis=1).astype(np.float32)


def maybe_masked_lines(model: NucleusModel, observed: Observed, lines: PredictedLines) -> NDArray[np.bool_]:
    """Which lines (lines,) on carbon may be in a masked range: within two uncertainties of it."""
    is_near = np.zeros(len(lines.ppm), np.bool_)
    margin = _MASK_MARGIN_UNCERTAINTIES * model.spread_factor * lines.uncertainty_ppm
    for low, high in observed.masked_ranges:
        is_near |= (lines.ppm > low - margin) & (lines.ppm < high + margin)
    return is_near if observed.nucleus == "13C" else is_near & (lines.kind < FIRST_EXCHANGING_KIND)


def proton_list(model: LikelihoodModel, observed: Observed) -> ProtonList:
    """Return the signals of a 1H spectrum with the parameters of the model."""
    parameters = model.parameters_for(observed)
    if observed.from_peak_list:
        llr_table = model.multiplicity_weight * model.multiplicity
    else:
        llr_table = model.multiplicity_trace_weight * model.multiplicity_trace
    return ProtonList(
        _shift_likelihood(parameters, observed),
        observed.ppm.astype(np.float32),
        llr_table[:, observed.multiplicity].astype(np.float32),
        np.array(parameters.missing, np.float32),
        _masked_ranges(parameters, observed),
        FIRST_EXCHANGING_KIND,
        *(
            np.float32(value)
            for value in (
                parameters.merged,
                parameters.split,
                parameters.log_p_extra_proton,
                parameters.log_p_out_of_order,
                parameters.max_exchange_llr,
                parameters.log_p_unassigned,
                parameters.weight_exponent,
            )
        ),
    )


def carbon_terms(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> AlignmentTerms:
    """Alignment terms of observed 13C lines under the lines of one candidate."""
    size, carbons = len(lines.ppm), carbon_list(model, observed)
    terms = AlignmentTerms(
        *_empty_terms(size, len(observed)), carbons.log_p_unassigned, np.full(size, LOG_P_IMPOSSIBLE, np.float32)
    )
    fill_carbon(carbons, *lines[:4], terms.match, terms.missing, terms.merged, terms.split)
    return terms


def log_reference_height(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> float:
    """Logarithm of the height of one carbon with hydrogen in a 13C spectrum, for one candidate."""
    return float(log_height_scale(carbon_list(model, observed), lines.nuclei, lines.kind))


def _empty_terms(
    size: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    match, split = np.empty((size, width), np.float32), np.full((size, width), LOG_P_IMPOSSIBLE, np.float32)
    return match, np.empty(size, np.float32), np.empty(size, np.float32), split


class _IntegralOptions(NamedTuple):
    """Interpretations of the integrals as numbers of protons."""

    option_of_candidate: NDArray[np.int64]
    """(candidates, choices) indices of the interpretations of each candidate."""
    signal_of_proton: NDArray[np.int64]
    """Signals of the observed protons, see :func:`signals_of_protons`, of all interpretations in
    turn."""
    starts: NDArray[np.int64]
    """(interpretations + 1,) where each begins in ``signal_of_proton``."""
    weight: NDArray[np.float64]
    """(interpretations,) factor on the log-likelihood ratio."""


def _integral_options(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> _IntegralOptions:
    """Interpretations of the integrals: they are of the protons on carbon, or of all; counts have
    only one."""
    count = len(lines.line_starts) - 1
    if observed.integrals_are_counts:
        totals = np.zeros((count, 1), np.int64)
    else:
        on_carbon = np.where(lines.kind < FIRST_EXCHANGING_KIND, lines.nuclei, 0)
        sums = [_segment_sums(on_carbon, lines.line_starts), _segment_sums(lines.nuclei, lines.line_starts)]
        if observed.masked_ranges:
            masked = np.where(maybe_masked_lines(model.parameters_for(observed), observed, lines), lines.nuclei, 0)
            sums += [total - _segment_sums(masked, lines.line_starts) for total in sums]
        totals = np.stack(sums, axis=1)
    # Even keys are for all signals, odd keys for the signals without those that may be of the
    # solvent.
    keys = 2 * totals if not observed.maybe_solvent.any() else np.concatenate((2 * totals, 2 * totals + 1), axis=1)
    unique_keys, inverse = np.unique(keys, return_inverse=True)
    choices = [(int(key) // 2, _amounts(observed, without_maybe_solvent=bool(key % 2))) for key in unique_keys]
    entries = [signals_of_protons(observed, total, amount) for total, amount in choices]
    starts = np.concatenate(([0], np.cumsum([len(e) for e in entries], dtype=np.int64)))
    share = np.array([_integral_weight(model, observed, total, amount) for total, amount in choices])
    # Equal interpretations are sorted next to each other, so that the kernel can skip the second.
    option_rows = np.sort(inverse.reshape(keys.shape), axis=1)
    return _IntegralOptions(option_rows, np.concatenate([np.zeros(0, np.int64), *entries]), starts, share)


def _segment_sums(values: NDArray[np.int64], line_starts: NDArray[np.int64]) -> NDArray[np.int64]:
    result: NDArray[np.int64] = np.diff(np.concatenate(([0], np.cumsum(values)))[line_starts])
    return result


def _integral_weight(model: LikelihoodModel, observed: Observed, total: int, amount: NDArray[np.float64]) -> float:
    """Factor on the log-likelihood ratio of integrals over ``total`` protons, which are not
    independent."""
    if observed.integrals_are_counts:
        return 1.0
    expected_protons = _PROTONS_PER_SIGNAL * _count_large_signals(amount)
    return float((expected_protons / max(total, 1)) ** model.parameters_for(observed).integral_exponent)


def _amounts(observed: Observed, *, without_maybe_solvent: bool = False) -> NDArray[np.float64]:
    """Amount (signals,) of each signal; 1 if unknown, 0 for excluded signals that may be of the
    solvent."""
    result: NDArray[np.float64] = np.maximum(np.nan_to_num(observed.amount, nan=1.0), 0.0)
    return np.where(observed.maybe_solvent, 0.0, result) if without_maybe_solvent else result


def _count_large_signals(amount: NDArray[np.float64]) -> int:
    """Number of signals that are too large for an impurity."""
    return int((amount > _MIN_PROTON_SHARE * amount.max(initial=0.0)).sum())


def signals_of_protons(observed: Observed, total: int, amount: NDArray[np.float64] | None = None) -> NDArray[np.int64]:
    """Signal (protons,) of each observed proton, in rising order.

    Signals with counts have that number of protons, at least one. Integrals are scaled so that they
    add up to ``total`` protons; a signal of less than ``_MIN_PROTON_SHARE`` protons counts as an
    impurity and has none.

    Parameters
    ----------
    amount
        Amounts (signals,) in place of the observed ones.
    """
    share = _amounts(observed) if amount is None else amount
    if observed.integrals_are_counts:
        numbers = np.maximum(np.rint(share), 1).astype(np.int64)
    else:
        share = share if share.any() else np.ones(len(share))
        # Even a candidate with few protons must explain every large signal.
        expected = share * (max(total, _count_large_signals(share)) / max(float(share.sum()), 1e-12))
        numbers = np.maximum(np.rint(expected), expected >= _MIN_PROTON_SHARE).astype(np.int64)
    return np.repeat(np.arange(len(numbers)), numbers.clip(max=60))


class ProtonTerms(NamedTuple):
    """Alignment terms of observed 1H signals under one candidate, proton by proton."""

    terms: AlignmentTerms
    line_of_proton: NDArray[np.int64]
    """(predicted protons,) line of each proton."""
    signal_of_proton: NDArray[np.int64]
    """(observed protons,) signal of each proton."""


def proton_terms(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> ProtonTerms:
    """Alignment terms for the more likely interpretation of the integrals under one candidate."""
    options = _integral_options(model, observed, lines)
    entries = proton_list(model, observed)
    protons = np.repeat(np.arange(len(lines.ppm)), lines.nuclei)
    best, result = -np.inf, None
    for option in dict.fromkeys(options.option_of_candidate[0].tolist()):
        signal_of_proton = options.signal_of_proton[options.starts[option] : options.starts[option + 1]]
        match, missing, log_p_extra_proton, split = _empty_terms(len(protons), len(signal_of_proton))
        log_p_extra_proton[:] = entries.log_p_extra_proton
        log_p_unassigned, log_p_out_of_order = (
            np.full(len(signal_of_proton), entries.log_p_unassigned, np.float32),
            np.empty(len(protons), np.float32),
        )
        fill_proton(
            entries,
            *lines[:4],
            signal_of_proton,
            match,
            missing,
            log_p_out_of_order,
            np.empty(len(entries.shifts_ppm), np.float32),
        )
        terms = AlignmentTerms(match, missing, log_p_extra_proton, split, log_p_unassigned, log_p_out_of_order)
        score = align(terms) * float(options.weight[option])
        if result is None or score > best:
            best, result = score, ProtonTerms(terms, protons, signal_of_proton)
    assert result is not None
    return result

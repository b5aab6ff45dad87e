"""Fit what the evidence model of matchnet-x weighs: on measured lists of structures that no predictor has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.likelihood import LikelihoodModel, NucleusModel, log_likelihood_ratios
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, UNKNOWN_MULTIPLICITY, Observed
from specmol_core.matchnet_x.predicted_lines import KIND_COUNTS, VICINAL_COUNTS
from specmol_core.metrics import fit_logistic

__all__ = [
    "FitQuery",
    "fit_model",
    "fit_none_weights",
    "fit_temperatures",
    "height_table",
    "mean_loss",
    "multiplicity_table",
]

_FactorPair = tuple[float, float]
_FACTOR_TRIALS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)

_STEP_SIZES: dict[str, tuple[float, ...]] = {
    "dof": (-0.5, 0.5),
    "spread_factor": (-0.15, 0.15),
    "log_p_unassigned": (-1.0, 1.0),
    "merged": (-0.5, 0.5),
    "split": (-0.75, 0.75),
    "log_p_extra_proton": (-1.0, 1.0),
    "log_p_out_of_order": (-0.5, 0.5),
    "max_exchange_llr": (-0.5, 0.5),
    "weight_exponent": (-0.15, 0.15),
    "integral_exponent": (-0.15, 0.15),
}
_LIMITS = {
    "dof": (2.1, 12.0),
    "spread_factor": (0.4, 3.0),
    "log_p_unassigned": (-12.0, 0.0),
    "merged": (-6.0, 4.0),
    "split": (-8.0, 0.0),
    "log_p_extra_proton": (-12.0, 0.0),
    "log_p_out_of_order": (-12.0, 0.0),
    "max_exchange_llr": (-1.0, 6.0),
    "weight_exponent": (0.0, 1.0),
    "integral_exponent": (0.0, 1.0),
}
_PROTON_PARAMETERS = (
    "log_p_extra_proton",
    "log_p_out_of_order",
    "max_exchange_llr",
    "weight_exponent",
    "integral_exponent",
)
"""Numbers that mean nothing for 13C."""
_SHIFT_PARAMETERS = ("dof", "spread_factor")
"""Numbers that simulated spectra do not teach: their 13C shifts err as those of the lists, which taught these numbers,
and their 1H shifts as the predictor believes, by construction."""
_MISSING_STEPS = (-1.0, 1.0)
_MISSING_LIMITS = (-12.0, -0.1)
_WEIGHT_TRIALS = {
    "multiplicity_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "multiplicity_trace_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "height_weight": ("13C", (0.0, 0.25, 0.5, 0.75, 1.0)),
}
"""Nucleus and trials of each factor of the model on a table."""
_HEIGHT_PRIOR_COUNT, _HEIGHT_LIMITS = 10.0, (-2.5, 1.5)
"""What the heights of all lines count for in those of each kind, and the least and the most that one height tells."""
_UNASSIGNED_LIMITS = (-0.7, 0.7)
"""The same of lines that are nobody's: those of another compound in the tube are as high as it is frequent."""
_ROUNDS = 12
_MIN_LOSS_DROP = 2e-4
"""Least fall of the mean loss that a step must bring (nats): below it is the noise of the queries."""
_DRIFT_PENALTY = {"13C": 6e-3, "1H": 1e-3}
"""Mean loss that a number of read spectra must save for each square of the steps that it goes from where it began: what
isomers tell little about (every one of them leaves a line of an impurity over) would wander otherwise (nats). Both were
chosen on measured lists of held-out structures laid into measured spectra."""
_MULTIPLICITY_PRIOR_COUNT = 20.0
"""Observations that the common table of multiplicities counts for, where a kind of proton has few of its own."""


class FitQuery(NamedTuple):
    """One measured list, or a pair of them, among candidates."""

    observed: tuple[Observed, ...]
    candidates: tuple[bytes, ...]
    """Stored lines of each candidate."""
    truth: int


def mean_loss(model: LikelihoodModel, queries: Sequence[FitQuery], nucleus: str) -> float:
    """Mean negative log-probability of the truths by one nucleus, at the best temperature (nats)."""
    rows = [_logits(model, q, nucleus) for q in queries if any(o.nucleus == nucleus for o in q.observed)]
    truths = [q.truth for q in queries if any(o.nucleus == nucleus for o in q.observed)]
    if not rows:
        return float("nan")
    return min(_loss(rows, truths, t) for t in (0.3, 0.4, 0.5, 0.65, 0.8, 1.0))


def _logits(model: LikelihoodModel, query: FitQuery, nucleus: str) -> NDArray[np.float64]:
    shown = [o for o in query.observed if o.nucleus == nucleus]
    row: NDArray[np.float64] = log_likelihood_ratios(model, shown, query.candidates)[0]
    return row


def _loss(rows: Sequence[NDArray[np.float64]], truths: Sequence[int], factor: float) -> float:
    # A list of another compound than the file says would outweigh a hundred others.
    if not rows:
        return 0.0
    losses = [
        min(float(np.logaddexp.reduce(factor * r) - factor * r[t]), 5.0) for r, t in zip(rows, truths, strict=True)
    ]
    return float(np.mean(losses))


def fit_model(
    model: LikelihoodModel, queries: Sequence[FitQuery], report: Callable[[str], None] = lambda text: None
) -> LikelihoodModel:
    """Coordinate descent on the mean loss of each nucleus, of listed signals or of signals read off traces.

    The model has few parameters and the loss is flat about its minimum, so that plain steps do.
    """
    suffix = "" if all(o.from_peak_list for q in queries for o in q.observed) else "_trace"
    weights = ("height_weight", "multiplicity_trace_weight") if suffix else ("multiplicity_weight",)
    model = _best_weights(model, weights, queries)
    for nucleus, name in (("13C", f"c13{suffix}"), ("1H", f"h1{suffix}")):
        start = getattr(model, name)
        best = mean_loss(model, queries, nucleus)
        report(f"{nucleus}: loss {best:.4f}")
        for _ in range(_ROUNDS):
            before = best
            for step_function in _coordinate_steps(
                getattr(model, name), nucleus, frozen=_SHIFT_PARAMETERS if suffix else ()
            ):
                trial = _with_value(model, name, step_function(getattr(model, name)))
                loss = mean_loss(trial, queries, nucleus)
                loss += _DRIFT_PENALTY[nucleus] * _squared_drift(start, getattr(trial, name)) if suffix else 0.0
                if loss < best - _MIN_LOSS_DROP:
                    model, best = trial, loss
            report(f"{nucleus}: loss {best:.4f}, {getattr(model, name)}")
            if before - best < 5 * _MIN_LOSS_DROP:
                break
    return _best_weights(model, weights, queries)


def _squared_drift(start: NucleusModel, now: NucleusModel) -> float:
    """Sum of squares of the steps from one to the other."""
    drift = [(getattr(now, name) - getattr(start, name)) / steps[1] for name, steps in _STEP_SIZES.items()]
    drift += [(a - b) / _MISSING_STEPS[1] for a, b in zip(now.missing, start.missing, strict=True)]
    return float(np.square(drift).sum())


def _best_weights(model: LikelihoodModel, names: Sequence[str], queries: Sequence[FitQuery]) -> LikelihoodModel:
    for name in names:
        nucleus, values = _WEIGHT_TRIALS[name]
        trials = [_with_value(model, name, value) for value in values]
        model = min(trials, key=lambda trial, n=nucleus: mean_loss(trial, queries, n))  # type: ignore[misc]
    return model


def _with_value(model: LikelihoodModel, name: str, value: NucleusModel | float) -> LikelihoodModel:
    values: dict[str, Any] = {name: value}
    return replace(model, **values)


def _coordinate_steps(
    model: NucleusModel, nucleus: str, frozen: Sequence[str]
) -> list[Callable[[NucleusModel], NucleusModel]]:
    def step(name: str, size: float) -> Callable[[NucleusModel], NucleusModel]:
        def step_function(m: NucleusModel) -> NucleusModel:
            values: dict[str, Any] = {name: float(np.clip(getattr(m, name) + size, *_LIMITS[name]))}
            return replace(m, **values)

        return step_function

    def missing(index: int, size: float) -> Callable[[NucleusModel], NucleusModel]:
        def step_function(m: NucleusModel) -> NucleusModel:
            values = list(m.missing)
            values[index] = float(np.clip(values[index] + size, *_MISSING_LIMITS))
            return replace(m, missing=tuple(values))

        return step_function

    names = [n for n in _STEP_SIZES if n not in frozen and (nucleus == "1H" or n not in _PROTON_PARAMETERS)]
    steps = [step(name, size) for name in names for size in _STEP_SIZES[name]]
    return steps + [missing(index, size) for index in range(len(model.missing)) for size in _MISSING_STEPS]


def multiplicity_table(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-ratios (kinds, multiplicities) of LikelihoodModel from how often each was seen.

    Rare kinds lean on the other kinds of their sort with any number of neighbours, those on all protons.

    Parameters
    ----------
    counts
        (kinds, multiplicities); the column of UNKNOWN_MULTIPLICITY is not used.
    """
    seen = counts.copy()
    seen[:, UNKNOWN_MULTIPLICITY] = 0
    common = (seen.sum(0) + 1.0) / (seen.sum() + len(MULTIPLICITIES))
    sorts = seen.reshape(-1, VICINAL_COUNTS, len(MULTIPLICITIES)).sum(1)
    by_sort = (sorts + _MULTIPLICITY_PRIOR_COUNT * common) / (sorts.sum(1, keepdims=True) + _MULTIPLICITY_PRIOR_COUNT)
    prior = np.repeat(by_sort, VICINAL_COUNTS, axis=0)
    own = (seen + _MULTIPLICITY_PRIOR_COUNT * prior) / (seen.sum(1, keepdims=True) + _MULTIPLICITY_PRIOR_COUNT)
    table: NDArray[np.float64] = np.log(own) - np.log(common)
    table[:, UNKNOWN_MULTIPLICITY] = 0.0
    assert table.shape == (KIND_COUNTS["1H"], len(MULTIPLICITIES))
    return table


def height_table(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-ratios (kinds, cells) of LikelihoodModel from how often each height was seen.

    Parameters
    ----------
    counts
        (kinds + 1, cells), the last row of lines that are nobody's.
    """
    smooth = np.array([np.convolve(row, (0.25, 0.5, 0.25), "same") for row in counts])
    common = (smooth.sum(0) + 1.0) / (smooth.sum() + counts.shape[1])
    share = (smooth + _HEIGHT_PRIOR_COUNT * common) / (smooth.sum(1, keepdims=True) + _HEIGHT_PRIOR_COUNT)
    ratio = np.log(share / common)
    table: NDArray[np.float64] = ratio[:-1].clip(*_HEIGHT_LIMITS) - ratio[-1].clip(*_UNASSIGNED_LIMITS)
    return table


def fit_temperatures(model: LikelihoodModel, queries: Sequence[FitQuery]) -> tuple[_FactorPair, _FactorPair]:
    """Factors on the log-likelihood ratio of 13C and 1H, alone and together, that give the truths most probability."""
    alone = []
    for nucleus in ("13C", "1H"):
        shown = [q for q in queries if any(o.nucleus == nucleus for o in q.observed)]
        rows, truths = [_logits(model, q, nucleus) for q in shown], [q.truth for q in shown]
        alone.append(min(_FACTOR_TRIALS, key=lambda f, r=rows, t=truths: _loss(r, t, f)))  # type: ignore[misc]
    both = [q for q in queries if len(q.observed) == 2]
    pairs = [(_logits(model, q, "13C"), _logits(model, q, "1H")) for q in both]
    truths = [q.truth for q in both]
    if not pairs:
        return (alone[0], alone[1]), (alone[0], alone[1])

    def loss(factors: _FactorPair) -> float:
        return _loss([factors[0] * c + factors[1] * h for c, h in pairs], truths, 1.0)

    # Beside 13C a 1H spectrum tells less that is new, so that each has a factor of its own; but pairs are few, and one
    # factor on both says how much two can be trusted: half way between them.
    common = min(_FACTOR_TRIALS, key=lambda f: loss((f * alone[0], f * alone[1])))
    free = min(product(_FACTOR_TRIALS, _FACTOR_TRIALS), key=loss)
    first, second = (float(np.sqrt(common * a * f)) for a, f in zip(alone, free, strict=True))
    return (alone[0], alone[1]), (first, second)


def fit_none_weights(
    features: NDArray[np.float64], truth_is_absent: NDArray[np.bool_], max_false_alarm_rate: float
) -> tuple[NDArray[np.float64], float]:
    """Weights of posterior.NONE_FEATURES, and the probability from which none is said to fit.

    Parameters
    ----------
    features
        (rankings, features), one row with the truth among the candidates and one without it for each query.
    truth_is_absent
        (rankings,) whether the truth was left out.
    max_false_alarm_rate
        Share of the rankings that have the truth which may be said to fit none.
    """
    fitted = fit_logistic(features[:, 1:], truth_is_absent.astype(np.int64))
    weights = np.concatenate((fitted[-1:], fitted[:-1]))
    odds = features @ weights
    probability = 1.0 / (1.0 + np.exp(-odds))
    return weights, float(np.clip(np.quantile(probability[~truth_is_absent], 1.0 - max_false_alarm_rate), 0.05, 0.99))

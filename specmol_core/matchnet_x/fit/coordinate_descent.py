"""Fit the likelihood model of matchnet-x on queries of held-out structures."""

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

__all__ = [
    "FitQuery",
    "fit_model",
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
"""Parameters that have no effect on 13C."""
_SHIFT_PARAMETERS = ("dof", "spread_factor")
"""Parameters that are not fitted to simulated spectra.

The errors of simulated 13C shifts are those of the peak lists, to which these parameters are
already fitted. The errors of simulated 1H shifts follow the predicted uncertainties by construction.
"""
_MISSING_STEPS = (-1.0, 1.0)
_MISSING_LIMITS = (-12.0, -0.1)
_WEIGHT_TRIALS = {
    "multiplicity_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "multiplicity_trace_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "height_weight": ("13C", (0.0, 0.25, 0.5, 0.75, 1.0)),
}
"""Nucleus and trial values of each table's weight in the model."""
_HEIGHT_PRIOR_COUNT = 10.0
"""Observations that the heights of all lines count for in the heights of each kind."""
_HEIGHT_LIMITS = (-2.5, 1.5)
"""Smallest and largest log-ratio of one height."""
_UNASSIGNED_LIMITS = (-0.7, 0.7)
"""Smallest and largest log-ratio of the height of an unassigned signal.

The limits are narrow, because the height of another compound's signals depends on its amount.
"""
_ROUNDS = 12
_MIN_LOSS_DROP = 2e-4
"""Smallest decrease of the mean loss for which a step is kept (nats); less is noise."""
_DRIFT_PENALTY = {"13C": 6e-3, "1H": 1e-3}
"""Quadratic penalty that keeps parameters near their starting values (nats per squared step).

It applies to signals from traces. Isomer lists constrain some parameters poorly; for example, every
isomer leaves a signal of an impurity unassigned. Both values were chosen on measured lists of
held-out structures, composited with measured spectra.
"""
_MULTIPLICITY_PRIOR_COUNT = 20.0
"""Observations that the common multiplicities count for in those of each kind of proton."""


class FitQuery(NamedTuple):
    """Signals of one or two nuclei, with candidates one of which is true."""

    observed: tuple[Observed, ...]
    candidates: tuple[bytes, ...]
    """Payload of each candidate: its predicted lines."""
    truth: int
    """Index of the true candidate; -1 if it is not among them."""
    compounds: tuple[str, ...] = ()
    """Name of each candidate's compound, which tautomers and protonation states share; empty if all differ."""
    printed: bool = False
    """Whether the list is one of the literature, not of a database."""

    def others(self) -> list[int]:
        """Indices of the candidates that are another compound than the truth."""
        if self.truth < 0 or not self.compounds:
            return [i for i in range(len(self.candidates)) if i != self.truth]
        return [i for i, name in enumerate(self.compounds) if name != self.compounds[self.truth]]

    def without_truth(self) -> FitQuery:
        """Remove the true compound from the candidates."""
        kept = self.others()
        names = tuple(self.compounds[i] for i in kept) if self.compounds else ()
        return self._replace(candidates=tuple(self.candidates[i] for i in kept), truth=-1, compounds=names)


def mean_loss(model: LikelihoodModel, queries: Sequence[FitQuery], nucleus: str) -> float:
    """Return the mean negative log-probability of the truths by one nucleus (nats).

    It is that of the best of several factors on the log-likelihood ratios, and NaN without queries.
    """
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
    # The loss is capped, because a list of a wrong compound would outweigh a hundred others.
    if not rows:
        return 0.0
    losses = [
        min(float(np.logaddexp.reduce(factor * r) - factor * r[t]), 5.0) for r, t in zip(rows, truths, strict=True)
    ]
    return float(np.mean(losses))


def fit_model(
    model: LikelihoodModel, queries: Sequence[FitQuery], report: Callable[[str], None] = lambda text: None
) -> LikelihoodModel:
    """Return the model fitted by coordinate descent on the mean loss of each nucleus.

    The fit changes the parameters for peak lists if all signals are from peak lists, otherwise
    those for traces. Fixed steps are sufficient, because the model has few parameters and the loss
    is flat near its minimum.

    Parameters
    ----------
    report
        Called with one line per round.
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
    """Return the sum of squares of the steps between two models."""
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
    """Return the log-ratios (kinds, multiplicities) of LikelihoodModel from observed counts.

    The prior of a kind is its sort, that is all kinds which differ only in the number of vicinal
    neighbours. The prior of a sort is all protons.

    Parameters
    ----------
    counts
        (kinds, multiplicities); the column of UNKNOWN_MULTIPLICITY is not used.

    Examples
    --------
    >>> table = multiplicity_table(np.zeros((KIND_COUNTS["1H"], len(MULTIPLICITIES))))
    >>> float(abs(table).max())
    0.0
    """
    seen = counts.copy()
    seen[:, UNKNOWN_MULTIPLICITY] = 0
    common = (seen.sum(0) + 1.0) / (seen.sum() + len(MULTIPLICITIES))
    sorts = seen.reshape(-1, VICINAL_COUNTS, len(MULTIPLICITIES)).sum(1)
    by_sort = (sorts + _MULTIPLICITY_PRIOR_COUNT * common) / (sorts.sum(1, keepdims=True) + _MULTIPLICITY_PRIOR_COUNT)
    prior = np.repeat(by_sort, VICINAL_COUNTS, axis=0)
    by_kind = (seen + _MULTIPLICITY_PRIOR_COUNT * prior) / (seen.sum(1, keepdims=True) + _MULTIPLICITY_PRIOR_COUNT)
    table: NDArray[np.float64] = np.log(by_kind) - np.log(common)
    table[:, UNKNOWN_MULTIPLICITY] = 0.0
    assert table.shape == (KIND_COUNTS["1H"], len(MULTIPLICITIES))
    return table


def height_table(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-ratios (kinds, bins) of LikelihoodModel from observed heights.

    Parameters
    ----------
    counts
        (kinds + 1, bins); the last row is that of unassigned signals.
    """
    smooth = np.array([np.convolve(row, (0.25, 0.5, 0.25), "same") for row in counts])
    common = (smooth.sum(0) + 1.0) / (smooth.sum() + counts.shape[1])
    share = (smooth + _HEIGHT_PRIOR_COUNT * common) / (smooth.sum(1, keepdims=True) + _HEIGHT_PRIOR_COUNT)
    ratio = np.log(share / common)
    table: NDArray[np.float64] = ratio[:-1].clip(*_HEIGHT_LIMITS) - ratio[-1].clip(*_UNASSIGNED_LIMITS)
    return table


def fit_temperatures(model: LikelihoodModel, queries: Sequence[FitQuery]) -> tuple[_FactorPair, _FactorPair]:
    """Return the factors on the log-likelihood ratios of 13C and 1H, for single and paired spectra.

    They maximise the probability of the truths.
    """
    single = []
    for nucleus in ("13C", "1H"):
        shown = [q for q in queries if any(o.nucleus == nucleus for o in q.observed)]
        rows, truths = [_logits(model, q, nucleus) for q in shown], [q.truth for q in shown]
        single.append(min(_FACTOR_TRIALS, key=lambda f, r=rows, t=truths: _loss(r, t, f)))  # type: ignore[misc]
    both = [q for q in queries if len(q.observed) == 2]
    pairs = [(_logits(model, q, "13C"), _logits(model, q, "1H")) for q in both]
    truths = [q.truth for q in both]
    if not pairs:
        return (single[0], single[1]), (single[0], single[1])

    def loss(factors: _FactorPair) -> float:
        return _loss([factors[0] * c + factors[1] * h for c, h in pairs], truths, 1.0)

    # A 1H spectrum adds less information if 13C is known, so each nucleus has its own factor.
    # Pairs are few, so the result is the geometric mean of two fits: one with a common factor on
    # both nuclei, and one with free factors.
    common = min(_FACTOR_TRIALS, key=lambda f: loss((f * single[0], f * single[1])))
    free = min(product(_FACTOR_TRIALS, _FACTOR_TRIALS), key=loss)
    first, second = (float(np.sqrt(common * a * f)) for a, f in zip(single, free, strict=True))
    return (single[0], single[1]), (first, second)

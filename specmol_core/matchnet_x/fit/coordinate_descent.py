"""Fit what the evidence model of matchnet-x weighs: on measured lists of structures that no predictor has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.likelihood import EvidenceModel, NucleusModel, evidence
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, UNTOLD, Observed
from specmol_core.matchnet_x.predicted_lines import KINDS, VICINAL
from specmol_core.metrics import fit_logistic

__all__ = [
    "EvidenceQuery",
    "fit_model",
    "fit_none",
    "fit_temperatures",
    "height_table",
    "mean_loss",
    "multiplicity_table",
]

_Pair = tuple[float, float]
_FACTORS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)

_STEPS: dict[str, tuple[float, ...]] = {
    "dof": (-0.5, 0.5),
    "widen": (-0.15, 0.15),
    "extra": (-1.0, 1.0),
    "merged": (-0.5, 0.5),
    "split": (-0.75, 0.75),
    "crowded": (-1.0, 1.0),
    "elsewhere": (-0.5, 0.5),
    "bound": (-0.5, 0.5),
    "together": (-0.15, 0.15),
    "shared": (-0.15, 0.15),
}
_LIMITS = {
    "dof": (2.1, 12.0),
    "widen": (0.4, 3.0),
    "extra": (-12.0, 0.0),
    "merged": (-6.0, 4.0),
    "split": (-8.0, 0.0),
    "crowded": (-12.0, 0.0),
    "elsewhere": (-12.0, 0.0),
    "bound": (-1.0, 6.0),
    "together": (0.0, 1.0),
    "shared": (0.0, 1.0),
}
_OF_PROTONS = ("crowded", "elsewhere", "bound", "together", "shared")
"""Numbers that mean nothing for 13C."""
_OF_SHIFTS = ("dof", "widen")
"""Numbers that simulated spectra do not teach: their 13C shifts err as those of the lists, which taught these numbers,
and their 1H shifts as the predictor believes, by construction."""
_MISSING = (-1.0, 1.0)
_MISSING_LIMITS = (-12.0, -0.1)
_WEIGHTS = {
    "multiplicity_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "multiplicity_read_weight": ("1H", (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)),
    "height_weight": ("13C", (0.0, 0.25, 0.5, 0.75, 1.0)),
}
"""Nucleus and trials of each factor of the model on a table."""
_HEIGHT_PRIOR, _HEIGHT_LIMITS = 10.0, (-2.5, 1.5)
"""What the heights of all lines count for in those of each kind, and the least and the most that one height tells."""
_FOREIGN_LIMITS = (-0.7, 0.7)
"""The same of lines that are nobody's: those of another compound in the tube are as high as it is frequent."""
_ROUNDS = 12
_GAIN = 2e-4
"""Least fall of the mean loss that a step must bring (nats): below it is the noise of the queries."""
_ATTACHED = {"13C": 6e-3, "1H": 1e-3}
"""Mean loss that a number of read spectra must save for each square of the steps that it goes from where it began: what
isomers tell little about (every one of them leaves a line of an impurity over) would wander otherwise (nats). Both were
chosen on measured lists of held-out structures laid into measured spectra."""
_PRIOR = 20.0
"""Observations that the common table of multiplicities counts for, where a kind of proton has few of its own."""


class EvidenceQuery(NamedTuple):
    """One measured list, or a pair of them, among candidates."""

    observed: tuple[Observed, ...]
    candidates: tuple[bytes, ...]
    """Stored lines of each candidate."""
    truth: int


def mean_loss(model: EvidenceModel, queries: Sequence[EvidenceQuery], nucleus: str) -> float:
    """Mean negative log-probability of the truths by one nucleus, at the best temperature (nats)."""
    rows = [_logits(model, q, nucleus) for q in queries if any(o.nucleus == nucleus for o in q.observed)]
    truths = [q.truth for q in queries if any(o.nucleus == nucleus for o in q.observed)]
    if not rows:
        return float("nan")
    return min(_loss(rows, truths, t) for t in (0.3, 0.4, 0.5, 0.65, 0.8, 1.0))


def _logits(model: EvidenceModel, query: EvidenceQuery, nucleus: str) -> NDArray[np.float64]:
    shown = [o for o in query.observed if o.nucleus == nucleus]
    row: NDArray[np.float64] = evidence(model, shown, query.candidates)[0]
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
    model: EvidenceModel, queries: Sequence[EvidenceQuery], report: Callable[[str], None] = lambda text: None
) -> EvidenceModel:
    """Coordinate descent on the mean loss of each nucleus, of listed signals or of signals read off traces.

    The model has few parameters and the loss is flat about its minimum, so that plain steps do.
    """
    read = "" if all(o.listed for q in queries for o in q.observed) else "_read"
    weights = ("height_weight", "multiplicity_read_weight") if read else ("multiplicity_weight",)
    model = _best_weights(model, weights, queries)
    for nucleus, name in (("13C", f"c13{read}"), ("1H", f"h1{read}")):
        start = getattr(model, name)
        best = mean_loss(model, queries, nucleus)
        report(f"{nucleus}: loss {best:.4f}")
        for _ in range(_ROUNDS):
            before = best
            for changed in _neighbours(getattr(model, name), nucleus, frozen=_OF_SHIFTS if read else ()):
                trial = _with(model, name, changed(getattr(model, name)))
                loss = mean_loss(trial, queries, nucleus)
                loss += _ATTACHED[nucleus] * _steps_gone(start, getattr(trial, name)) if read else 0.0
                if loss < best - _GAIN:
                    model, best = trial, loss
            report(f"{nucleus}: loss {best:.4f}, {getattr(model, name)}")
            if before - best < 5 * _GAIN:
                break
    return _best_weights(model, weights, queries)


def _steps_gone(start: NucleusModel, now: NucleusModel) -> float:
    """Sum of squares of the steps from one to the other."""
    gone = [(getattr(now, name) - getattr(start, name)) / steps[1] for name, steps in _STEPS.items()]
    gone += [(a - b) / _MISSING[1] for a, b in zip(now.missing, start.missing, strict=True)]
    return float(np.square(gone).sum())


def _best_weights(model: EvidenceModel, names: Sequence[str], queries: Sequence[EvidenceQuery]) -> EvidenceModel:
    for name in names:
        nucleus, values = _WEIGHTS[name]
        trials = [_with(model, name, value) for value in values]
        model = min(trials, key=lambda trial, n=nucleus: mean_loss(trial, queries, n))  # type: ignore[misc]
    return model


def _with(model: EvidenceModel, name: str, value: NucleusModel | float) -> EvidenceModel:
    values: dict[str, Any] = {name: value}
    return replace(model, **values)


def _neighbours(
    model: NucleusModel, nucleus: str, frozen: Sequence[str]
) -> list[Callable[[NucleusModel], NucleusModel]]:
    def step(name: str, size: float) -> Callable[[NucleusModel], NucleusModel]:
        def changed(m: NucleusModel) -> NucleusModel:
            values: dict[str, Any] = {name: float(np.clip(getattr(m, name) + size, *_LIMITS[name]))}
            return replace(m, **values)

        return changed

    def missing(place: int, size: float) -> Callable[[NucleusModel], NucleusModel]:
        def changed(m: NucleusModel) -> NucleusModel:
            values = list(m.missing)
            values[place] = float(np.clip(values[place] + size, *_MISSING_LIMITS))
            return replace(m, missing=tuple(values))

        return changed

    names = [n for n in _STEPS if n not in frozen and (nucleus == "1H" or n not in _OF_PROTONS)]
    steps = [step(name, size) for name in names for size in _STEPS[name]]
    return steps + [missing(place, size) for place in range(len(model.missing)) for size in _MISSING]


def multiplicity_table(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-ratios (kinds, multiplicities) of EvidenceModel from how often each was seen.

    Rare kinds lean on the other kinds of their sort with any number of neighbours, those on all protons.

    Parameters
    ----------
    counts
        (kinds, multiplicities); the column of UNTOLD is not used.
    """
    seen = counts.copy()
    seen[:, UNTOLD] = 0
    common = (seen.sum(0) + 1.0) / (seen.sum() + len(MULTIPLICITIES))
    sorts = seen.reshape(-1, VICINAL, len(MULTIPLICITIES)).sum(1)
    by_sort = (sorts + _PRIOR * common) / (sorts.sum(1, keepdims=True) + _PRIOR)
    prior = np.repeat(by_sort, VICINAL, axis=0)
    own = (seen + _PRIOR * prior) / (seen.sum(1, keepdims=True) + _PRIOR)
    table: NDArray[np.float64] = np.log(own) - np.log(common)
    table[:, UNTOLD] = 0.0
    assert table.shape == (KINDS["1H"], len(MULTIPLICITIES))
    return table


def height_table(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-ratios (kinds, cells) of EvidenceModel from how often each height was seen.

    Parameters
    ----------
    counts
        (kinds + 1, cells), the last row of lines that are nobody's.
    """
    smooth = np.array([np.convolve(row, (0.25, 0.5, 0.25), "same") for row in counts])
    common = (smooth.sum(0) + 1.0) / (smooth.sum() + counts.shape[1])
    share = (smooth + _HEIGHT_PRIOR * common) / (smooth.sum(1, keepdims=True) + _HEIGHT_PRIOR)
    ratio = np.log(share / common)
    table: NDArray[np.float64] = ratio[:-1].clip(*_HEIGHT_LIMITS) - ratio[-1].clip(*_FOREIGN_LIMITS)
    return table


def fit_temperatures(model: EvidenceModel, queries: Sequence[EvidenceQuery]) -> tuple[_Pair, _Pair]:
    """Factors on the log-likelihood ratio of 13C and 1H, alone and together, that give the truths most probability."""
    alone = []
    for nucleus in ("13C", "1H"):
        shown = [q for q in queries if any(o.nucleus == nucleus for o in q.observed)]
        rows, truths = [_logits(model, q, nucleus) for q in shown], [q.truth for q in shown]
        alone.append(min(_FACTORS, key=lambda f, r=rows, t=truths: _loss(r, t, f)))  # type: ignore[misc]
    both = [q for q in queries if len(q.observed) == 2]
    pairs = [(_logits(model, q, "13C"), _logits(model, q, "1H")) for q in both]
    truths = [q.truth for q in both]
    if not pairs:
        return (alone[0], alone[1]), (alone[0], alone[1])

    def loss(factors: _Pair) -> float:
        return _loss([factors[0] * c + factors[1] * h for c, h in pairs], truths, 1.0)

    # Beside 13C a 1H spectrum tells less that is new, so that each has a factor of its own; but pairs are few, and one
    # factor on both says how much two can be trusted: half way between them.
    common = min(_FACTORS, key=lambda f: loss((f * alone[0], f * alone[1])))
    free = min(product(_FACTORS, _FACTORS), key=loss)
    first, second = (float(np.sqrt(common * a * f)) for a, f in zip(alone, free, strict=True))
    return (alone[0], alone[1]), (first, second)


def fit_none(
    features: NDArray[np.float64], absent: NDArray[np.bool_], most: float
) -> tuple[NDArray[np.float64], float]:
    """Weights of posterior.NONE_FEATURES, and the probability from which none is said to fit.

    Parameters
    ----------
    features
        (rankings, features), one row with the truth among the candidates and one without it for each query.
    absent
        (rankings,) whether the truth was left out.
    most
        Share of the rankings that have the truth which may be said to fit none.
    """
    fitted = fit_logistic(features[:, 1:], absent.astype(np.int64))
    weights = np.concatenate((fitted[-1:], fitted[:-1]))
    odds = features @ weights
    probability = 1.0 / (1.0 + np.exp(-odds))
    return weights, float(np.clip(np.quantile(probability[~absent], 1.0 - most), 0.05, 0.99))

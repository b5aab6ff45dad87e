"""How badly the best candidate explains the spectra: features of the probability that none fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.alignment import alignment_path
from specmol_core.matchnet_x.assign import aligned_pairs
from specmol_core.matchnet_x.common_offset import OFFSET_WIDTH_PPM, common_offset
from specmol_core.matchnet_x.likelihood import LikelihoodModel, maybe_masked_lines, observed_lines, proton_terms
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND, PredictedLines

__all__ = ["NONE_FEATURES", "NONE_SIGNS", "none_features"]

_OF_NUCLEUS = (
    ("shown", 0), ("lines", 0), ("largest unexplained", 1), ("unexplained", 1), ("missing", 1), ("uncertainty", 0),
    ("error", 1), ("deviation", 1), ("offset", 1), ("integrals", 1),
)  # fmt: skip
_SIGNS = {
    **{f"{nucleus} {name}": sign for nucleus in ("13C", "1H") for name, sign in _OF_NUCLEUS},
    "both shown": 0, "lead, one nucleus": -1, "lead, both nuclei": -1, "score, one nucleus": -1,
    "score, both nuclei": -1, "worse than chance": 1,
}  # fmt: skip
del _SIGNS["13C integrals"]
NONE_FEATURES = tuple(_SIGNS)
"""Features for the probability that the library lacks the compound, see :func:`none_features`."""
NONE_SIGNS = tuple(_SIGNS.values())
"""Sign of each feature's weight, so that a worse fit never makes it less probable that none fits; 0 if it is free."""
_LARGEST_DEVIATIONS = 2
"""Number of largest deviations that count."""
_DEFAULT_LEAD_NATS = 5.0
"""Lead assumed if there is no other constitution (nats)."""
_MIN_TAIL = 1e-12
"""Least tail probability of a deviation."""
_MIN_ERROR_PPM = 1e-3
"""Number added to the mean error, so that its logarithm is finite (ppm)."""


def none_features(
    model: LikelihoodModel, observed: Sequence[Observed], best: bytes, score: float, lead: float | None
) -> NDArray[np.float64]:
    """Return the values of NONE_FEATURES (features,): the fit of the best candidate, its score, and its lead.

    - ``lines`` is the logarithm of the number of lines on carbon that the candidate should show.
    - Unexplained signals count by their amount, that is the height (13C) or integral (1H) relative
      to what the candidate explains with one line or proton, at most 1. ``largest unexplained`` is
      the largest amount, ``unexplained`` the logarithm of 1 plus their sum.
    - ``missing`` is the logarithm of 1 plus the number of lines on carbon that are not observed,
      although no masked range may hide them.
    - ``uncertainty`` is the mean logarithm of the uncertainties (ppm) of the assigned lines on
      carbon, and ``error`` the logarithm of their mean error (ppm).
    - ``deviation`` compares the two largest deviations, in uncertainties, with those expected for
      this number of lines: the mean log-ratio r of expected and observed tail probability, as log(1 + r)
      if it is positive, so that one wrong line does not decide alone. The common offset of all lines is
      taken off first. ``offset`` is its size in widths of its distribution.
    - ``integrals`` is the share of the protons by which integrals differ from the assigned protons.
    - ``lead`` and ``score`` have a weight for one spectrum and one for both.

    Parameters
    ----------
    best
        Payload of the best candidate.
    score
        Its score (nats).
    lead
        Score difference to the best candidate of another constitution (nats); None if there is none.
    """
    values = dict.fromkeys(NONE_FEATURES, 0.0)
    for signals in observed:
        lines, _ = observed_lines(model, signals, best)
        fit = _fit_of_nucleus(model, signals, lines)
        values |= {f"{signals.nucleus} {name}": value for name, value in fit.items()}
    values["both shown"] = float(len(observed) > 1)
    shown = "both nuclei" if len(observed) > 1 else "one nucleus"
    values[f"lead, {shown}"] = float(np.log1p(_DEFAULT_LEAD_NATS if lead is None else max(lead, 0.0)))
    values[f"score, {shown}"] = float(np.log1p(max(score, 0.0)))
    values["worse than chance"] = max(-score, 0.0)
    return np.array([values[name] for name in NONE_FEATURES])


def _fit_of_nucleus(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> dict[str, float]:
    pairs, difference = _pairs(model, observed, lines)
    on_carbon = np.ones(len(lines.ppm), np.bool_)
    if observed.nucleus == "1H":
        on_carbon = lines.kind < FIRST_EXCHANGING_KIND
    due = on_carbon & ~maybe_masked_lines(model.parameters_for(observed), observed, lines)
    is_observed = np.zeros(len(lines.ppm), np.bool_)
    is_observed[[line for line, _ in pairs]] = True
    amounts = _unexplained_amounts(observed, pairs)
    fit = {
        "shown": 1.0,
        "lines": float(np.log(max(due.sum(), 1))),
        "largest unexplained": float(amounts.max(initial=0.0)),
        "unexplained": float(np.log1p(amounts.sum())),
        "missing": float(np.log1p((due & ~is_observed).sum())),
    } | _shift_fit(observed, lines, [pair for pair in pairs if on_carbon[pair[0]]])
    return fit | ({"integrals": difference} if observed.nucleus == "1H" else {})


def _shift_fit(observed: Observed, lines: PredictedLines, pairs: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Return the features of the shifts of the assigned lines on carbon; empty without any."""
    if not pairs:
        return {}
    line, signal = (np.array(column) for column in zip(*pairs, strict=True))
    difference = observed.ppm[signal] - lines.ppm[line]
    scale = np.hypot(np.maximum(lines.uncertainty_ppm[line], 1e-6), observed.error[signal])
    width = OFFSET_WIDTH_PPM[observed.nucleus]
    offset = common_offset(difference, scale, width)
    surprise = _surprise(np.abs(difference - offset) / scale)
    return {
        "uncertainty": float(np.log(scale).mean()),
        "error": float(np.log(np.abs(difference).mean() + _MIN_ERROR_PPM)),
        "deviation": float(np.log1p(surprise)) if surprise > 0 else surprise,
        "offset": abs(offset) / width,
    }


def _pairs(model: LikelihoodModel, observed: Observed, lines: PredictedLines) -> tuple[Counter[tuple[int, int]], float]:
    """Return the number of nuclei of each pair (line, signal).

    The second value is the share of the protons by which integrals and assigned protons differ.
    """
    if observed.nucleus == "13C":
        return aligned_pairs(model, observed, lines), 0.0
    protons = proton_terms(model, observed, lines)
    pairs = Counter(
        (int(protons.line_of_proton[proton]), int(protons.signal_of_proton[entry]))
        for proton, entry in alignment_path(protons.terms)
    )
    excess = -np.bincount(protons.signal_of_proton, minlength=len(observed)).astype(np.float64)
    for (_, signal), count in pairs.items():
        excess[signal] += count
    excess[observed.maybe_solvent & (excess < 0)] = 0.0
    return pairs, float(np.abs(excess).sum() / max(len(protons.signal_of_proton), 1))


def _unexplained_amounts(observed: Observed, pairs: Counter[tuple[int, int]]) -> NDArray[np.float64]:
    """Return the amount of each unexplained signal, relative to a line or proton of the candidate, at most 1.

    Signals without an amount, as those of peak lists, have 1. Signals that may be of the solvent do
    not count.
    """
    explained = np.zeros(len(observed), np.bool_)
    explained[[signal for _, signal in pairs]] = True
    unexplained = ~explained & ~observed.maybe_solvent
    amount = observed.amount if observed.nucleus == "1H" else observed.height
    if observed.from_peak_list or not np.isfinite(amount).all():
        return np.ones(int(unexplained.sum()))
    if observed.nucleus == "1H":
        unit = amount[explained].sum() / sum(pairs.values()) if pairs else amount.mean()
    else:
        unit = np.median(amount[explained] if pairs else amount)
    relative: NDArray[np.float64] = np.clip(amount[unexplained] / max(float(unit), 1e-12), 0.0, 1.0)
    return relative


def _surprise(deviations: NDArray[np.float64]) -> float:
    if not len(deviations):
        return 0.0
    largest = np.sort(deviations)[: -_LARGEST_DEVIATIONS - 1 : -1] / np.sqrt(3.0)
    # Two-sided tail of Student's distribution with three degrees of freedom, near the fitted
    # values.
    tail = 1.0 - 2.0 / np.pi * (np.arctan(largest) + largest / (1.0 + largest**2))
    expected = np.arange(1, len(largest) + 1) / (len(deviations) + 1)
    return float(np.log(expected / np.maximum(tail, _MIN_TAIL)).mean())

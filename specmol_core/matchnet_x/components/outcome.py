"""Probabilities of sets of candidates, and the verdict on a mixture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.components import ComponentOutcome, ComponentSet, SetMember
from specmol_core.matcher.judgement import ScoredCandidates, UnexplainedSignal
from specmol_core.matcher.scores import SCORE_DECIMALS
from specmol_core.matchnet_x.components.amounts import component_fractions
from specmol_core.matchnet_x.components.features import set_features
from specmol_core.matchnet_x.components.search import ScoredSet
from specmol_core.matchnet_x.components.signals import signals_of_components
from specmol_core.matchnet_x.groups import group_representatives
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed
from specmol_core.matchnet_x.posterior import IDENTIFIED, PROBABLE
from specmol_core.matchnet_x.unexplained import strong_signals

__all__ = ["outcome_of"]

Float = NDArray[np.float64]

_TEMPERATURE = 1.4
"""Factor by which differences of scores are too large."""
_NONE_WEIGHTS = {
    True: (0.76, 0.11, 2.23, -2.05, 0.18, 1.78, -0.94, 0.9, 0.07, -1.17),
    False: (0.4, 1.41, 1.2, -2.01, -0.37, 1.8, -1.5, 0.09, 0.96, -0.9),
}
"""Weights of ``FEATURES`` in the log-odds that the library lacks a component, for peak lists and traces."""
# These numbers were fitted on joined lists of held-out compounds, and on simulated spectra of them.
_MAX_LOG_ODDS = 30.0
_NONE_THRESHOLD = 0.75
"""Probability from which the verdict is *none fits*; about one list in ten has it with its components."""
_COMPARED = 64
"""Most sets whose probability is computed; others are improbable."""
_DEFAULT_GAP = 5.0
"""Gap if there is one set only."""
_SHOWN = 20
"""Most sets in the result."""


def outcome_of(
    model: LikelihoodModel,
    observed: Sequence[Observed],
    candidates: ScoredCandidates,
    found: Sequence[ScoredSet],
    library_size: int,
) -> ComponentOutcome:
    """Return the probabilities of sets and the verdict.

    A further component costs the logarithm of the number of candidates, because there are so many
    more sets with it. Sets whose members are indistinguishable one by one are one set.

    Parameters
    ----------
    found
        Sets with their scores, in any order.
    library_size
        Number of candidates.
    """
    is_list = all(spectrum.from_peak_list for spectrum in observed)
    value = {one.members: one.score / _TEMPERATURE - (len(one.members) - 1) * np.log(library_size) for one in found}
    ordered = sorted(found, key=lambda one: -value[one.members])[:_COMPARED]
    ordered, keys = _distinct(ordered, candidates)
    values = np.array([value[one.members] for one in ordered])
    share = np.exp(values - values[0])
    share /= share.sum()
    gap = float(values[0] - values[1]) if len(values) > 1 else _DEFAULT_GAP
    payloads = [candidates.payload(k) for k in ordered[0].members]
    features = set_features(model, observed, payloads, ordered[0], gap)
    odds = float(np.dot(_NONE_WEIGHTS[is_list], features) + max(-ordered[0].score, 0.0))
    if not any(part.explained.any() for part in ordered[0].explanations):
        odds = _MAX_LOG_ODDS  # a set that explains no signal does not fit
    odds = float(np.clip(odds, -_MAX_LOG_ODDS, _MAX_LOG_ODDS))
    none = 1.0 / (1.0 + float(np.exp(-odds)))
    sets = tuple(
        _component_set(model, observed, candidates, one, float(part) * (1.0 - none))
        for one, part in zip(ordered[:_SHOWN], share, strict=False)
    )
    of_components = tuple(
        float(sum(part for part, key in zip(share, keys, strict=True) if k in key)) * (1.0 - none) for k in keys[0]
    )
    return ComponentOutcome(_verdict(sets[0], none), none, sets, of_components)


def _verdict(best: ComponentSet, none: float) -> str:
    if none >= _NONE_THRESHOLD:
        return "none fits"
    if best.unexplained:
        return "more components?"
    if best.probability >= PROBABLE:
        return "identified" if best.probability >= IDENTIFIED else "probable"
    return "open"


def _distinct(
    ordered: Sequence[ScoredSet], candidates: ScoredCandidates
) -> tuple[list[ScoredSet], list[tuple[int, ...]]]:
    """Return the best set of each constitution of its members, and the groups of the members."""
    indices = list(dict.fromkeys(k for one in ordered for k in one.members))
    view = ScoredCandidates(lambda k: candidates.smiles(indices[k]), lambda k: candidates.payload(indices[k]))
    group = dict(zip(indices, group_representatives(len(indices), view).tolist(), strict=True))
    kept: dict[tuple[int, ...], ScoredSet] = {}
    for one in ordered:
        key = tuple(group[k] for k in one.members)
        if len(set(key)) == len(key):
            kept.setdefault(tuple(sorted(key)), one)
    return list(kept.values()), [tuple(group[k] for k in one.members) for one in kept.values()]


def _component_set(
    model: LikelihoodModel, observed: Sequence[Observed], candidates: ScoredCandidates, one: ScoredSet, share: float
) -> ComponentSet:
    payloads = [candidates.payload(k) for k in one.members]
    signals = signals_of_components(observed, payloads, one.explanations)
    fractions = component_fractions(observed, payloads, one.explanations)
    members = [SetMember(k, *fraction, part) for k, fraction, part in zip(one.members, fractions, signals, strict=True)]
    members.sort(key=lambda member: -(member.fraction or 0.0))
    return ComponentSet(tuple(members), round(one.score, SCORE_DECIMALS), share, _unexplained(observed, one))


def _unexplained(observed: Sequence[Observed], one: ScoredSet) -> tuple[UnexplainedSignal, ...]:
    """Return the strong signals of no component; amounts are in nuclei of the largest component."""
    parts = []
    for spectrum, part in zip(observed, one.explanations, strict=True):
        amount = spectrum.amount if spectrum.nucleus == "1H" else spectrum.height
        unit = np.nanmax(part.amounts) if not np.isnan(part.amounts).all() else np.nan
        parts.append((amount / unit if unit > 0 else np.full(len(spectrum), np.nan), part.explained))
    return strong_signals(observed, parts)

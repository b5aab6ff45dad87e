"""How well a set of candidates fits the spectra, as a few numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.search import ScoredSet
from specmol_core.matchnet_x.components.union import component_lines
from specmol_core.matchnet_x.likelihood import LikelihoodModel, maybe_masked_lines
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["FEATURES", "set_features"]

FEATURES = (
    "intercept", "unexplained", "unobserved", "13C shown", "13C deviation", "13C largest deviation", "1H shown",
    "1H deviation", "1H largest deviation", "gap",
)  # fmt: skip
"""Numbers of :func:`set_features`."""


def set_features(
    model: LikelihoodModel, observed: Sequence[Observed], payloads: Sequence[bytes], one: ScoredSet, gap: float
) -> NDArray[np.float64]:
    """Return the values (features,) of ``FEATURES`` for the worst fitting member of a set.

    They are 1; the share of all signals that no member explains; the share of the member's lines that
    are not observed; for each nucleus whether it is given, and the mean and the largest
    ``log(1 + deviation)`` of the member's lines, in uncertainties; and ``log(1 + gap)``.

    Parameters
    ----------
    payloads
        Payload of each member.
    gap
        How much less the next set is worth.
    """
    signals = left = 0
    count = len(one.members)
    lines, missing = np.zeros(count), np.zeros(count)
    of_nucleus = {"13C": [0.0, 0.0, 0.0], "1H": [0.0, 0.0, 0.0]}
    for spectrum, part in zip(observed, one.explanations, strict=True):
        union = component_lines(payloads, spectrum.nucleus)
        counted = ~(maybe_masked_lines(model.parameters_for(spectrum), spectrum, union.lines) | union.of_counter_ion)
        if spectrum.nucleus == "1H":
            counted &= ~union.exchanging
        seen = part.signals[:, 0] >= 0
        signals += len(spectrum)
        left += int((~part.explained).sum())
        lines += np.bincount(union.owner[counted], minlength=count)
        missing += np.bincount(union.owner[counted & ~seen], minlength=count)
        z = np.abs(union.lines.ppm - spectrum.ppm[part.signals[:, 0]]) / np.maximum(union.lines.uncertainty_ppm, 1e-6)
        logs = [np.log1p(z[counted & seen & (union.owner == k)]) for k in range(count)]
        of_nucleus[spectrum.nucleus] = [
            1.0,
            max(float(values.mean()) if len(values) else 0.0 for values in logs),
            max(float(values.max(initial=0.0)) for values in logs),
        ]
    unobserved = float(np.max(missing / np.maximum(lines, 1)))
    shares = [1.0, left / max(signals, 1), unobserved]
    return np.array([*shares, *of_nucleus["13C"], *of_nucleus["1H"], float(np.log1p(max(gap, 0.0)))])

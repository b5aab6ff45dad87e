"""The signals of each component of a set, as the result shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.matcher.components import ExplainedSignals
from specmol_core.matchnet_x.components.explanation import Explanation
from specmol_core.matchnet_x.components.union import ComponentLines, component_lines
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["signals_of_components"]


def signals_of_components(
    observed: Sequence[Observed], payloads: Sequence[bytes], explanations: Sequence[Explanation]
) -> list[tuple[ExplainedSignals, ...]]:
    """Return the signals of each component in each spectrum.

    Parameters
    ----------
    payloads
        Payload of each component.
    explanations
        Explanation of each spectrum by these components.
    """
    unions = [component_lines(payloads, spectrum.nucleus) for spectrum in observed]
    return [
        tuple(_of_one(k, *parts) for parts in zip(observed, unions, explanations, strict=True))
        for k in range(len(payloads))
    ]


def _of_one(component: int, observed: Observed, union: ComponentLines, part: Explanation) -> ExplainedSignals:
    own = union.owner == component
    indices = np.unique(part.signals[own])[::-1]
    missing = own & (part.signals[:, 0] < 0) & ~union.of_counter_ion
    if observed.nucleus == "1H":
        missing &= ~union.exchanging
    digits = 2 if observed.nucleus == "13C" else 3
    return ExplainedSignals(
        observed.nucleus,
        tuple(round(float(observed.ppm[j]), digits) for j in indices if j >= 0),
        tuple(round(float(ppm), digits) for ppm in union.lines.ppm[missing][::-1]),
    )

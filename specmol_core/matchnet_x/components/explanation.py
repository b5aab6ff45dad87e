"""How well components together explain one spectrum, and how much of each there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.carbons import CarbonSignals, KnownCarbonSignals
from specmol_core.matchnet_x.components.protons import ProtonSignals
from specmol_core.matchnet_x.components.union import ComponentLines
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["Explanation", "explain"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Explanation:
    """Alignment of the lines of some components with the signals of one spectrum."""

    score: float
    """Log-likelihood ratio against signals by chance."""
    signals: Int
    """Signals (lines, 2) of each line; -1 for none."""
    amounts: Float
    """Amount (components,) in areas (1H) or heights (13C) of one nucleus; NaN if unknown."""
    expected: Float
    """Area (signals,) of the lines of each signal together; NaN if unknown."""

    @property
    def explained(self) -> NDArray[np.bool_]:
        """Which signals (signals,) have a line."""
        result = np.zeros(len(self.expected), np.bool_)
        result[self.signals[self.signals >= 0]] = True
        return result


_ALIGNMENTS, _KNOWN_ALIGNMENTS = 2, 3
"""Alignments of components that are candidates, and of those that are known to be there."""


def explain(
    model: LikelihoodModel, observed: Observed, union: ComponentLines, *, alone: bool = True, known: bool = False
) -> Explanation:
    """Align the lines of all components with the signals of a spectrum.

    The first alignment uses shifts and multiplicities. It gives the amounts, and the later ones also
    use the areas (1H) or heights (13C) that belong to them.

    Parameters
    ----------
    alone
        Whether a signal of none of the components counts against them. If not, the score tells whether
        they are there, whatever else is.
    known
        Whether the components are known to be there; heights then decide which lines are theirs.
    """
    carbons = KnownCarbonSignals if known else CarbonSignals
    terms = (carbons if observed.nucleus == "13C" else ProtonSignals)(model, observed, union)
    costs = terms.unassigned() if alone else np.zeros(len(observed))
    amounts = np.full(union.components, np.nan)
    for _ in range(_KNOWN_ALIGNMENTS if known else _ALIGNMENTS):
        score, signals = terms.align(amounts, costs)
        amounts = terms.amounts(signals)
        if np.isnan(amounts).all():
            break
    expected = terms.expected(amounts, signals)
    return Explanation(score + terms.area_score(expected), signals, amounts, expected)

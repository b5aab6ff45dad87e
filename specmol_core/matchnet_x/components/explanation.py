"""How well components together explain one spectrum, and how much of each there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.carbons import CarbonSignals
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


def explain(model: LikelihoodModel, observed: Observed, union: ComponentLines, *, alone: bool = True) -> Explanation:
    """Align the lines of all components with the signals of a spectrum.

    The first alignment uses shifts and multiplicities. It gives the amounts, and the second one also
    uses the areas (1H) or heights (13C) that belong to them.

    Parameters
    ----------
    alone
        Whether a signal of none of the components counts against them. If not, the score tells whether
        they are there, whatever else is.
    """
    terms = (CarbonSignals if observed.nucleus == "13C" else ProtonSignals)(model, observed, union)
    costs = terms.unassigned() if alone else np.zeros(len(observed))
    amounts = np.full(union.components, np.nan)
    score, signals = terms.align(amounts, costs)
    first = terms.amounts(signals)
    if not np.isnan(first).all():
        score, signals = terms.align(first, costs)
        amounts = terms.amounts(signals)
    expected = terms.expected(amounts, signals)
    return Explanation(score + terms.area_score(expected), signals, amounts, expected)

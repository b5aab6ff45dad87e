"""13C lines under several components; the heights of each component have a scale of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.terms import SpectrumTerms
from specmol_core.matchnet_x.components.union import ComponentLines
from specmol_core.matchnet_x.heights import LOG_MEDIAN_HEIGHTS
from specmol_core.matchnet_x.kernels import HEIGHT_BINS, LOG_HEIGHT_STEP, LOWEST_LOG_HEIGHT
from specmol_core.matchnet_x.likelihood import LikelihoodModel, carbon_list
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["CarbonSignals", "KnownCarbonSignals"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_MIN_LINES = 2
"""Fewest lines from which the amount of a component is estimated by heights."""
_KNOWN_WEIGHT = 2.0
"""Factor on the log-likelihood ratio of heights for compounds that are known to be there."""
_LOW = (-2.0, -1.0, -1.0, -1.0)
_LOW_SLOPE = 2.0
"""Logarithm of a height (C, CH, CH2, CH3) below which a line is hardly that of a known compound, and the fall
of its log-likelihood ratio from there."""


class CarbonSignals(SpectrumTerms):
    """Terms of a 13C spectrum."""

    def __init__(self, model: LikelihoodModel, observed: Observed, union: ComponentLines) -> None:
        carbons = carbon_list(model, observed)
        missing = carbons.missing.astype(np.float64)
        kind = np.minimum(union.lines.kind, len(missing) - 1)
        super().__init__(observed, union, carbons.shift_likelihood, missing[kind], carbons.masked_ranges)
        self._merged, self._split = float(carbons.merged), float(carbons.split)
        self._unassigned = carbons.log_p_unassigned.astype(np.float64)
        self._log_heights = carbons.height.astype(np.float64)
        self._table = carbons.llr_table.astype(np.float64)
        self._kind = kind
        self._log_unit = np.log(np.maximum(union.lines.nuclei, 1)) + LOG_MEDIAN_HEIGHTS[kind]

    def match(self, amounts: Float) -> tuple[Float, Float, float]:
        """See ``SpectrumTerms.match``."""
        match = self.shift_llr
        log_amounts = np.log(amounts)[self.union.owner]
        if len(self._log_heights) and not np.isnan(log_amounts).all():
            # A component of unknown amount is scored by shifts alone.
            per_carbon = self._log_heights - (log_amounts + np.log(np.maximum(self.lines.nuclei, 1)))[:, None]
            match = match + np.where(np.isnan(per_carbon), 0.0, self._height_llr(per_carbon))
        split = np.full(match.shape, -np.inf)
        several = self.lines.nuclei > 1
        split[several, 1:] = match[several, 1:] + match[several, :-1] + self._split
        return match, split, self._merged

    def _height_llr(self, log_heights: Float) -> Float:
        """Return the value of the table of each line (lines, signals), by linear interpolation."""
        position = np.nan_to_num((log_heights - LOWEST_LOG_HEIGHT) / LOG_HEIGHT_STEP)
        below = np.clip(np.floor(position), 0, HEIGHT_BINS - 2).astype(np.int64)
        part = np.clip(position - below, 0.0, 1.0)
        row = self._kind[:, None]
        return np.asarray(self._table[row, below] * (1.0 - part) + self._table[row, below + 1] * part)

    def unassigned(self) -> Float:
        """See ``SpectrumTerms.unassigned``."""
        return self._unassigned

    def amounts(self, signals: Int) -> Float:
        """Return the median height of one carbon of each component (components,)."""
        result = np.full(self.union.components, np.nan)
        if not len(self._log_heights):
            return result
        alone = np.bincount(signals[signals >= 0], minlength=len(self._log_heights)) == 1
        seen = (signals[:, 0] >= 0) & (signals[:, 1] < 0) & alone[signals[:, 0]]
        logs = self._log_heights[signals[:, 0]] - self._log_unit
        for component in range(self.union.components):
            own = logs[seen & (self.union.owner == component)]
            if len(own) >= _MIN_LINES:
                result[component] = np.exp(np.median(own))
        return result

    def expected(self, amounts: Float, signals: Int) -> Float:
        """Heights do not add up, so there is none."""
        return np.full(len(self.observed), np.nan)

    def area_score(self, expected: Float) -> float:
        """Return 0: ``match`` holds the heights."""
        return 0.0


class KnownCarbonSignals(CarbonSignals):
    """Terms of a 13C spectrum for compounds that are known to be there.

    Heights weigh more: a line far lower than those of the compound is that of a minor one.
    """

    def __init__(self, model: LikelihoodModel, observed: Observed, union: ComponentLines) -> None:
        super().__init__(model, observed, union)
        steps = LOWEST_LOG_HEIGHT + LOG_HEIGHT_STEP * np.arange(HEIGHT_BINS)
        depth = np.maximum(np.array(_LOW)[:, None] - steps, 0.0)
        self._table = _KNOWN_WEIGHT * self._table - _LOW_SLOPE * depth

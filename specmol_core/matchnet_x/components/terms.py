"""Terms of the likelihood of one spectrum under several components: shifts, masked lines, alignment."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.kernels import align_lines
from specmol_core.matchnet_x.components.union import ComponentLines
from specmol_core.matchnet_x.kernels import ShiftLikelihood
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["SpectrumTerms"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_MIN_PAIR_LLR = -12.0
"""As in the score of one candidate."""
_MIN_SCALE_PPM = 1e-4
_LOG_P_ABSENT = -0.5
"""Log-probability that a line of a counter-ion is not observed."""


class SpectrumTerms(ABC):
    """Lines of all components and signals of one spectrum.

    Parameters
    ----------
    observed, union
        Signals of the spectrum, and lines of the components.
    likelihood
        Distribution of shifts.
    missing
        Log-probability (lines,) that each line is not observed.
    masked_ranges
        As in ``kernels.CarbonList``.
    """

    def __init__(
        self,
        observed: Observed,
        union: ComponentLines,
        likelihood: ShiftLikelihood,
        missing: Float,
        masked_ranges: NDArray[np.float32],
    ) -> None:
        self.observed, self.union, self.lines = observed, union, union.lines
        self._likelihood = likelihood
        scale = np.hypot(self.lines.uncertainty_ppm * likelihood.spread_factor, likelihood.error).astype(np.float64)
        self._scale = np.maximum(scale, _MIN_SCALE_PPM)[:, None]
        self.shift_llr = self._pair_llr(observed.ppm)
        self.missing = np.where(union.of_counter_ion, np.maximum(missing, _LOG_P_ABSENT), missing)
        if len(masked_ranges):
            masked = self._pair_llr(masked_ranges[:, 0].astype(np.float64)) + masked_ranges[:, 1]
            self.missing = np.maximum(self.missing, masked.max(axis=1))

    def _pair_llr(self, ppm: Float) -> Float:
        z = (self.lines.ppm[:, None] - ppm) / self._scale
        dof = float(self._likelihood.dof)
        tail = np.log1p(z * z / dof) * (0.5 * (dof + 1.0))
        return np.asarray(np.maximum(float(self._likelihood.constant) - np.log(self._scale) - tail, _MIN_PAIR_LLR))

    @abstractmethod
    def match(self, amounts: Float) -> tuple[Float, Float, float]:
        """Return the terms ``match``, ``split`` and ``merged`` of ``align_lines`` for amounts (components,), or NaN."""

    @abstractmethod
    def unassigned(self) -> Float:
        """Return the log-probability (signals,) that each signal is of none of the components."""

    @abstractmethod
    def amounts(self, signals: Int) -> Float:
        """Return the amounts (components,) that fit the signals of the lines; NaN if they are unknown."""

    @abstractmethod
    def expected(self, amounts: Float, signals: Int) -> Float:
        """Return the area (signals,) that the lines of each signal have together; NaN if it is unknown."""

    @abstractmethod
    def area_score(self, expected: Float) -> float:
        """Return the log-likelihood ratio of the areas of all signals that have lines."""

    def align(self, amounts: Float, unassigned: Float) -> tuple[float, Int]:
        """Return the log-likelihood ratio of the best alignment, and the signals (lines, 2) of each line."""
        match, split, merged = self.match(amounts)
        signals = np.empty((len(match), 2), np.int64)
        score = align_lines(match, self.missing, merged, split, unassigned, signals)
        return float(score), signals

"""1H signals under several components; the areas of the lines of a signal add up."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.components.terms import SpectrumTerms
from specmol_core.matchnet_x.components.union import ComponentLines
from specmol_core.matchnet_x.likelihood import LikelihoodModel, proton_list
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["ProtonSignals", "unassigned_protons"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

_MAX_PROTONS = 3.0
"""Most protons of an unassigned signal that count."""
_AREA_SD = {True: 0.15, False: 0.25}
"""Standard deviation of the logarithm of an area, for peak lists and traces."""
_AREA_RANGE = 3.0
"""Range of the logarithm of an area by chance."""
_MIN_AREA_LLR = -3.0
_AREA_WEIGHT = 0.5
"""Factor on the log-likelihood ratio of areas, which overlap makes depend on each other."""
_SMALL_SD, _MAX_SMALL_COST = 0.35, 6.0
"""A signal that is too small for a line: standard deviation of the logarithm, and largest cost."""
_MAX_WEIGHED = 6
"""Most protons of a line that add to its weight: amounts are free, so many equal protons prove little."""
_FIT_SD, _FIT_FLOOR = 0.15, 0.02
"""Error of an area in the fit of amounts: share of the area, and share of the largest area."""


class ProtonSignals(SpectrumTerms):
    """Terms of a 1H spectrum. Protons on N, O and S take what no other line explains."""

    def __init__(self, model: LikelihoodModel, observed: Observed, union: ComponentLines) -> None:
        protons = proton_list(model, observed)
        exchanging = union.exchanging
        weight = np.clip(union.lines.nuclei, 1, _MAX_WEIGHED).astype(np.float64) ** (
            1.0 - float(protons.weight_exponent)
        )
        on_carbon, exchanged = (float(value) for value in protons.missing)
        missing = np.where(exchanging, exchanged, on_carbon * weight)
        super().__init__(observed, union, protons.shift_likelihood, missing, protons.masked_ranges)
        self._merged, self._split = float(protons.merged), float(protons.split)
        self._log_p_unassigned = float(protons.log_p_unassigned)
        self._exchanging = exchanging
        self._match = weight[:, None] * (self.shift_llr + protons.llr_table[union.lines.kind])
        self._match[exchanging] = np.minimum(self._match[exchanging], float(protons.max_exchange_llr))
        self._has_areas, self._area = _areas(observed)

    def match(self, amounts: Float) -> tuple[Float, Float, float]:
        """See ``SpectrumTerms.match``."""
        match = self._match
        if self._has_areas and not np.isnan(amounts).any():
            own = (np.maximum(amounts, 1e-12)[self.union.owner] * self.lines.nuclei)[:, None]
            lack = np.maximum(np.log(own / self._area), 0.0) / _SMALL_SD
            cost = np.minimum(0.5 * lack * lack, _MAX_SMALL_COST)
            match = match - np.where(self._exchanging[:, None], 0.0, cost)
        split = np.full(match.shape, -np.inf)
        several = self.lines.nuclei > 1
        split[several, 1:] = 0.5 * (match[several, 1:] + match[several, :-1]) + self._split
        return match, split, self._merged

    def unassigned(self) -> Float:
        """Return the cost (signals,) as if the spectrum were of the components alone."""
        return unassigned_protons(self._log_p_unassigned, self.observed, float(self.lines.nuclei.sum()))

    def amounts(self, signals: Int) -> Float:
        """Return the area of one proton of each component (components,), by least squares over signals with lines."""
        if not self._has_areas:
            return np.full(self.union.components, np.nan)
        from scipy.optimize import nnls  # a ranking without components does not load it

        design = self._design(signals)
        seen = design.any(axis=1)
        if not seen.any():
            return np.full(self.union.components, np.nan)
        sd = np.hypot(_FIT_SD * self._area[seen], _FIT_FLOOR * self._area.max())
        rows, values = design[seen] / sd[:, None], self._area[seen] / sd
        found = nnls(rows, values)[0]
        # A signal with more area than its lines may hide something else: it counts less.
        excess = np.abs(values - rows @ found)
        weight = np.sqrt(1.0 / np.maximum(excess / 1.5, 1.0))
        return np.asarray(nnls(rows * weight[:, None], values * weight)[0])

    def _design(self, signals: Int) -> Float:
        """Return the number of protons of each component in each signal (signals, components)."""
        design = np.zeros((len(self.observed), self.union.components))
        for column in range(2):
            seen = (signals[:, column] >= 0) & ~self._exchanging
            # The protons of a line with two signals are in equal parts in both.
            share = np.where(signals[seen, 1] >= 0, 0.5, 1.0) * self.lines.nuclei[seen]
            np.add.at(design, (signals[seen, column], self.union.owner[seen]), share)
        return design

    def expected(self, amounts: Float, signals: Int) -> Float:
        """See ``SpectrumTerms.expected``."""
        if np.isnan(amounts).any():
            return np.full(len(self.observed), np.nan)
        design = self._design(signals)
        return np.where(design.any(axis=1), design @ amounts, np.nan)

    def area_score(self, expected: Float) -> float:
        """See ``SpectrumTerms.area_score``."""
        known = ~np.isnan(expected)
        if not known.any():
            return 0.0
        sd = _AREA_SD[self.observed.from_peak_list]
        ratio = np.log(self._area[known] / np.maximum(expected[known], 1e-12)) / sd
        llr = log(_AREA_RANGE / (sd * sqrt(2.0 * pi))) - 0.5 * ratio * ratio
        return _AREA_WEIGHT * float(np.maximum(llr, _MIN_AREA_LLR).sum())


def unassigned_protons(log_p_unassigned: float, observed: Observed, protons: float) -> Float:
    """Return the log-probability (signals,) that each signal is unassigned, by its number of protons.

    Parameters
    ----------
    log_p_unassigned
        That of one proton.
    protons
        Number of protons of the whole spectrum, if its areas are not numbers of protons.
    """
    has_areas, area = _areas(observed)
    if has_areas and not observed.integrals_are_counts:
        area = area * (protons / float(area.sum()))
    return np.asarray(log_p_unassigned * np.minimum(area, _MAX_PROTONS))


def _areas(observed: Observed) -> tuple[bool, Float]:
    """Return whether all signals have areas, and the areas (signals,), or ones."""
    area = np.nan_to_num(observed.amount, nan=0.0)
    known = len(area) > 0 and bool((area > 0).all())
    return known, area if known else np.ones(len(observed))

"""Ranges of the properties of measured spectra, from which the simulator draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from specmol_core.evaluation.measured.trace_measures import measure_trace
from specmol_core.evaluation.simulator.counterpart import PreparedPair
from specmol_core.spectra.spectrum import NUCLEI

__all__ = ["MeasuredRange", "measured_ranges"]


@dataclass(frozen=True)
class MeasuredRange:
    """The distribution of one property over all spectra of a nucleus.

    The name of the property includes the unit. Heights are relative to the compound's strongest
    line.
    """

    nucleus: str
    quantity: str
    spectra: int
    """Number of spectra with this property."""
    values: int
    low: float
    """5 % quantile."""
    median: float
    high: float
    """95 % quantile."""
    mean: float
    """Mean; for a property with values 0 and 1, the fraction of cases in which it is present."""


def measured_ranges(measured_pairs: Sequence[PreparedPair], advance: Callable[[int, int], None]) -> list[MeasuredRange]:
    """Measure every spectrum; return the ranges by nucleus, then by name.

    All spectra of one constitution (including enantiomers) count, because they are separate
    measurements.
    """
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    spectra: dict[tuple[str, str], int] = defaultdict(int)
    for number, item in enumerate(measured_pairs, 1):
        for nucleus in NUCLEI:
            for quantity, numbers in measure_trace(item.pair.spectra[nucleus], item.mol, item.shifts[nucleus]).items():
                values[nucleus, quantity] += numbers
                spectra[nucleus, quantity] += 1
        advance(number, len(measured_pairs))
    return [
        _range(*key, spectra[key], values[key]) for nucleus in NUCLEI for key in sorted(values) if key[0] == nucleus
    ]


def _range(nucleus: str, quantity: str, spectra: int, numbers: list[float]) -> MeasuredRange:
    low, median, high = (float(q) for q in np.quantile(numbers, (0.05, 0.5, 0.95)))
    return MeasuredRange(nucleus, quantity, spectra, len(numbers), low, median, high, float(np.mean(numbers)))

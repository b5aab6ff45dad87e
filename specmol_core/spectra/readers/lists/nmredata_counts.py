"""Bring the numbers of nuclei and the integrals of an NMReDATA list to one unit."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from specmol_core.spectra.analysis.proton_numbers import proton_scale
from specmol_core.spectra.readers.lists.nmredata_tags import ListedSignal

__all__ = ["proton_counts"]

_WHOLE_TOLERANCE = 0.25
"""Largest distance from whole numbers of integrals that are numbers of protons."""
_MAX_PROTONS = 60


def proton_counts(
    signals: Sequence[ListedSignal], assigned: Sequence[float | None]
) -> tuple[list[float | None], list[str]]:
    """Return the number of protons of each signal, and notes on how it was found.

    ``N`` is the number itself. Integrals (``E``) have any unit: they are divided by the integral of
    one proton, which signals with both tell, or else by the number that makes all of them nearly
    whole. Integrals of single lines (with ``I``, without a multiplicity) beside those of multiplets
    are not comparable and do not count.

    Parameters
    ----------
    assigned
        Number of protons that are assigned to each signal; None where it is unknown.
    """
    counts = [signal.nuclei or atoms for signal, atoms in zip(signals, assigned, strict=True)]
    integrals = _comparable_integrals(signals)
    missing = [i for i, count in enumerate(counts) if count is None and integrals[i] is not None]
    if not missing:
        return counts, []
    ratios = [e / n for n, e in zip(counts, integrals, strict=True) if n is not None and e is not None]
    values = [integrals[i] or 0.0 for i in missing]
    if not ratios and all(_is_count(value) for value in values):
        return [n if n is not None else integrals[i] for i, n in enumerate(counts)], []
    unit = median(ratios) if ratios else 1.0 / proton_scale(np.array(values), np.zeros(len(values), np.bool_))
    for i in missing:
        counts[i] = float(min(max(round((integrals[i] or 0.0) / unit), 1), _MAX_PROTONS))
    how = "the signals with both" if ratios else "whole numbers"
    return counts, [f"its integrals were divided by {unit:.4g}, the integral of one proton by {how}"]


def _comparable_integrals(signals: Sequence[ListedSignal]) -> list[float | None]:
    are_multiplets = [bool(signal.multiplicity) or signal.intensity is None for signal in signals]
    if any(signal.integral and is_one for signal, is_one in zip(signals, are_multiplets, strict=True)):
        return [s.integral if is_one else None for s, is_one in zip(signals, are_multiplets, strict=True)]
    return [signal.integral for signal in signals]


def _is_count(integral: float) -> bool:
    return 0.7 <= integral <= _MAX_PROTONS and abs(integral - round(integral)) <= _WHOLE_TOLERANCE

"""Take the signals of compounds that are known to be in a sample from its spectra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.matcher.components import KnownCompound
from specmol_core.matchnet_x.components.explanation import Explanation, explain
from specmol_core.matchnet_x.components.signals import signals_of_components
from specmol_core.matchnet_x.components.union import ComponentLines, component_lines
from specmol_core.matchnet_x.likelihood import LikelihoodModel
from specmol_core.matchnet_x.observed_signals import Observed

__all__ = ["without_known"]

_MAX_UNCERTAINTIES = 5.0
"""Largest distance of a signal from a line of a known compound, in uncertainties."""
_HALF_RANGE_PPM = {"1H": 0.04, "13C": 0.1}
"""Distance from a signal of a known compound in which it may hide another signal."""
_MIN_PROTONS = 0.02
"""Least area of a signal that is left, in protons of the largest known compound: satellites are smaller."""
_MIN_EXCESS = 0.5
"""Least share of the area of a signal that is left for others, from which the signal is kept."""


def without_known(
    model: LikelihoodModel, observed: Sequence[Observed], smiles: Sequence[str], payloads: Sequence[bytes]
) -> tuple[tuple[Observed, ...], tuple[KnownCompound, ...]]:
    """Return the spectra without the signals of the known compounds, and these compounds with their signals.

    A 1H signal with at least twice the area of the known lines keeps what they do not explain. The
    ranges of the other signals may hide lines of candidates, as those of a masked solvent do.

    Parameters
    ----------
    smiles, payloads
        SMILES and payload of each known compound.
    """
    left, parts = [], []
    for spectrum in observed:
        union = component_lines(payloads, spectrum.nucleus)
        part = _near(explain(model, spectrum, union, alone=False, known=True), spectrum, union)
        left.append(_rest(spectrum, part))
        parts.append(part)
    signals = signals_of_components(observed, payloads, parts)
    return tuple(left), tuple(KnownCompound(*pair) for pair in zip(smiles, signals, strict=True))


def _near(part: Explanation, observed: Observed, union: ComponentLines) -> Explanation:
    """Return the explanation without the signals that are far from their lines."""
    distance = np.abs(union.lines.ppm[:, None] - observed.ppm[part.signals])
    far = distance > _MAX_UNCERTAINTIES * np.maximum(union.lines.uncertainty_ppm, 1e-4)[:, None]
    return replace(part, signals=np.where(far, -1, part.signals))


def _rest(observed: Observed, part: Explanation) -> Observed:
    """Return the signals that are left; a signal may stay with a part of its area."""
    excess = np.zeros(len(observed))
    known = ~np.isnan(part.expected) & part.explained
    excess[known] = 1.0 - part.expected[known] / np.maximum(observed.amount[known], 1e-12)
    stays = ~part.explained | (excess >= _MIN_EXCESS)
    amount = np.where(part.explained & stays, observed.amount * excess, observed.amount)
    half = _HALF_RANGE_PPM[observed.nucleus]
    if observed.nucleus == "1H" and not np.isnan(part.amounts).all():
        stays &= ~(amount < _MIN_PROTONS * np.nanmax(part.amounts))
    hidden = [(float(ppm) - half, float(ppm) + half) for ppm in observed.ppm[part.explained & ~stays]]
    return _only(replace(observed, amount=amount, masked_ranges=(*observed.masked_ranges, *hidden)), stays)


def _only(observed: Observed, keep: NDArray[np.bool_]) -> Observed:
    names = ("ppm", "error", "amount", "multiplicity", "maybe_solvent", "height")
    labels = tuple(label for label, kept in zip(observed.multiplicity_labels, keep, strict=True) if kept)
    return replace(observed, multiplicity_labels=labels, **{name: getattr(observed, name)[keep] for name in names})

"""Signals of a spectrum that none of the species explains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.mixtures.background import impurity_backgrounds
from specmol_core.mixtures.fit import MixtureFit

__all__ = ["UnassignedSignal", "find_unexplained"]

_MIN_EXCESS = 0.5
"""Share of the intensity that no species explains, from which a signal is one of something else."""
_MIN_SD, _SD_PER_MAD = 6.0, 1.4826
_MIN_HEIGHT = 0.004
"""Smallest height of a listed signal, relative to the tallest."""
_MIN_AREA = 0.002
"""Smallest area of a listed signal, relative to the area of the spectrum."""
_BLUR_RATIO = 3.0
"""Blur of the comparison over that of the fine scale: predicted multiplets are not exact."""
_GAP_BLURS = 4.0
_IMPURITY_RANGE_PPM = {"1H": 0.02, "13C": 0.3}


@dataclass(frozen=True)
class UnassignedSignal:
    """A signal of none of the species."""

    ppm: float
    high: float
    low: float
    area: float
    """Share of the area of the spectrum."""
    suggestion: str
    """Impurity of the table at this shift; empty if there is none."""


def find_unexplained(fit: MixtureFit, min_excess: float = _MIN_EXCESS) -> tuple[UnassignedSignal, ...]:
    """Return the signals of a spectrum that neither species nor background explain, high to low shift.

    Parameters
    ----------
    min_excess
        Share of the intensity that is unexplained, from which a signal is one of something else.
    """
    cells = fit.cells
    grid = cells.grid
    blur = _BLUR_RATIO * grid.blur[0]
    data = gaussian_filter1d(cells.raw, blur)
    model = gaussian_filter1d(fit.contributions.sum(axis=0), np.sqrt(blur**2 - grid.blur[0] ** 2))
    excess = data - model
    inside = cells.weight[0] > 0
    # The noise of neighbouring points may be correlated, so it is measured where the blur has acted.
    noise = _SD_PER_MAD * float(np.median(np.abs(excess[inside]))) if inside.any() else 0.0
    found = inside & (excess > _MIN_SD * noise) & (excess > min_excess * data)
    signals = []
    for first, stop in _runs(found, int(_GAP_BLURS * blur)):
        area = float(excess[first:stop].clip(0.0, None).sum())
        if area < _MIN_AREA or excess[first:stop].max() < _MIN_HEIGHT * data.max():
            continue
        part = excess[first:stop].clip(0.0, None)
        ppm = float((grid.centres()[first:stop] * part).sum() / part.sum())
        high, low = grid.high - first * grid.step, grid.high - stop * grid.step
        signals.append(UnassignedSignal(ppm, float(high), float(low), area, ""))
    return _with_suggestions(fit, signals)


def _with_suggestions(fit: MixtureFit, signals: list[UnassignedSignal]) -> tuple[UnassignedSignal, ...]:
    """Return the signals with the impurity of the table that fits each: one of which most signals are there."""
    limit = _IMPURITY_RANGE_PPM[fit.spectrum.nucleus]
    known = {b.name for b in fit.background} | {s.name for s in fit.species}
    best: list[tuple[float, int, float, str]] = [(0.0, 0, 0.0, "")] * len(signals)
    for impurity in impurity_backgrounds(fit.solvent, fit.spectrum.nucleus, fit.cells.grid.mhz, known):
        distances = np.array([[abs(s.ppm - own.ppm) for own in impurity.signals] for s in signals])
        if not distances.size:
            continue
        there = int((distances.min(axis=0) <= limit).sum())
        for k, distance in enumerate(distances.min(axis=1).tolist()):
            if distance <= limit:
                best[k] = max(best[k], (there / len(impurity.signals), there, -distance, impurity.name))
    return tuple(replace(s, suggestion=b[3]) for s, b in zip(signals, best, strict=True))


def _runs(mask: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Return first cell and end of each run of cells, joined over short gaps."""
    cells = np.flatnonzero(mask)
    if not len(cells):
        return []
    breaks = np.flatnonzero(np.diff(cells) > max(gap, 1))
    firsts = cells[np.concatenate(([0], breaks + 1))]
    stops = cells[np.concatenate((breaks, [len(cells) - 1]))] + 1
    return list(zip(firsts.tolist(), stops.tolist(), strict=True))

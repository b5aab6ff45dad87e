"""Compiled loops of the fit: one sweep over all signals, the spectra of the species, and their products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.runtime.compiled import compiled

__all__ = ["species_columns", "sweep", "weighted_products"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]
_NEAR = 3
"""Cells to each side at which the other variants of a multiplet are tried."""


@compiled
def _add(target: Float, values: Float, first: int, length: int, start: int, factor: float) -> None:
    for i in range(max(0, -start), min(length, len(target) - start)):
        target[start + i] += factor * values[first + i]


@compiled
def _gain(
    residual: Float, weight: Float, values: Float, first: int, length: int, start: int, stride: int, area: float
) -> float:
    """Return by how much half the weighted square residual falls if a template is added at ``start``."""
    low = max(start, 0)
    low += (-low) % stride
    linear = 0.0
    square = 0.0
    for i in range(low, min(start + length, len(residual)), stride):
        value = values[first + i - start]
        weighted = weight[i] * value
        linear += weighted * residual[i]
        square += weighted * value
    return area * linear - 0.5 * area * area * square


@compiled
def _cost(position: float, centre: float, scale: float, dof: float) -> float:
    z = (position - centre) / scale
    return float(0.5 * (dof + 1.0) * np.log1p(z * z / dof))


@compiled
def _pick(log_weights: Float, count: int, u: float) -> int:
    top = log_weights[0]
    for k in range(1, count):
        top = max(top, log_weights[k])
    total = 0.0
    for k in range(count):
        log_weights[k] = np.exp(log_weights[k] - top)
        total += log_weights[k]
    running = 0.0
    for k in range(count):
        running += log_weights[k]
        if running >= u * total:
            return k
    return count - 1


@compiled
def sweep(
    residual: Float,
    weight: Float,
    strides: Int,
    values: Float,
    table: Int,
    variants: Int,
    centre: Float,
    scale: Float,
    dof: Float,
    reach: Int,
    partner: Int,
    gap: Float,
    gap_scale: Float,
    area: Float,
    temperature: float,
    order: Int,
    uniform: Float,
    drift_scale: float,
    drift_reach: int,
    position: Int,
    variant: Int,
    drift: Int,
) -> None:
    """Draw the position and the variant of each signal in turn, given all others; in place.

    All spectra share position and variant. In each of several spectra a signal may stand some cells
    beside its position, which is drawn, too.

    Parameters
    ----------
    residual, weight
        Data less model, and weight of each cell (spectra, scales, cells).
    strides
        Every so many cells of a scale count (scales,).
    values, table
        All templates in one array, and first value, length and offset of each
        (signals, variants, scales, 3).
    variants
        Number of variants of each signal (signals,).
    centre, scale, dof
        Student-t distribution of each position (signals,), cells.
    reach
        Largest distance of each position from its centre (signals,), cells.
    partner, gap, gap_scale
        Signal whose position is correlated with that of each (signals,), -1 for none; expected
        distance from it, and the scale of the same distribution for the distance, cells.
    area
        Area of each signal in each spectrum (spectra, signals); one without area in all of them is
        drawn from its distribution.
    order, uniform
        Order of the signals, and random numbers from 0 to 1 for each: two, and one for each of
        several spectra (signals, 2 or 2 + spectra).
    drift_scale, drift_reach
        Scale of the distribution of the movement between spectra, and its largest value (cells).
    position, variant
        Current position (cell of the shift) and variant of each signal; overwritten.
    drift
        Movement of each signal in each spectrum (spectra, signals), cells; overwritten.
    """
    spectra, scales = residual.shape[:2]
    window = 2 * _NEAR + 1
    logs = np.empty(max(2 * reach.max() + 1, window * variants.max(), 2 * drift_reach + 1))
    for g in order:
        low = int(np.round(centre[g])) - reach[g]
        count = 2 * reach[g] + 1
        v = variant[g]
        mate = centre[g]
        if partner[g] >= 0:
            mate = position[partner[g]] + gap[g]
        is_seen = False
        for n in range(spectra):
            is_seen = is_seen or area[n, g] > 0.0
            for s in range(scales):
                first, length, offset = table[g, v, s]
                _add(residual[n, s], values, first, length, position[g] + drift[n, g] + offset, area[n, g])
        for k in range(count):
            gain = 0.0
            for n in range(spectra):
                if area[n, g] > 0.0:
                    for s in range(scales):
                        first, length, offset = table[g, v, s]
                        start = low + k + drift[n, g] + offset
                        gain += _gain(
                            residual[n, s], weight[n, s], values, first, length, start, strides[s], area[n, g]
                        )
            logs[k] = gain / temperature - _cost(low + k, centre[g], scale[g], dof[g])
            if partner[g] >= 0:
                logs[k] -= _cost(low + k, mate, gap_scale[g], dof[g])
        position[g] = low + _pick(logs, count, uniform[g, 0])
        if variants[g] > 1 and is_seen:
            near = position[g] - _NEAR
            for w in range(variants[g]):
                for k in range(window):
                    gain = 0.0
                    for n in range(spectra):
                        if area[n, g] > 0.0:
                            for s in range(scales):
                                first, length, offset = table[g, w, s]
                                start = near + k + drift[n, g] + offset
                                gain += _gain(
                                    residual[n, s], weight[n, s], values, first, length, start, strides[s], area[n, g]
                                )
                    logs[w * window + k] = gain / temperature - _cost(near + k, centre[g], scale[g], dof[g])
                    if partner[g] >= 0:
                        logs[w * window + k] -= _cost(near + k, mate, gap_scale[g], dof[g])
            chosen = _pick(logs, variants[g] * window, uniform[g, 1])
            variant[g] = chosen // window
            position[g] = near + chosen % window
        for n in range(spectra):
            if spectra > 1:
                drift[n, g] = 0
                if area[n, g] > 0.0:
                    for k in range(2 * drift_reach + 1):
                        gain = 0.0
                        for s in range(scales):
                            first, length, offset = table[g, variant[g], s]
                            start = position[g] + k - drift_reach + offset
                            gain += _gain(
                                residual[n, s], weight[n, s], values, first, length, start, strides[s], area[n, g]
                            )
                        logs[k] = gain / temperature - _cost(k - drift_reach, 0.0, drift_scale, dof[g])
                    drift[n, g] = _pick(logs, 2 * drift_reach + 1, uniform[g, 2 + n]) - drift_reach
            for s in range(scales):
                first, length, offset = table[g, variant[g], s]
                _add(residual[n, s], values, first, length, position[g] + drift[n, g] + offset, -area[n, g])


@compiled
def species_columns(
    values: Float, table: Int, owner: Int, nuclei: Float, position: Int, variant: Int, columns: Float
) -> None:
    """Add the signals of each species, for an amount of 1, to ``columns`` (scales, species, cells).

    Parameters
    ----------
    owner, nuclei
        Species and number of nuclei of each signal (signals,).
    """
    for g in range(len(position)):
        for s in range(len(columns)):
            first, length, offset = table[g, variant[g], s]
            _add(columns[s, owner[g]], values, first, length, position[g] + offset, nuclei[g])


@compiled
def weighted_products(columns: Float, data: Float, weight: Float, strides: Int, gram: Float, right: Float) -> None:
    """Add the weighted products of the species' spectra with each other and with the data.

    Parameters
    ----------
    columns
        (scales, species, cells)
    data, weight
        (scales, cells)
    gram, right
        (species, species) and (species,); added to.
    """
    scales, species, cells = columns.shape
    for s in range(scales):
        for a in range(species):
            total = 0.0
            for i in range(0, cells, strides[s]):
                total += weight[s, i] * columns[s, a, i] * data[s, i]
            right[a] += total
            for b in range(a, species):
                total = 0.0
                for i in range(0, cells, strides[s]):
                    total += weight[s, i] * columns[s, a, i] * columns[s, b, i]
                gram[a, b] += total
                if a != b:
                    gram[b, a] += total

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
    position: Int,
    variant: Int,
) -> None:
    """Draw the position and the variant of each signal in turn, given all others; in place.

    Parameters
    ----------
    residual, weight
        Data less model, and weight of each cell (scales, cells).
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
        Area of each signal (signals,); one without area is drawn from its distribution.
    order, uniform
        Order of the signals, and two random numbers from 0 to 1 for each (signals, 2).
    position, variant
        Current position (cell of the shift) and variant of each signal; overwritten.
    """
    scales = len(strides)
    window = 2 * _NEAR + 1
    logs = np.empty(max(2 * reach.max() + 1, window * variants.max()))
    for g in order:
        low = int(np.round(centre[g])) - reach[g]
        count = 2 * reach[g] + 1
        v = variant[g]
        mate = centre[g]
        if partner[g] >= 0:
            mate = position[partner[g]] + gap[g]
        for s in range(scales):
            first, length, offset = table[g, v, s]
            _add(residual[s], values, first, length, position[g] + offset, area[g])
        for k in range(count):
            gain = 0.0
            if area[g] > 0.0:
                for s in range(scales):
                    first, length, offset = table[g, v, s]
                    start = low + k + offset
                    gain += _gain(residual[s], weight[s], values, first, length, start, strides[s], area[g])
            logs[k] = gain / temperature - _cost(low + k, centre[g], scale[g], dof[g])
            if partner[g] >= 0:
                logs[k] -= _cost(low + k, mate, gap_scale[g], dof[g])
        position[g] = low + _pick(logs, count, uniform[g, 0])
        if variants[g] > 1 and area[g] > 0.0:
            near = position[g] - _NEAR
            for w in range(variants[g]):
                for k in range(window):
                    gain = 0.0
                    for s in range(scales):
                        first, length, offset = table[g, w, s]
                        start = near + k + offset
                        gain += _gain(residual[s], weight[s], values, first, length, start, strides[s], area[g])
                    logs[w * window + k] = gain / temperature - _cost(near + k, centre[g], scale[g], dof[g])
                    if partner[g] >= 0:
                        logs[w * window + k] -= _cost(near + k, mate, gap_scale[g], dof[g])
            chosen = _pick(logs, variants[g] * window, uniform[g, 1])
            variant[g] = chosen // window
            position[g] = near + chosen % window
        for s in range(scales):
            first, length, offset = table[g, variant[g], s]
            _add(residual[s], values, first, length, position[g] + offset, -area[g])


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

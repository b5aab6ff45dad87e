"""Features of a trace that distinguish measured from simulated but do not identify the compound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kurtosis

from specmol_core.evaluation.measured.line_fit import (
    TraceLine,
    find_lines,
    noise_correlation,
    noise_level,
    rolling_baseline,
)
from specmol_core.spectra.axis import PpmAxis

__all__ = ["trace_features"]

_MIN_VALUE = 1e-7
"""Lower limit of values before a logarithm; no instrument resolves less, relative to the strongest
line."""
_TAIL_SAMPLES = (3, 8, 20, 60)
"""Distances from the top of a line at which its tails are measured (samples)."""
_STRONGEST_LINES = 6
_OCTAVES = 6
_LEVELS = (3e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)


def trace_features(trace: NDArray[np.floating], axis: PpmAxis, frequency_mhz: float) -> dict[str, float]:
    """Return the features of one trace by name, all finite.

    Parameters
    ----------
    trace
        Intensities (axis.points,) over the measured part of the window.
    frequency_mhz
        Larmor frequency of the nucleus (MHz).
    """
    values = np.asarray(trace, dtype=np.float64)
    values = values / max(float(values.max()), 1e-300)
    sigma = noise_level(values)
    lines = find_lines(values, axis, frequency_mhz, max(sigma, _MIN_VALUE))
    features = {
        **_noise(values, sigma),
        **_levels(values),
        **_baseline(values, axis, sigma),
        **_line_shapes(values, lines, sigma, axis.step * frequency_mhz),
        **_power(values),
    }
    return {name: value if np.isfinite(value) else 0.0 for name, value in features.items()}


def _log(value: float) -> float:
    return float(np.log10(max(value, _MIN_VALUE)))


def _noise(values: NDArray[np.float64], sigma: float) -> dict[str, float]:
    half = len(values) // 2
    length = max(len(values) // 64, 8)
    blocks = values[: len(values) // length * length].reshape(-1, length)
    block_deviations = np.sort(blocks.std(1))
    quiet = blocks[np.argsort(blocks.std(1))[: max(len(blocks) // 4, 1)]]
    centred = quiet - np.median(quiet, 1, keepdims=True)
    scale = np.maximum(centred.std(1, keepdims=True), 1e-300)
    return {
        "noise (log)": _log(sigma),
        "noise, correlation of neighbours": noise_correlation(values),
        "noise, kurtosis": float(kurtosis((centred / scale).ravel())),
        "noise, skew": float(((centred / scale) ** 3).mean()),
        "noise, left over right (log)": _log(noise_level(values[:half])) - _log(noise_level(values[half:])),
        "noise, median block over quietest (log)": _log(float(np.median(block_deviations)))
        - _log(float(block_deviations[0])),
    }


def _levels(values: NDArray[np.float64]) -> dict[str, float]:
    features = {f"share of samples above {level:g}": float((values > level).mean()) for level in _LEVELS}
    features["lowest sample (log)"] = _log(-float(values.min()))
    features["share of negative samples"] = float((values < 0).mean())
    for part in (0.1, 0.5, 0.9):
        features[f"quantile {part:g} (log of magnitude)"] = _log(float(np.quantile(np.abs(values), part)))
    return features


def _baseline(values: NDArray[np.float64], axis: PpmAxis, sigma: float) -> dict[str, float]:
    roll, length = rolling_baseline(values, axis, max(sigma, _MIN_VALUE), 30 * axis.step)
    level = float(np.median(values))
    return {
        "baseline roll over noise (log)": _log(roll) - _log(sigma) if np.isfinite(roll) else 0.0,
        "baseline length over window (log)": _log(length / axis.span) if np.isfinite(length) else 0.0,
        "median level over noise": float(np.clip(level / max(sigma, _MIN_VALUE), -20, 20)),
    }


def _line_shapes(values: NDArray[np.float64], lines: list[TraceLine], sigma: float, hz: float) -> dict[str, float]:
    heights = np.array([line.height for line in lines])
    features = {
        f"lines above {level:g} (log)": _log(float((heights > level).sum()) + 1) for level in (0.003, 0.03, 0.3)
    }
    strong = sorted(lines, key=lambda line: -line.height)[:_STRONGEST_LINES]
    widths = np.array([line.width_hz / hz for line in lines if line.is_resolved and line.height > 0.01])
    widths = widths if len(widths) else np.array([1.0])
    for part in (0.1, 0.5, 0.9):
        features[f"line width, quantile {part:g} (log samples)"] = _log(float(np.quantile(widths, part)))
    for distance in _TAIL_SAMPLES:
        sides = [
            (values[line.index - distance] / line.height, values[line.index + distance] / line.height)
            for line in strong
            if distance <= line.index < len(values) - distance
        ]
        tails = np.array(sides).reshape(-1, 2)
        lower = tails.min(1) if len(tails) else np.zeros(1)
        features[f"tail at {distance} samples (log)"] = _log(float(np.median(lower)))
        total = np.abs(tails).sum(1) + 1e-300
        asymmetry = np.abs(tails[:, 0] - tails[:, 1]) / total if len(tails) else np.zeros(1)
        features[f"asymmetry at {distance} samples"] = float(asymmetry.min())
    features["second strongest line over strongest (log)"] = (
        _log(float(np.sort(heights)[-2])) if len(heights) > 1 else 0.0
    )
    features["median line over strongest (log)"] = _log(float(np.median(heights))) if len(heights) else 0.0
    features["lines over those above ten times the noise (log)"] = _log(float((heights > 10 * sigma).sum()) + 1)
    return features


def _power(values: NDArray[np.float64]) -> dict[str, float]:
    """Return the fraction of the Fourier power in each octave, starting with the finest detail."""
    power = np.abs(np.fft.rfft(np.sqrt(np.abs(values)))) ** 2
    power = power[1:] / max(float(power[1:].sum()), 1e-300)
    edges = [len(power) >> k for k in range(_OCTAVES + 1)]
    return {f"detail, octave {k} (log)": _log(float(power[edges[k + 1] : edges[k]].sum())) for k in range(_OCTAVES)}

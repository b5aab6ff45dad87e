"""Read and analyse spectra in plain numpy and Python, with the results of the compiled code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from support.slow_first_order import best_structure

from specmol_core.spectra.analysis import first_order, lorentzian_fit, noise, picking
from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.readers.instruments import phasing
from specmol_core.spectra.readers.instruments.phasing import Phase
from specmol_core.spectra.readers.jcamp import asdf, records
from specmol_core.spectra.readers.jcamp.tokens import Tokens, plain_tokens

__all__ = ["plain_code"]

_RECORD = re.compile(rb"^[ \t]*##", re.MULTILINE)


@contextmanager
def plain_code() -> Iterator[None]:
    """Within this context, reading and analysis use the plain code."""
    with ExitStack() as stack:
        for module, name, plain in (
            (picking, "fit_lorentzians", _fit_lorentzians),
            (lorentzian_fit, "_half_widths", _half_widths),
            (first_order, "_best_structure", best_structure),
            (noise, "_medians", lambda rows: np.median(rows, axis=1)),
            (picking, "noise_of", lambda trace: estimate_noise_floor(trace).noise),
            (picking, "gaussian", lambda trace, deviation, order=0: gaussian_filter1d(trace, deviation, order=order)),
            (phasing, "_minimise_negative_tails", _minimise_negative_tails),
            (phasing, "_minimise_entropy", _minimise_entropy),
            (asdf, "tokenise", _tokenise),
            (records, "_record_starts", lambda content: [match.span() for match in _RECORD.finditer(content)]),
        ):
            stack.enter_context(patch.object(module, name, plain))
        yield


def _tokenise(chunk: bytes, first_line: int) -> Tokens:
    return plain_tokens(np.frombuffer(chunk, np.uint8), first_line)


def _minimise_negative_tails(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase, signed: bool) -> Phase:
    positions = np.arange(len(spectrum)) / len(spectrum) - 0.5
    parts = [(spectrum[line], positions[line]) for line in lines]

    def mean_negative_share(angles: NDArray[np.float64]) -> float:
        total = 0.0
        for part, position in parts:
            real = (part * np.exp(-1j * (angles[0] + angles[1] * position))).real
            if signed and real.sum() < 0:
                real = -real
            total += _negative_share(real - (real[:3].mean() + real[-3:].mean()) / 2)
        return total / len(parts)

    return phasing._minimise_phase(mean_negative_share, guess, (0.15, 0.3))


def _minimise_entropy(spectrum: NDArray[np.complex128], lines: list[slice], guess: Phase) -> Phase:
    in_region = np.zeros(len(spectrum), dtype=bool)
    for line in lines:
        margin = line.stop - line.start
        in_region[max(0, line.start - margin) : line.stop + margin] = True
    band, position = spectrum[in_region], (np.arange(len(spectrum)) / len(spectrum) - 0.5)[in_region]

    def entropy_cost(angles: NDArray[np.float64]) -> float:
        real = (band * np.exp(-1j * (angles[0] + angles[1] * position))).real
        slope = np.abs(np.diff(real))
        share = slope / max(float(slope.sum()), 1e-300)
        entropy = float(-(share * np.log(share + 1e-15)).sum())
        return entropy + phasing._NEGATIVE_PENALTY * _negative_share(real)

    return phasing._minimise_phase(entropy_cost, guess, (0.1, 0.3))


def _negative_share(real: NDArray[np.float64]) -> float:
    return float((np.minimum(real, 0.0) ** 2).sum() / max((real**2).sum(), 1e-300))


def _half_widths(trace: NDArray[np.float64], tops: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.array([_half_width(trace, int(top)) for top in tops])


def _half_width(trace: NDArray[np.float64], top: int) -> float:
    half = 0.5 * trace[top]
    sides = []
    for step in (-1, 1):
        at = top
        while 0 < at < len(trace) - 1 and trace[at] > half:
            at += step
        drop = trace[at - step] - trace[at]
        sides.append(abs(at - top) - (half - trace[at]) / drop if drop > 0 else abs(at - top))
    return max(2.0 * min(sides), 1.0)


def _fit_lorentzians(
    trace: NDArray[np.float64], tops: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    fits = np.array([_fit(trace, int(top)) for top in tops]).reshape(-1, 3)
    return fits[:, 0], fits[:, 1], fits[:, 2]


def _fit(trace: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    left = right = top
    min_height, max_points = lorentzian_fit._FIT_LEVEL * trace[top], lorentzian_fit._MAX_FIT_POINTS
    while left > 0 and top - left < max_points and min_height < trace[left - 1] <= trace[left]:
        left -= 1
    while right < len(trace) - 1 and right - top < max_points and min_height < trace[right + 1] <= trace[right]:
        right += 1
    left, right = max(min(left, top - 1), 0), min(max(right, top + 1), len(trace) - 1)
    height = trace[left : right + 1] / trace[top]
    x = np.arange(left, right + 1) - top
    good = height > 0.05
    if good.sum() >= 3:
        weight = height[good] ** 2
        terms = np.stack([np.ones(good.sum()), x[good], x[good] ** 2], axis=1) * weight[:, None]
        a, b, c = np.linalg.lstsq(terms, weight / height[good], rcond=None)[0]
        if c > 0:
            shift, lowest = -b / (2 * c), a - b * b / (4 * c)
            if abs(shift) <= 1.0 and 0.5 < lowest < 2.0:
                return top + shift, trace[top] / lowest, 2.0 * float(np.sqrt(lowest / c))
    before, after = trace[top - 1] / trace[top], trace[top + 1] / trace[top]
    curvature = before - 2.0 + after
    shift = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return top + float(np.clip(shift, -0.5, 0.5)), float(trace[top]), _half_width(trace, top)

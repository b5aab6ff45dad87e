"""Signals of a series that rise and fall together and belong to none of the species."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["UnknownCompound", "unknown_compounds"]

Float = NDArray[np.float64]

_TOLERANCE_PPM = {"1H": 0.02, "13C": 0.25}
"""Distance within which signals of several spectra are one signal."""
_MIN_SPECTRA = 3
_MIN_CORRELATION = 0.9
_MIN_AREA = 0.003
"""Smallest largest area of a signal, as a share of the spectrum."""


@dataclass(frozen=True)
class UnknownCompound:
    """Signals that have one course over time."""

    ppm: tuple[float, ...]
    """Shifts, high to low."""
    areas: tuple[float, ...]
    """Area of each signal, in those of the smallest."""
    course: tuple[float, ...]
    """Sum of the areas in each spectrum (spectra,), as a share of the spectrum."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def unknown_compounds(spectra: Sequence[Sequence[tuple[float, float]]], nucleus: str) -> list[UnknownCompound]:
    """Return the unknown compounds of a series, the largest first.

    Signals within 0.02 ppm (1H) or 0.25 ppm (13C) are one signal. A signal counts if it is in at least
    three spectra. Signals whose areas over time have a correlation of at least 0.9 are one compound.

    Parameters
    ----------
    spectra
        Shift (ppm) and area, as a share of the spectrum, of each unexplained signal of each spectrum.
    """
    shifts, courses = _tracks(spectra, _TOLERANCE_PPM[nucleus])
    keep = [
        i for i in range(len(shifts)) if np.count_nonzero(courses[i]) >= _MIN_SPECTRA and courses[i].max() >= _MIN_AREA
    ]
    # The largest signal has the surest course, so it leads each group.
    keep.sort(key=lambda i: -float(courses[i].sum()))
    groups: list[list[int]] = []
    for i in keep:
        leader = next((g for g in groups if _correlation(courses[g[0]], courses[i]) >= _MIN_CORRELATION), None)
        if leader is None:
            groups.append([i])
        else:
            leader.append(i)
    found = []
    for members in groups:
        members.sort(key=lambda i: -shifts[i])
        totals = np.array([courses[i].sum() for i in members])
        course = np.sum([courses[i] for i in members], axis=0)
        found.append(
            UnknownCompound(
                tuple(float(shifts[i]) for i in members),
                tuple((totals / totals.min()).tolist()),
                tuple(course.tolist()),
            )
        )
    return sorted(found, key=lambda unknown: -sum(unknown.course))


def _tracks(spectra: Sequence[Sequence[tuple[float, float]]], tolerance: float) -> tuple[Float, list[Float]]:
    """Return the mean shift of each signal, and its area in each spectrum (spectra,)."""
    rows = sorted((ppm, number, area) for number, signals in enumerate(spectra) for ppm, area in signals)
    clusters: list[list[tuple[float, int, float]]] = []
    for row in rows:
        if clusters and row[0] - np.mean([ppm for ppm, *_ in clusters[-1]]) <= tolerance:
            clusters[-1].append(row)
        else:
            clusters.append([row])
    courses = []
    for cluster in clusters:
        course = np.zeros(len(spectra))
        for _, number, area in cluster:
            course[number] += area
        courses.append(course)
    return np.array([np.mean([ppm for ppm, *_ in cluster]) for cluster in clusters]), courses


def _correlation(a: Float, b: Float) -> float:
    """Return the cosine of two courses about their means; 1 if both are constant."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norm == 0.0:
        return 1.0 if not a.any() and not b.any() else 0.0
    return float(a @ b) / norm

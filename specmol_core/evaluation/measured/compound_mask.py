"""Separate the compound's lines of a measured trace from others, and measure their heights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy.optimize import linear_sum_assignment

from specmol_core.evaluation.measured.line_fit import LineShapeFit, TraceLine
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = [
    "CLEAR_DISTANCE_PPM",
    "SIGNED_THRESHOLD",
    "MeasuredTrace",
    "TraceMeasures",
    "carbon_classes",
    "is_far",
    "measure_carbon_heights",
    "measure_exchangeable_lines",
    "measure_unexplained_lines",
]

TraceMeasures = dict[str, list[float]]
"""Measured values by quantity; the name of the quantity includes the unit."""

SIGNED_THRESHOLD = -0.1
"""Below this ratio of lowest to highest sample, a spectrum has negative lines (DEPT, APT) or a
wrong phase."""
CLEAR_DISTANCE_PPM = {"1H": 0.25, "13C": 1.5}
"""Distance (ppm) from every predicted shift above which a line is not the compound's."""
_MAX_ASSIGNMENT_PPM = 6.0
"""Maximum distance (ppm) of a 13C line from its predicted shift."""
_HEIGHT_PENALTY_PPM = 4.0
"""Cost of assigning a line of a tenth or ten times the typical height (ppm)."""


@dataclass(frozen=True)
class MeasuredTrace:
    """One measured spectrum with its noise level and lines."""

    spectrum: Spectrum
    values: NDArray[np.float64]
    """Intensities (points,), relative to the strongest line of the compound."""
    sigma: float
    """Standard deviation of the noise, in the unit of ``values``."""
    lines: list[TraceLine]
    fits: list[LineShapeFit]
    """Shapes of the strong isolated lines that a pseudo-Voigt function fits."""


def is_far(ppm: float, predicted: NDArray[np.float64], distance: float) -> bool:
    """Return whether ``ppm`` is farther than ``distance`` (ppm) from every predicted shift.

    Examples
    --------
    >>> is_far(7.26, np.array([1.2, 4.1]), 0.25)
    True
    """
    return bool((np.abs(predicted - ppm) > distance).all())


def measure_unexplained_lines(
    trace: MeasuredTrace,
    predicted: NDArray[np.float64],
    foreign_ranges: Sequence[tuple[float, float]],
    measures: TraceMeasures,
) -> None:
    """Add the number and heights of lines of neither compound, solvent, water nor reference."""
    clear_distance = 4 * CLEAR_DISTANCE_PPM[trace.spectrum.nucleus]
    heights = [
        line.height
        for line in trace.lines
        if line.height > max(10 * trace.sigma, 0.002)
        and is_far(line.ppm, predicted, clear_distance)
        and not any(low - clear_distance / 8 <= line.ppm <= high + clear_distance / 8 for low, high in foreign_ranges)
    ]
    measures["unexplained lines above 0.002"].append(float(len(heights)))
    measures["unexplained height"].extend(heights)


def carbon_classes(mol: Chem.Mol, shifts: AtomShifts) -> list[list[int]]:
    """Return the carbons that have a shift, grouped by equivalence in the graph."""
    groups: dict[int, list[int]] = defaultdict(list)
    for atom, rank in enumerate(Chem.CanonicalRankAtoms(mol, breakTies=False)):
        if atom in shifts.c13:
            groups[rank].append(atom)
    return list(groups.values())


def measure_carbon_heights(
    trace: MeasuredTrace,
    mol: Chem.Mol,
    shifts: AtomShifts,
    foreign_ranges: Sequence[tuple[float, float]],
    measures: TraceMeasures,
) -> None:
    """Add the line height per carbon by kind of carbon, over the median of those with hydrogen."""
    if trace.values.min() < SIGNED_THRESHOLD:
        return
    classes = carbon_classes(mol, shifts)
    candidate_lines = [x for x in trace.lines if not any(low <= x.ppm <= high for low, high in foreign_ranges)]
    candidate_lines = sorted(candidate_lines, key=lambda x: -x.height)[: 2 * len(classes)]
    if not candidate_lines or not classes:
        return
    class_ppm = np.array([np.mean([shifts.c13[a] for a in atoms]) for atoms in classes])
    distance = np.abs(class_ppm[:, None] - np.array([x.ppm for x in candidate_lines]))
    # Lines of typical height are preferred: a tenth of the height costs _HEIGHT_PENALTY_PPM.
    height = np.array([x.height for x in candidate_lines])
    typical_height = float(np.median(height[: len(classes)]))
    height_penalty = _HEIGHT_PENALTY_PPM * np.abs(np.log10(height / typical_height))
    rows, columns = linear_sum_assignment(np.minimum(distance, 2 * _MAX_ASSIGNMENT_PPM) + height_penalty)
    assigned_lines = {
        int(r): candidate_lines[int(c)]
        for r, c in zip(rows, columns, strict=True)
        if distance[r, c] <= _MAX_ASSIGNMENT_PPM
    }
    hydrogens = {r: mol.GetAtomWithIdx(classes[r][0]).GetTotalNumHs() for r in assigned_lines}
    measures["carbon lines found over expected"].append(len(assigned_lines) / len(classes))
    heights = {r: line.height / len(classes[r]) for r, line in assigned_lines.items()}
    reference = [heights[r] for r in assigned_lines if hydrogens[r] > 0]
    if len(reference) < 2:
        return
    median_height = float(np.median(reference))
    for r in assigned_lines:
        kind = CARBON_KINDS[min(hydrogens[r], 3)]
        measures[f"height of {kind} over the median with hydrogen, per carbon"].append(heights[r] / median_height)


def measure_exchangeable_lines(
    trace: MeasuredTrace,
    mol: Chem.Mol,
    predicted: NDArray[np.float64],
    foreign_ranges: Sequence[tuple[float, float]],
    measures: TraceMeasures,
) -> None:
    """Add measures of lines far from all predicted shifts, if N, O, P or S carry protons."""
    expected = sum(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() in (7, 8, 15, 16))
    solvent = solvent_named(trace.spectrum.solvent or "")
    if not expected or (solvent is not None and solvent.deuterium_exchange):
        return
    exchangeable_lines = [
        line
        for line in trace.lines
        if line.is_resolved
        and line.height > 10 * trace.sigma
        and line.width_hz > 2.0
        and is_far(line.ppm, predicted, 0.4)
        and not any(low - 0.05 <= line.ppm <= high + 0.05 for low, high in foreign_ranges)
    ]
    groups = len(
        {
            r
            for a, r in enumerate(Chem.CanonicalRankAtoms(mol, breakTies=False))
            if mol.GetAtomWithIdx(a).GetAtomicNum() in (7, 8, 15, 16) and mol.GetAtomWithIdx(a).GetTotalNumHs()
        }
    )
    measures["exchangeable signals seen over expected"].append(min(len(exchangeable_lines) / groups, 1.0))
    broadest = sorted(exchangeable_lines, key=lambda x: -x.width_hz)[:groups]
    measures["exchangeable width (Hz)"].extend(x.width_hz for x in broadest)
    measures["exchangeable height"].extend(x.height for x in broadest)
    measures["exchangeable shift (ppm)"].extend(x.ppm for x in broadest)

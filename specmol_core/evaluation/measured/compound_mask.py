"""Which lines of a measured trace are the compound's, and what they say of their carbons and protons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy.optimize import linear_sum_assignment

from specmol_core.evaluation.measured.line_fit import Line, LineFit
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = [
    "CLEAR",
    "SIGNED",
    "MeasuredTrace",
    "Measures",
    "carbon_classes",
    "carbon_heights",
    "exchangeable",
    "is_far",
    "unexplained",
]

Measures = dict[str, list[float]]
"""Values by the name of the quantity; the unit is in the name."""

SIGNED = -0.1
"""Lowest sample over the highest of a spectrum whose negative lines are meant (DEPT, APT) or are badly phased."""
CLEAR = {"1H": 0.25, "13C": 1.5}
"""Distance (ppm) to a predicted shift that makes a line certainly not the compound's."""
_ASSIGNED = 6.0
"""Largest distance (ppm) of a 13C line from its prediction."""
_RARE = 4.0
"""What a tenth or ten times the usual height counts for in the assignment of a line (ppm)."""


@dataclass(frozen=True)
class MeasuredTrace:
    """One measured spectrum with what was found of its noise and lines."""

    spectrum: Spectrum
    values: NDArray[np.float64]
    """Relative to the strongest line of the compound."""
    sigma: float
    """Standard deviation of the noise, in the unit of ``values``."""
    lines: list[Line]
    fits: list[LineFit]
    """Shapes of the strong isolated lines that a pseudo-Voigt line explains."""


def is_far(ppm: float, predicted: NDArray[np.float64], distance: float) -> bool:
    """Whether a line stands farther than ``distance`` (ppm) from every predicted shift."""
    return bool((np.abs(predicted - ppm) > distance).all())


def unexplained(
    trace: MeasuredTrace, predicted: NDArray[np.float64], known: Sequence[tuple[float, float]], found: Measures
) -> None:
    """Lines that neither the compound nor solvent, water or reference explain."""
    reach = 4 * CLEAR[trace.spectrum.nucleus]
    heights = [
        line.height
        for line in trace.lines
        if line.height > max(10 * trace.sigma, 0.002)
        and is_far(line.ppm, predicted, reach)
        and not any(low - reach / 8 <= line.ppm <= high + reach / 8 for low, high in known)
    ]
    found["unexplained lines above 0.002"].append(float(len(heights)))
    found["unexplained height"].extend(heights)


def carbon_classes(mol: Chem.Mol, shifts: AtomShifts) -> list[list[int]]:
    """Carbons that have a shift, those together that are equivalent by the graph."""
    groups: dict[int, list[int]] = defaultdict(list)
    for atom, rank in enumerate(Chem.CanonicalRankAtoms(mol, breakTies=False)):
        if atom in shifts.c13:
            groups[rank].append(atom)
    return list(groups.values())


def carbon_heights(
    trace: MeasuredTrace, mol: Chem.Mol, shifts: AtomShifts, known: Sequence[tuple[float, float]], found: Measures
) -> None:
    """Height and area of each kind of carbon over the median of those with hydrogen, per carbon of the line."""
    if trace.values.min() < SIGNED:
        return
    classes = carbon_classes(mol, shifts)
    own = [x for x in trace.lines if not any(low <= x.ppm <= high for low, high in known)]
    own = sorted(own, key=lambda x: -x.height)[: 2 * len(classes)]
    if not own or not classes:
        return
    at = np.array([np.mean([shifts.c13[a] for a in atoms]) for atoms in classes])
    distance = np.abs(at[:, None] - np.array([x.ppm for x in own]))
    # A line of usual height is the likelier one: a tenth of the height counts as _RARE ppm.
    height = np.array([x.height for x in own])
    usual = float(np.median(height[: len(classes)]))
    unusual = _RARE * np.abs(np.log10(height / usual))
    rows, columns = linear_sum_assignment(np.minimum(distance, 2 * _ASSIGNED) + unusual)
    taken = {int(r): own[int(c)] for r, c in zip(rows, columns, strict=True) if distance[r, c] <= _ASSIGNED}
    hydrogens = {r: mol.GetAtomWithIdx(classes[r][0]).GetTotalNumHs() for r in taken}
    found["carbon lines found over expected"].append(len(taken) / len(classes))
    heights = {r: line.height / len(classes[r]) for r, line in taken.items()}
    reference = [heights[r] for r in taken if hydrogens[r] > 0]
    if len(reference) < 2:
        return
    middle = float(np.median(reference))
    for r in taken:
        kind = CARBON_KINDS[min(hydrogens[r], 3)]
        found[f"height of {kind} over the median with hydrogen, per carbon"].append(heights[r] / middle)


def exchangeable(
    trace: MeasuredTrace,
    mol: Chem.Mol,
    predicted: NDArray[np.float64],
    known: Sequence[tuple[float, float]],
    found: Measures,
) -> None:
    """Lines far from every predicted proton on carbon, in molecules with protons on N or O."""
    expected = sum(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() in (7, 8, 15, 16))
    solvent = solvent_named(trace.spectrum.solvent or "")
    if not expected or (solvent is not None and solvent.deuterium_exchange):
        return
    seen = [
        line
        for line in trace.lines
        if line.resolved
        and line.height > 10 * trace.sigma
        and line.width_hz > 2.0
        and is_far(line.ppm, predicted, 0.4)
        and not any(low - 0.05 <= line.ppm <= high + 0.05 for low, high in known)
    ]
    groups = len(
        {
            r
            for a, r in enumerate(Chem.CanonicalRankAtoms(mol, breakTies=False))
            if mol.GetAtomWithIdx(a).GetAtomicNum() in (7, 8, 15, 16) and mol.GetAtomWithIdx(a).GetTotalNumHs()
        }
    )
    found["exchangeable signals seen over expected"].append(min(len(seen) / groups, 1.0))
    broadest = sorted(seen, key=lambda x: -x.width_hz)[:groups]
    found["exchangeable width (Hz)"].extend(x.width_hz for x in broadest)
    found["exchangeable height"].extend(x.height for x in broadest)
    found["exchangeable shift (ppm)"].extend(x.ppm for x in broadest)

"""Recall of 13C lines: match the expected lines of a structure with picked lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from scipy.optimize import linear_sum_assignment
from scipy.stats import t as student_t

from specmol_core.evaluation.measured.compound_mask import carbon_classes
from specmol_core.shifts.atoms import AtomShifts

__all__ = ["COVERAGE", "MIN_TOLERANCE_PPM", "ExpectedLine", "LineMatches", "expected_carbon_lines", "match_lines"]

MIN_TOLERANCE_PPM = 0.3
"""Minimum tolerance of a line around its predicted shift (ppm)."""
COVERAGE = 0.99
"""A line may lie within the central interval of this probability of the prediction's Student-t."""
_HALF_COUPLING_HZ = {("F", 1): 145.0, ("F", 2): 22.0, ("F", 3): 12.0, ("P", 1): 75.0, ("P", 2): 15.0, ("P", 3): 10.0}
"""Half of the largest usual coupling (Hz) to an element by number of bonds. Lines of the multiplet
are that far from the shift."""
_HALF_CH_HZ = 85.0
"""Half of the largest usual coupling (Hz) to each proton on the carbon, in spectra without
decoupling."""


@dataclass(frozen=True)
class ExpectedLine:
    """The expected position of a line."""

    ppm: float
    tolerance_ppm: float
    """Maximum distance from ``ppm`` (ppm)."""
    is_required: bool
    """Whether the line must be present: one line of each class of equivalent carbons."""


@dataclass(frozen=True)
class LineMatches:
    """Result of matching expected with picked lines."""

    expected: int
    """Number of required lines."""
    found: int
    """Number of required lines with a matching picked line."""
    picked: int
    """Number of picked lines."""
    spurious: tuple[float, ...]
    """Shifts of picked lines without a matching expected line (ppm)."""
    missing: tuple[float, ...]
    """Predicted shifts of required lines without a matching picked line (ppm)."""
    differences: tuple[float, ...] = ()
    """Distance of each found line from its predicted shift (ppm)."""


def expected_carbon_lines(
    mol: Chem.Mol, shifts: AtomShifts, frequency_mhz: float, *, decoupled: bool = True
) -> list[ExpectedLine]:
    """Return the expected 13C lines of a structure.

    Each class of topologically equivalent carbons has one required line. Its other carbons may have
    their own lines, because topological equivalence (the methyls of an isopropyl group beside a
    stereocentre) does not imply chemical equivalence. Couplings to fluorine and phosphorus, and to
    protons if the spectrum is not decoupled, add optional lines.
    """
    width = float(student_t.ppf(0.5 + COVERAGE / 2, shifts.dof_c13))
    lines = []
    for atoms in carbon_classes(mol, shifts):
        ppm = float(np.mean([shifts.c13[a] for a in atoms]))
        uncertainty = max((shifts.c13_uncertainty.get(a, 0.0) for a in atoms), default=0.0)
        half, extra = _heteronuclear_splitting(mol, atoms[0])
        if not decoupled:
            protons = mol.GetAtomWithIdx(atoms[0]).GetTotalNumHs()
            half, extra = half + _HALF_CH_HZ * protons, extra + protons
        tolerance = max(MIN_TOLERANCE_PPM, width * uncertainty) + half / frequency_mhz
        lines.append(ExpectedLine(ppm, tolerance, True))
        lines += [ExpectedLine(ppm, tolerance, False)] * (len(atoms) * (1 + extra) - 1)
    return lines


def _heteronuclear_splitting(mol: Chem.Mol, atom: int) -> tuple[float, int]:
    """Return the maximum displacement by couplings to F and P (Hz), and the additional lines."""
    distances = Chem.GetDistanceMatrix(mol)[atom]
    half, extra = 0.0, 0
    for other in mol.GetAtoms():
        coupling = _HALF_COUPLING_HZ.get((other.GetSymbol(), round(float(distances[other.GetIdx()]))))
        if coupling:
            half, extra = half + coupling, 2 * extra + 1
    return half, extra


def match_lines(lines: Sequence[ExpectedLine], picked: Sequence[float]) -> LineMatches:
    """Match picked shifts (ppm) one to one with expected lines.

    The matching has the most required lines, then the most lines in all, then the smallest
    distances (optimal assignment by ``scipy.optimize.linear_sum_assignment``).

    Examples
    --------
    >>> expected = [ExpectedLine(20.0, 0.3, True), ExpectedLine(60.0, 0.3, True)]
    >>> matches = match_lines(expected, [20.1, 77.0])
    >>> matches.found, matches.missing, matches.spurious
    (1, (60.0,), (77.0,))
    """
    required = [line for line in lines if line.is_required]
    if not picked or not lines:
        return LineMatches(len(required), 0, len(picked), tuple(picked), tuple(p.ppm for p in required))
    positions_ppm, tolerance = (np.array([getattr(line, name) for line in lines]) for name in ("ppm", "tolerance_ppm"))
    share = np.abs(np.array(picked)[:, None] - positions_ppm) / tolerance
    gain = np.where(np.array([line.is_required for line in lines]), 1e6, 1e3) - share
    rows, columns = linear_sum_assignment(np.where(share <= 1.0, gain, 0.0), maximize=True)
    is_match = share[rows, columns] <= 1.0
    used = set(rows[is_match].tolist())
    matched = {int(c) for c in columns[is_match]}
    missing = tuple(p.ppm for i, p in enumerate(lines) if p.is_required and i not in matched)
    spurious = tuple(float(p) for i, p in enumerate(picked) if i not in used)
    pairs = [(r, c) for r, c in zip(rows[is_match], columns[is_match], strict=True) if lines[c].is_required]
    distances_ppm = tuple(float(abs(picked[r] - lines[c].ppm)) for r, c in pairs)
    return LineMatches(len(required), len(pairs), len(picked), spurious, missing, distances_ppm)

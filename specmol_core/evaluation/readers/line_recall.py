"""Which 13C lines a structure must show, and how many of them a picked list holds."""

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
"""Distance at which a line is that of a predicted shift in any case (ppm)."""
COVERAGE = 0.99
"""Probability of the central interval of the prediction's own Student-t within which a line is that of the shift."""
_HALF_COUPLING_HZ = {("F", 1): 145.0, ("F", 2): 22.0, ("F", 3): 12.0, ("P", 1): 75.0, ("P", 2): 15.0, ("P", 3): 10.0}
"""Half the largest usual coupling to a nucleus so many bonds away: its lines stand that far from the shift."""
_HALF_CH_HZ = 85.0
"""The same for each proton on a carbon, where a spectrum is not decoupled from them."""


@dataclass(frozen=True)
class ExpectedLine:
    """Where a line may stand."""

    ppm: float
    tolerance_ppm: float
    """How far from there it may be (ppm)."""
    is_required: bool
    """Whether it must be there: one line of each class of equivalent carbons."""


@dataclass(frozen=True)
class LineMatches:
    """How expected and picked lines met."""

    expected: int
    found: int
    """Required lines that have a picked one."""
    picked: int
    spurious: tuple[float, ...]
    """Shifts of picked lines that belong to no place (ppm)."""
    missing: tuple[float, ...]
    """Predicted shifts of required lines that no picked one belongs to (ppm)."""
    differences: tuple[float, ...] = ()
    """Distance of each line that was found from its predicted shift (ppm)."""


def expected_carbon_lines(
    mol: Chem.Mol, shifts: AtomShifts, frequency_mhz: float, *, decoupled: bool = True
) -> list[ExpectedLine]:
    """The places of a structure's 13C lines.

    Each class of topologically equivalent carbons must show one line. Its further carbons may show one of their own,
    since equivalent by the graph (the methyls of an isopropyl group beside a stereocentre) is not equivalent in
    space. A carbon coupled to fluorine or phosphorus, or in a spectrum that is not decoupled to its protons, may
    show the lines of a multiplet.
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
    """Half the largest coupling to F or P (Hz), and further lines that such couplings give."""
    distances = Chem.GetDistanceMatrix(mol)[atom]
    half, extra = 0.0, 0
    for other in mol.GetAtoms():
        coupling = _HALF_COUPLING_HZ.get((other.GetSymbol(), round(float(distances[other.GetIdx()]))))
        if coupling:
            half, extra = half + coupling, 2 * extra + 1
    return half, extra


def match_lines(lines: Sequence[ExpectedLine], picked: Sequence[float]) -> LineMatches:
    """Match picked lines to places one to one, so that the most required places have a line.

    Among matchings with as many required lines the one with the most lines in all is taken, and among these the
    closest (optimal assignment, scipy's linear_sum_assignment).
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

"""The usual impurities of samples, with their lines as they are measured.

Shifts: Fulmer et al., Organometallics 29 (2010) 2176.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specmol_core.simulation.solvents import Line, Multiplet

__all__ = ["IMPURITIES", "Impurity"]

_NAMES = ("CDCl3", "acetone-d6", "DMSO-d6", "C6D6", "CD3CN", "CD3OD", "D2O")
"""Columns of the tables below. What is not listed there is taken from CDCl3."""
_TRIPLET, _QUARTET, _SEPTET, _DOUBLET = Multiplet(2, 7.1), Multiplet(3, 7.1), Multiplet(6, 6.2), Multiplet(1, 6.2)


@dataclass(frozen=True)
class Impurity:
    """A compound that is often found in samples: its lines in CDCl3, and its shifts in each solvent."""

    name: str
    weight: float
    """How often it is met, relative to the others."""
    h1: tuple[Line, ...]
    c13: tuple[Line, ...]
    h1_ppm: tuple[tuple[float, ...], ...]
    """Shifts of each 1H signal in the solvents of the table, in its order."""
    c13_ppm: tuple[tuple[float, ...], ...]

    def lines(self, nucleus: str, solvent: str) -> list[tuple[Line, float]]:
        """Signals of a nucleus and their shifts in a solvent (ppm)."""
        signals, shifts = (self.h1, self.h1_ppm) if nucleus == "1H" else (self.c13, self.c13_ppm)
        column = _NAMES.index(solvent) if solvent in _NAMES else 0
        return [(line, row[column] if column < len(row) else row[0]) for line, row in zip(signals, shifts, strict=True)]


_Signal = tuple[float, Multiplet, tuple[float, ...]]
_Carbon = tuple[float, int, tuple[float, ...]]


def _impurity(name: str, weight: float, h1: Sequence[_Signal], c13: Sequence[_Carbon]) -> Impurity:
    """From (protons, pattern, shifts) and (carbons, hydrogens on each, shifts)."""
    return Impurity(
        name,
        weight,
        tuple(Line(shifts[0], n, pattern) for n, pattern, shifts in h1),
        tuple(Line(shifts[0], n, hydrogens=hydrogens) for n, hydrogens, shifts in c13),
        tuple(shifts for *_, shifts in h1),
        tuple(shifts for *_, shifts in c13),
    )


_S = Multiplet()
IMPURITIES = (
    _impurity(
        "ethyl acetate", 3,
        [(3, _S, (2.05, 1.97, 1.99, 1.65, 1.97, 2.01, 2.07)),
         (2, _QUARTET, (4.12, 4.05, 4.03, 3.89, 4.06, 4.09, 4.14)),
         (3, _TRIPLET, (1.26, 1.20, 1.17, 0.92, 1.20, 1.24, 1.24))],
        [(1, 3, (21.04, 20.83, 20.68, 20.56, 21.16, 20.88, 21.15)),
         (0.3, 0, (171.36, 170.96, 170.31, 170.44, 171.68, 172.89, 175.26)),
         (1, 2, (60.49, 60.56, 59.74, 60.21, 60.98, 61.50, 62.32)),
         (1, 3, (14.19, 14.50, 14.40, 14.19, 14.54, 14.49, 13.92))],
    ),
    _impurity(
        "acetone", 3,
        [(6, _S, (2.17, 2.09, 2.09, 1.55, 2.08, 2.15, 2.22))],
        [(2, 3, (30.92, 30.60, 30.56, 30.14, 30.91, 30.67, 30.89)),
         (0.3, 0, (207.07, 205.87, 206.31, 204.43, 207.43, 209.67, 215.94))],
    ),
    _impurity(
        "dichloromethane", 3,
        [(2, _S, (5.30, 5.63, 5.76, 4.27, 5.44, 5.49))], [(1, 2, (53.52, 54.95, 54.84, 53.46, 55.32, 54.78))],
    ),
    _impurity(
        "grease", 3,
        [(3, _TRIPLET, (0.86, 0.87, 0.82, 0.92, 0.86, 0.88)),
         (14, Multiplet(3, 3.0), (1.26, 1.29, 1.24, 1.36, 1.27, 1.29))],
        [(6, 2, (29.76, 30.73, 29.20, 30.21, 30.86, 31.29))],
    ),
    _impurity(
        "hexane", 2,
        [(6, Multiplet(2, 6.9), (0.88, 0.88, 0.86, 0.89, 0.89, 0.90)),
         (8, Multiplet(5, 5.5), (1.26, 1.28, 1.25, 1.24, 1.28, 1.29))],
        [(2, 3, (14.14, 14.34, 13.88, 14.32, 14.43, 14.45)),
         (2, 2, (22.70, 23.28, 22.05, 23.04, 23.40, 23.68)),
         (2, 2, (31.64, 32.30, 30.95, 31.96, 32.36, 32.73))],
    ),
    _impurity(
        "silicone grease", 1,
        [(6, _S, (0.07, 0.13, -0.06, 0.29, 0.08, 0.10))], [(1, 3, (1.04, 1.40, 1.22, 1.38, 1.19, 2.10))],
    ),
    _impurity(
        "diethyl ether", 1.5,
        [(6, _TRIPLET, (1.21, 1.11, 1.09, 1.11, 1.12, 1.18, 1.17)),
         (4, _QUARTET, (3.48, 3.41, 3.38, 3.26, 3.42, 3.49, 3.56))],
        [(2, 3, (15.20, 15.78, 15.12, 15.46, 15.63, 15.46, 14.77)),
         (2, 2, (65.91, 66.12, 62.05, 65.94, 66.32, 66.88, 66.42))],
    ),
    _impurity(
        "ethanol", 1.5,
        [(3, _TRIPLET, (1.25, 1.12, 1.06, 0.96, 1.12, 1.19, 1.17)),
         (2, _QUARTET, (3.72, 3.57, 3.44, 3.34, 3.54, 3.60, 3.65))],
        [(1, 3, (18.41, 18.89, 18.51, 18.72, 18.80, 18.40, 17.47)),
         (1, 2, (58.28, 57.72, 56.07, 57.86, 57.96, 58.26, 58.05))],
    ),
    _impurity(
        "methanol", 1,
        [(3, _S, (3.49, 3.31, 3.16, 3.07, 3.28, 3.34, 3.34))],
        [(1, 3, (50.41, 49.77, 48.59, 49.97, 49.90, 49.86, 49.50))],
    ),
    _impurity(
        "toluene", 1.5,
        [(3, _S, (2.36, 2.32, 2.30, 2.11, 2.33, 2.32)),
         (3, Multiplet(2, 7.4), (7.17, 7.16, 7.18, 7.02, 7.18, 7.16)),
         (2, Multiplet(2, 7.5), (7.25, 7.20, 7.25, 7.13, 7.25, 7.16))],
        [(1, 3, (21.46, 21.46, 20.99, 21.10, 21.50, 21.50)),
         (0.3, 0, (137.89, 138.48, 137.35, 137.91, 138.90, 138.85)),
         (2, 1, (129.07, 129.76, 128.88, 129.33, 129.94, 129.91)),
         (2, 1, (128.26, 129.03, 128.18, 128.56, 129.23, 129.20)),
         (1, 1, (125.33, 126.12, 125.29, 125.68, 126.28, 126.29))],
    ),
    _impurity(
        "DMF", 1,
        [(1, _S, (8.02, 7.96, 7.95, 7.63, 7.92, 7.97, 7.92)),
         (3, _S, (2.96, 2.94, 2.89, 2.36, 2.89, 2.99, 3.01)),
         (3, _S, (2.88, 2.78, 2.73, 1.86, 2.77, 2.86, 2.85))],
        [(1, 1, (162.62, 162.79, 162.29, 162.13, 163.31, 164.73, 165.53)),
         (1, 3, (36.50, 36.15, 35.73, 35.25, 36.57, 36.89, 37.54)),
         (1, 3, (31.45, 31.03, 30.73, 30.72, 31.32, 31.61, 32.03))],
    ),
    _impurity(
        "THF", 0.7,
        [(4, Multiplet(4, 3.5), (1.85, 1.79, 1.76, 1.40, 1.80, 1.87, 1.88)),
         (4, Multiplet(4, 3.5), (3.76, 3.63, 3.60, 3.57, 3.64, 3.71, 3.74))],
        [(2, 2, (25.62, 26.15, 25.14, 25.72, 26.27, 26.48)), (2, 2, (67.97, 68.07, 67.03, 67.80, 68.33, 68.83))],
    ),
    _impurity(
        "2-propanol", 0.7,
        [(6, _DOUBLET, (1.22, 1.10, 1.04, 0.95, 1.09, 1.17, 1.17)),
         (1, _SEPTET, (4.04, 3.90, 3.78, 3.67, 3.87, 3.92, 4.02))],
        [(2, 3, (25.14, 25.67, 25.43, 25.18, 25.55, 25.27, 24.38)),
         (1, 1, (64.50, 63.85, 64.92, 64.23, 64.30, 64.71, 64.88))],
    ),
    _impurity(
        "acetonitrile", 0.7,
        [(3, _S, (2.10, 2.05, 2.07, 0.58, 1.96, 2.03, 2.06))],
        [(1, 3, (1.89, 1.12, 1.03, 0.20, 1.79, 0.85, 1.47)),
         (0.3, 0, (116.43, 117.60, 117.91, 116.02, 118.26, 118.06, 119.68))],
    ),
    _impurity(
        "chloroform", 0.5, [(1, _S, (7.26, 8.02, 8.32, 6.15, 7.58, 7.90))],
        [(1, 1, (77.36, 79.19, 79.16, 77.79, 79.17, 79.44))],
    ),
)  # fmt: skip
"""The solvents and greases met most often in measured spectra."""

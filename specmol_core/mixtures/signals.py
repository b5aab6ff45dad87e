"""What the fit moves: the multiplet of each group of equivalent nuclei, with the uncertainty of its shift."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.species import Species
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.equivalence import chemical_classes
from specmol_core.simulation.protons import GroupPattern, group_patterns
from specmol_core.simulation.shift_draws import drawn_shifts
from specmol_core.simulation.topology import read_topology

__all__ = ["Pattern", "Signal", "predicted_signals"]

_MAX_DRAWN_PPM = 0.1
"""Largest scale of the shifts of which other variants of a multiplet are drawn. It only changes the
pattern: its place is fitted."""
_C13_HEIGHT_BARE = 0.6
"""Area of a carbon without hydrogens, which relaxes slowly, over that of one with hydrogens."""


@dataclass(frozen=True)
class Pattern:
    """Lines around the shift of a signal, or a part of a measured spectrum."""

    offset_ppm: NDArray[np.float64]
    """(lines,) distance from the shift, positive towards high shift; of a measured part (cells,)."""
    area: NDArray[np.float64]
    """(lines,)"""
    measured: bool = False
    """Whether the lines are the points of a measured spectrum, which has its line width already."""


@dataclass(frozen=True)
class Signal:
    """A group of equivalent nuclei of one species."""

    ppm: float
    """Predicted or measured shift."""
    scale: float
    """Scale of the Student-t distribution of the shift (ppm)."""
    dof: float
    nuclei: float
    """Number of nuclei, the area of the signal for an amount of 1."""
    atoms: tuple[int, ...]
    """Heavy atoms; empty for solvents and impurities."""
    patterns: tuple[Pattern, ...]
    """Variants, of which the fit chooses: couplings and geometry are not known."""


def predicted_signals(
    species: Species, shifts: AtomShifts, nucleus: str, mhz: float, config: QuantifyConfig, rng: np.random.Generator
) -> tuple[Signal, ...]:
    """Return the signals of a species that its structure predicts.

    Protons on other atoms than carbon exchange and may be missing; they have no signal here.

    Parameters
    ----------
    shifts
        Predicted shifts, with uncertainties.
    mhz
        Larmor frequency of the nucleus.
    """
    mol = species.mol
    return _carbons(mol, shifts, config) if nucleus == "13C" else _protons(mol, shifts, mhz, config, rng)


def _protons(
    mol: Chem.Mol, shifts: AtomShifts, mhz: float, config: QuantifyConfig, rng: np.random.Generator
) -> tuple[Signal, ...]:
    topology = read_topology(mol)
    classes = chemical_classes(mol, topology, shifts.h1)
    narrow = AtomShifts(
        {}, shifts.h1, {}, {a: min(s, _MAX_DRAWN_PPM) for a, s in shifts.h1_uncertainty.items()}, dof_h1=30.0
    )
    draws = [shifts]
    draws += [drawn_shifts(mol, narrow, classes, rng, (0.0, 0.0)) for _ in range(config.variants - 1)]
    first, *others = [_by_atoms(group_patterns(mol, d, mhz, np.random.default_rng(rng.integers(1 << 31)), topology))
                      for d in draws]  # fmt: skip
    signals = []
    for atoms, groups in first.items():
        for index, group in enumerate(groups):
            variants = [group, *(o[atoms][index] for o in others if len(o.get(atoms, ())) == len(groups))]
            scale = float(np.mean([shifts.h1_uncertainty.get(a, 0.2) for a in atoms]))
            signals.append(
                Signal(
                    group.ppm,
                    max(scale, config.min_scale_ppm),
                    shifts.dof_h1,
                    float(group.protons),
                    atoms,
                    tuple(Pattern(v.offset_hz / mhz, v.area) for v in variants),
                )
            )
    return tuple(signals)


def _by_atoms(patterns: tuple[GroupPattern, ...]) -> dict[tuple[int, ...], list[GroupPattern]]:
    """Return the patterns of each set of atoms, by falling shift: one, or two of a CH2."""
    found = defaultdict(list)
    for pattern in patterns:
        found[pattern.atoms].append(pattern)
    return found


def _carbons(mol: Chem.Mol, shifts: AtomShifts, config: QuantifyConfig) -> tuple[Signal, ...]:
    classes = chemical_classes(mol, read_topology(mol), shifts.h1)
    members: dict[int, list[int]] = defaultdict(list)
    for atom in sorted(shifts.c13):
        members[classes[atom]].append(atom)
    single = Pattern(np.zeros(1), np.ones(1))
    signals = []
    for atoms in members.values():
        ppm = float(np.mean([shifts.c13[a] for a in atoms]))
        scale = float(np.mean([shifts.c13_uncertainty.get(a, 2.0) for a in atoms]))
        bare = not mol.GetAtomWithIdx(atoms[0]).GetTotalNumHs()
        area = len(atoms) * (_C13_HEIGHT_BARE if bare else 1.0)
        signals.append(
            Signal(ppm, max(scale, 10 * config.min_scale_ppm), shifts.dof_c13, area, tuple(atoms), (single,))
        )
    return tuple(sorted(signals, key=lambda s: -s.ppm))

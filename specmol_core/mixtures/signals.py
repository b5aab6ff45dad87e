"""What the fit moves: the multiplet of each group of equivalent nuclei, with the uncertainty of its shift."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.forms import forms_of
from specmol_core.mixtures.species import Species
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.equivalence import chemical_classes
from specmol_core.simulation.protons import GroupPattern, group_patterns
from specmol_core.simulation.shift_draws import drawn_shifts
from specmol_core.simulation.topology import read_topology

if TYPE_CHECKING:
    from specmol_core.shifts.predictor import ShiftBackend

__all__ = ["Pattern", "Signal", "predicted_signals", "species_signals"]

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
    form: int = 0
    """Number of the form of the species that has the signal; each form has an amount of its own."""


def species_signals(
    species: Species,
    predictor: ShiftBackend,
    solvent: str,
    nucleus: str,
    mhz: float,
    config: QuantifyConfig,
    rng: np.random.Generator,
    *,
    protic: bool = False,
) -> tuple[Signal, ...]:
    """Return the signals of all forms of a species that its structure predicts.

    Parameters
    ----------
    solvent
        Solvent of the predictor.
    mhz
        Larmor frequency of the nucleus.
    protic
        Whether acidic protons exchange with the solvent; they then have no signal.
    """
    signals: list[Signal] = []
    for number, form in enumerate(forms_of(species.mol)):
        shifts = _averaged(species.mol, [predictor.predict([mol], solvent)[0] for mol in form.tautomers])
        found = predicted_signals(form.tautomers[0], shifts, nucleus, mhz, config, rng)
        if len(form.tautomers) > 1:
            found = _merged(species.mol, found)
        hidden = set(form.acidic) if protic and nucleus == "1H" else set()
        signals += [replace(s, form=number) for s in found if not hidden.intersection(s.atoms)]
    return tuple(signals)


def _averaged(mol: Chem.Mol, parts: list[AtomShifts]) -> AtomShifts:
    """Return the mean shifts of tautomers that exchange fast, over the equivalent atoms of ``mol`` too.

    The share of each tautomer is not known, which adds to the uncertainty where their shifts differ.
    """
    if len(parts) == 1:
        return parts[0]
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))

    def mean(values: list[dict[int, float]], atom: int) -> tuple[float, float]:
        same = [a for a, rank in enumerate(ranks) if rank == ranks[atom]]
        means = [float(np.mean([v[a] for a in same if a in v])) for v in values]
        return float(np.mean(means)), float(np.std(means))

    first = parts[0]
    protons = [{a: float(np.mean(v)) for a, v in p.h1.items()} for p in parts]
    carbons = [p.c13 for p in parts]
    return replace(
        first,
        c13={a: mean(carbons, a)[0] for a in first.c13},
        h1={a: [mean(protons, a)[0]] * len(v) for a, v in first.h1.items()},
        c13_uncertainty={a: s + mean(carbons, a)[1] for a, s in first.c13_uncertainty.items()},
        h1_uncertainty={a: s + mean(protons, a)[1] for a, s in first.h1_uncertainty.items()},
    )


def _merged(mol: Chem.Mol, signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Return the signals with one for atoms that are equivalent in ``mol``: its tautomers exchange them."""
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    found: dict[tuple[int, ...], Signal] = {}
    for signal in signals:
        key = tuple(sorted({ranks[a] for a in signal.atoms}))
        known = found.get(key)
        found[key] = (
            signal
            if known is None
            else replace(known, nuclei=known.nuclei + signal.nuclei, atoms=tuple(sorted({*known.atoms, *signal.atoms})))
        )
    return tuple(found.values())


def predicted_signals(
    mol: Chem.Mol, shifts: AtomShifts, nucleus: str, mhz: float, config: QuantifyConfig, rng: np.random.Generator
) -> tuple[Signal, ...]:
    """Return the signals of a molecule that its shifts predict.

    Protons on other atoms than carbon exchange and may be missing; they have no signal here.

    Parameters
    ----------
    shifts
        Predicted shifts, with uncertainties.
    mhz
        Larmor frequency of the nucleus.
    """
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

"""Chemical shifts of one molecule's atoms."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AtomShifts"]


@dataclass(frozen=True)
class AtomShifts:
    """Chemical shifts of one molecule (ppm) by index of the heavy atom; hydrogens are implicit."""

    c13: dict[int, float] = field(default_factory=dict)
    h1: dict[int, list[float]] = field(default_factory=dict)
    """One shift per proton on the atom (ppm); the two protons of a CH2 may differ."""
    c13_uncertainty: dict[int, float] = field(default_factory=dict)
    """Scale of the Student-t distribution around each 13C shift (ppm); empty if unknown."""
    h1_uncertainty: dict[int, float] = field(default_factory=dict)
    """Scale of the Student-t distribution around the 1H shifts of an atom (ppm)."""
    dof_c13: float = 4.0
    """Degrees of freedom of the 13C distributions."""
    dof_h1: float = 4.0
    """Degrees of freedom of the 1H distributions."""

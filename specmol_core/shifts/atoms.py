"""Chemical shifts of one molecule's atoms."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AtomShifts"]


@dataclass(frozen=True)
class AtomShifts:
    """Chemical shifts of one molecule (ppm), keyed by the heavy-atom index of its implicit-hydrogen graph."""

    c13: dict[int, float] = field(default_factory=dict)
    h1: dict[int, list[float]] = field(default_factory=dict)
    """One shift per proton on the atom; the two of a CH2 may differ."""
    c13_uncertainty: dict[int, float] = field(default_factory=dict)
    """Scale of the Student-t distribution around each 13C shift (ppm); empty where it is not known."""
    h1_uncertainty: dict[int, float] = field(default_factory=dict)
    """The same for the protons of an atom (ppm)."""
    dof_c13: float = 4.0
    """Degrees of freedom of these distributions."""
    dof_h1: float = 4.0

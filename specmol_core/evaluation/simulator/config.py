"""Defaults of the comparison of simulated with measured spectra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = ["RealismConfig"]


@dataclass(frozen=True)
class RealismConfig:
    """How simulated spectra are held against measured ones."""

    draws: int = 5
    """Simulations of each measured spectrum that the classifier sees."""
    decoys: int = 30
    """Structures of the same formula that the right one is held against."""
    points: int = 16384
    """Points of the traces that are drawn in plots."""
    seed: int = 0

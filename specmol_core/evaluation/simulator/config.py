"""Defaults for comparing simulated with measured spectra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__ = ["RealismConfig"]


@dataclass(frozen=True)
class RealismConfig:
    """Settings for comparing simulated with measured spectra."""

    draws: int = 5
    """Simulations per measured spectrum for the classifier."""
    decoys: int = 30
    """Structures of the same formula that are ranked with the right one."""
    points: int = 16384
    """Points of the traces in plots."""
    seed: int = 0

"""What a whole series shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specmol_core.monitoring.plateaus import Plateau

if TYPE_CHECKING:
    from specmol_core.monitoring.kinetics import RateLaw

__all__ = ["NamedUnknown", "SeriesSummary"]


@dataclass(frozen=True)
class NamedUnknown:
    """An unknown compound of a series, and the best candidates of a library for it."""

    ppm: tuple[float, ...]
    areas: tuple[float, ...]
    """In those of its smallest signal."""
    largest_share: float
    """Its largest share of a spectrum."""
    candidates: tuple[tuple[str, str, float], ...]
    """Name, SMILES and probability; empty without a library."""


@dataclass(frozen=True)
class SeriesSummary:
    """What a whole series shows."""

    spectra: int
    failed: int
    left_out: int
    """Spectra of another nucleus or experiment."""
    is_finished: bool
    """Whether the condition was met."""
    law: RateLaw | None
    plateaus: tuple[Plateau, ...]
    unknowns: tuple[NamedUnknown, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as the JSON output has them."""
        return {
            "spectra": self.spectra,
            "failed": self.failed,
            "left_out": self.left_out,
            "is_finished": self.is_finished,
            "rate_law": None if self.law is None else self.law.as_dict(),
            "plateaus": [plateau.as_dict() for plateau in self.plateaus],
            "unknowns": [
                {
                    "ppm": list(unknown.ppm),
                    "areas": list(unknown.areas),
                    "largest_share": unknown.largest_share,
                    "candidates": [
                        {"name": name, "smiles": smiles, "probability": probability}
                        for name, smiles, probability in unknown.candidates
                    ],
                }
                for unknown in self.unknowns
            ],
            "notes": list(self.notes),
        }

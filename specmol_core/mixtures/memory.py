"""What a fitter keeps of one spectrum to start the next from, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from specmol_core.mixtures.cells import CellGrid
from specmol_core.mixtures.chain import State

__all__ = ["FitMemory"]

_MAX_STATES = 16
_MAX_SIGNALS = 100_000


@dataclass(frozen=True)
class FitMemory:
    """The best states of a fit, on their grid."""

    grid: CellGrid
    states: tuple[State, ...]
    full_energy: float
    """Energy of the last full search."""
    width_hz: float
    """Width of the lines of the patterns, which is that of the first spectrum."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; numbers keep all their digits."""
        return {
            "grid": asdict(self.grid),
            "states": [
                {
                    "position": state.position.tolist(),
                    "variant": state.variant.tolist(),
                    "amounts": state.amounts.tolist(),
                    "offset": float(state.offset),
                    "energy": float(state.energy),
                }
                for state in self.states
            ],
            "full_energy": float(self.full_energy),
            "width_hz": float(self.width_hz),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FitMemory:
        """Return what ``as_dict`` gave.

        Raises
        ------
        ValueError, TypeError, KeyError
            If the values are others.
        """
        grid = dict(values["grid"])
        states = list(values["states"])
        if not 0 < len(states) <= _MAX_STATES:
            raise ValueError(f"{len(states)} states")
        return cls(
            CellGrid(
                float(grid["high"]), float(grid["step"]), int(grid["cells"]), float(grid["mhz"]),
                (float(grid["blur"][0]), float(grid["blur"][1])), (int(grid["strides"][0]), int(grid["strides"][1])),
            ),
            tuple(_state(state) for state in states),
            float(values["full_energy"]),
            float(values["width_hz"]),
        )  # fmt: skip


def _state(values: Mapping[str, Any]) -> State:
    position, variant = (np.array(values[name], np.int64) for name in ("position", "variant"))
    amounts = np.array(values["amounts"], np.float64)
    numbers = (float(values["offset"]), float(values["energy"]))
    if max(position.size, variant.size, amounts.size) > _MAX_SIGNALS or not np.isfinite([*amounts, *numbers]).all():
        raise ValueError("a state is too large or not finite")
    return State(position, variant, amounts, *numbers)

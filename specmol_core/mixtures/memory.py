"""What a fitter keeps of one spectrum to start the next from, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from specmol_core.mixtures.cells import CellGrid
from specmol_core.mixtures.chain import Problem, State
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.templates import Templates

__all__ = ["FitMemory", "expected_places", "same_cells"]

_REACH_SCALES = 6.0
"""Largest distance of a signal from where the last spectra had it, in scales."""
_RESTART_RATIO = 2.0
_RESTART_ENERGY = 40.0
"""The search begins anew if the energy of a spectrum is above that of the last full search by this ratio and sum."""

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
    fractions: tuple[float, ...] = ()
    """Fractions of all species at the last full search."""
    unexplained: float = 0.0
    """Share of the intensity that no species explained then."""
    axis_ppm: float = 0.0
    """Offset of the axis of the patterns, which is that of the first spectrum."""
    anchored: tuple[float, ...] = ()
    """Cell, against the offset of the axis, at which each signal is expected; NaN for its prediction."""

    def is_of(self, grid: CellGrid, templates: Templates) -> bool:
        """Return whether the states are those of these signals on this grid."""
        sizes = len(templates.owner), templates.columns
        return (
            same_cells(self.grid, grid)
            and len(self.anchored) == sizes[0]
            and all((len(state.position), len(state.amounts)) == sizes for state in self.states)
        )

    def expected(self, templates: Templates, config: QuantifyConfig) -> Templates:
        """Return the templates with each signal expected where the last spectra had it."""
        places = np.array(self.anchored)
        known = ~np.isnan(places)
        scale = np.where(known, config.drift_ppm / self.grid.step, templates.scale)
        reach = np.where(known, np.minimum(_REACH_SCALES * scale + 8, templates.reach), templates.reach)
        return replace(
            templates, centre=np.where(known, places, templates.centre), scale=scale, reach=reach.astype(np.int64)
        )

    def is_outdated(self, best: State, problem: Problem) -> bool:
        """Return whether a spectrum differs so much from that of the last full search that it needs another.

        Parameters
        ----------
        best
            What was found from this memory.
        """
        if best.energy > _RESTART_RATIO * self.full_energy + _RESTART_ENERGY:
            return True
        if problem.unexplained(best) > self.unexplained + problem.config.renewing_excess:
            return True
        amounts = np.bincount(problem.templates.parent, best.amounts)[: problem.species]
        fractions = amounts / max(float(amounts.sum()), 1e-300)
        return bool(np.abs(fractions - self.fractions).max() > problem.config.renewing_change)

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
            "unexplained": float(self.unexplained),
            "fractions": [float(value) for value in self.fractions],
            "axis_ppm": float(self.axis_ppm),
            "anchored": [None if value != value else float(value) for value in self.anchored],
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
            tuple(float(value) for value in values["fractions"]),
            float(values["unexplained"]),
            float(values["axis_ppm"]),
            tuple(float("nan") if value is None else float(value) for value in values["anchored"]),
        )  # fmt: skip


def expected_places(best: State, problem: Problem, before: Sequence[float] = ()) -> tuple[float, ...]:
    """Return where each signal is expected in the next spectrum: as now, if its species is seen clearly.

    Parameters
    ----------
    before
        Where it was expected so far; empty for the predictions.
    """
    t = problem.templates
    areas = np.bincount(t.owner, t.nuclei, t.columns) * best.amounts
    clear = (areas > problem.config.anchored_share)[t.owner] & (t.parent[t.owner] < problem.species)
    known = np.array(before) if before else np.full(len(t.owner), np.nan)
    return tuple(np.where(clear, best.position - best.offset, known).tolist())


def same_cells(a: CellGrid, b: CellGrid) -> bool:
    """Return whether positions in cells mean the same shifts."""
    return a.cells == b.cells and abs(a.high - b.high) < a.step / 4 and abs(a.step - b.step) < 1e-3 * a.step / a.cells


def _state(values: Mapping[str, Any]) -> State:
    position, variant = (np.array(values[name], np.int64) for name in ("position", "variant"))
    amounts = np.array(values["amounts"], np.float64)
    numbers = (float(values["offset"]), float(values["energy"]))
    if max(position.size, variant.size, amounts.size) > _MAX_SIGNALS or not np.isfinite([*amounts, *numbers]).all():
        raise ValueError("a state is too large or not finite")
    return State(position, variant, amounts, *numbers)

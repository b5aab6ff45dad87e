"""Who listens to a run."""

from __future__ import annotations

from typing import Any, Protocol

from specmol_core.training.state import RunState

__all__ = ["Progress"]


class Progress(Protocol):
    """Listener of a run."""

    def start(self, epochs: int, steps: int, state: RunState) -> None:
        """The run begins, or goes on, with this many epochs and steps per epoch."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """A step is done (both count from 1); mean loss of the epoch so far."""

    def epoch(self, metrics: dict[str, Any]) -> None:
        """An epoch is done."""

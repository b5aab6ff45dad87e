"""Progress of a training run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from specmol_core.storage.run_state import RunState

__all__ = ["Progress", "ProgressReporter"]


class Progress(Protocol):
    """Callbacks of a training run."""

    def start(self, epochs: int, steps: int, state: RunState) -> None:
        """Handle the start of a new or resumed run, with its epochs and steps per epoch."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Handle a finished step (both counted from 1) and the mean loss of the epoch so far."""

    def epoch(self, metrics: dict[str, Any]) -> None:
        """Handle the metrics of a finished epoch."""


class ProgressReporter:
    """Report progress as a number of steps, and the metrics as one line per epoch.

    Parameters
    ----------
    advance
        Called with the number of finished steps, and their total.
    report
        Called with the line of each epoch.
    """

    def __init__(
        self, advance: Callable[[int, int | None], None], report: Callable[[str], None] = lambda line: None
    ) -> None:
        self._advance, self._report = advance, report
        self._epochs = self._steps = 0

    def start(self, epochs: int, steps: int, state: RunState) -> None:
        self._epochs, self._steps = epochs, steps
        self._advance(state.epoch * steps + state.step, epochs * steps)

    def step(self, epoch: int, step: int, loss: float) -> None:
        self._advance((epoch - 1) * self._steps + step, self._epochs * self._steps)

    def epoch(self, metrics: dict[str, Any]) -> None:
        figures = (f"{k} {v:.4f}" for k, v in metrics.items() if isinstance(v, float))
        self._report(f"epoch {metrics['epoch']}/{self._epochs}: {', '.join(figures)}")

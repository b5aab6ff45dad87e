"""The learning rate over a run."""

from __future__ import annotations

import math

from specmol_core.matchnet.config import TrainConfig

__all__ = ["learning_rate"]


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """Learning rate of a step (from 0) of a run of ``steps``: a linear rise, then constant or half a cosine."""
    rate = config.learning_rate * min(1.0, (step + 1) / max(1, config.warmup_steps))
    if config.schedule == "cosine":
        rest = max(1, steps - config.warmup_steps)
        rate *= (1 + math.cos(math.pi * min(1.0, max(0, step - config.warmup_steps) / rest))) / 2
    return rate

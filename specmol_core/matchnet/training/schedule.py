"""Learning rate over a run."""

from __future__ import annotations

import math

from specmol_core.matchnet.config import TrainConfig

__all__ = ["learning_rate"]


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """Return the learning rate of a step (from 0) in a run of ``steps``.

    The rate rises linearly during the warm-up, and then is constant or follows half a cosine.

    Examples
    --------
    >>> learning_rate(TrainConfig(learning_rate=0.1, warmup_steps=2), 0, 10)
    0.05
    """
    rate = config.learning_rate * min(1.0, (step + 1) / max(1, config.warmup_steps))
    if config.schedule == "cosine":
        rest = max(1, steps - config.warmup_steps)
        rate *= (1 + math.cos(math.pi * min(1.0, max(0, step - config.warmup_steps) / rest))) / 2
    return rate

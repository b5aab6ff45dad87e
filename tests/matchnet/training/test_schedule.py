from __future__ import annotations

import pytest

from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.training.schedule import learning_rate


def test_the_default_rate_is_constant() -> None:
    assert {learning_rate(TrainConfig(), step, 1000) for step in (0, 1, 999)} == {1e-4}


def test_warm_up_then_cosine() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_steps=10, schedule="cosine")

    rates = [learning_rate(config, step, 110) for step in range(110)]

    assert rates[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert rates[60] == pytest.approx(0.5)
    assert rates[109] == pytest.approx(0.0, abs=1e-3)
    assert rates[10:] == sorted(rates[10:], reverse=True)

"""Commands run inside the test process share one loaded checkpoint, which would otherwise be most of their time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cached_matcher() -> Callable[..., Any]:
    from specmol_core.matchnet.network.matcher import load_matcher

    return cache(load_matcher)


@pytest.fixture
def quick_loading(cached_matcher: Callable[..., Any], tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specmol_core.matchnet.network.matcher.load_matcher", cached_matcher)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from specmol_core import compiled as module
from specmol_core.compiled import compiled


def total(values: np.ndarray) -> float:
    found = 0.0
    for value in values:
        found += value
    return found


def test_a_compiled_function_computes_the_same() -> None:
    assert compiled(total)(np.arange(5.0)) == 10.0


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def njit(*, cache: bool = False, **settings: Any) -> Callable[..., Any]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return numba.njit(**settings)

    monkeypatch.setattr(module, "njit", njit)

    assert compiled(total)(np.arange(4.0)) == 6.0
    assert asked == [True, False]

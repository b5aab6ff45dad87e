from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.retrieval.cache.key_table import KeyTable


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**64 - 1)), max_size=200))
def test_agrees_with_a_dict(keys: list[int]) -> None:
    table, oracle = KeyTable(bits=2), dict[int, int]()
    for row, key in enumerate(keys):
        assert table.find(key) == oracle.get(key % 2**64, -1)
        table.insert(key, row)
        oracle.setdefault(key % 2**64, row)

    assert len(table) == len(oracle)
    assert all(table.find(key) == row for key, row in oracle.items())


def test_growing_loses_nothing() -> None:
    keys = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64)
    table = KeyTable(bits=3)
    table.extend(keys[:5_000], 0)
    table.extend(keys[5_000:], 5_000)

    assert [table.find(int(key)) for key in keys] == list(range(20_000))
    assert table.find(1) == -1


def test_row_beyond_32_bits() -> None:
    with pytest.raises(OverflowError, match="rows up to"):
        KeyTable().insert(1, 2**32)

from __future__ import annotations

import itertools
import os
import resource
import time

import pytest

from specmol_core.errors import ChildError
from specmol_core.runtime.ordered_pool import ordered_map


def slow_square(value: int) -> int:
    time.sleep(0.02 * (value % 3 == 0))
    return value * value


@pytest.mark.parametrize("workers", [1, 2])
def test_results_keep_their_order(workers: int) -> None:
    # abs, because a child process cannot import functions of a test module.
    assert list(ordered_map(abs, range(-30, 0), workers)) == list(range(30, 0, -1))


def test_one_process_does_not_read_ahead() -> None:
    endless = itertools.count()

    assert list(itertools.islice(ordered_map(slow_square, endless, 1), 4)) == [0, 1, 4, 9]
    assert next(endless) == 4


def test_error_in_a_process_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(ordered_map(int, ["1", "x"], 2))


def test_death_of_a_process_is_an_error() -> None:
    with pytest.raises(ChildError, match="ended with 3"):
        list(ordered_map(os._exit, [3, 3], 2))


def test_a_process_has_a_limit_of_memory() -> None:
    limits = list(ordered_map(resource.getrlimit, [resource.RLIMIT_AS] * 2, 2))

    assert all(0 < soft < 1 << 40 for soft, _ in limits)


def test_too_much_memory_is_the_fault_of_the_input() -> None:
    with pytest.raises(ChildError, match="needs more than"):
        list(ordered_map(bytes, [1 << 41, 1 << 41], 2))

"""The order in which the spectra of a series are fitted, and when to look for the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from specmol_core.monitoring.items import SeriesItem, folder_items
from specmol_core.monitoring.settled import SettledFiles

__all__ = ["settled_items", "watched_items"]

_LOOK_SECONDS = 0.5


def settled_items(
    items: Iterable[SeriesItem], settled: SettledFiles, patience: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[SeriesItem]:
    """Yield the spectra in order, each as soon as it is complete, or after ``patience`` seconds."""
    for item in items:
        waited = 0.0
        while not settled.is_settled(item.path) and waited < patience:
            sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        yield item


def watched_items(
    folder: Path,
    done: set[str],
    settled: SettledFiles,
    *,
    idle: float | None,
    every: float = _LOOK_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[SeriesItem]:
    """Yield the spectra of a folder that fills, in the order of their numbers, each once it is complete.

    A spectrum that is not complete holds back those after it, so that a series is fitted in its order.

    Parameters
    ----------
    done
        Keys of spectra that are left out.
    idle
        Time without a new spectrum after which the series ends (s); None goes on.
    every
        Time between two looks at the folder (s).
    """
    seen = set(done)
    latest = clock()
    while True:
        found = [item for item in folder_items(folder) if item.key not in seen]
        if found and settled.is_settled(found[0].path):
            seen.add(found[0].key)
            settled.forget(found[0].path)
            yield found[0]
            latest = clock()
            continue
        if not found and idle is not None and clock() - latest >= idle:
            return
        if found:
            latest = clock()
        sleep(every)

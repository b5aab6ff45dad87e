"""The order in which the spectra of a series are fitted, and when to look for the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.monitoring.expand import ExpandedEntry
from specmol_core.monitoring.items import SeriesItem, folder_items
from specmol_core.monitoring.settled import SettledFiles

__all__ = ["settled_items", "watched_items"]

_LOOK_SECONDS = 0.5


def settled_items(
    items: Iterable[SeriesItem],
    settled: SettledFiles,
    patience: float,
    expand: Callable[[SeriesItem], ExpandedEntry],
    done: Container[str] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[SeriesItem]:
    """Yield the spectra of entries in order, each as soon as it is complete, or after ``patience`` seconds.

    Parameters
    ----------
    done
        Keys of spectra that are left out.
    """
    for item in items:
        waited = 0.0
        while not settled.is_settled(item.file) and waited < patience:
            sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        yield from (row for row in expand(item).items if row.key not in done)


def watched_items(
    folder: Path,
    done: set[str],
    settled: SettledFiles,
    expand: Callable[[SeriesItem], ExpandedEntry],
    *,
    idle: float | None,
    every: float = _LOOK_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[SeriesItem]:
    """Yield the spectra of a folder that fills, in the order of their numbers, each once it is complete.

    An entry that is not complete holds back those after it, so that a series is fitted in its order.
    An array that grows gives a row once the next one has begun, or once its files do not change. A folder
    that is an array itself ends with its last row.

    Parameters
    ----------
    done
        Keys of spectra that are left out.
    idle
        Time without a new spectrum after which the series ends (s); None goes on.
    every
        Time between two looks at the folder (s).

    Raises
    ------
    SpectrumError
        If no spectrum came.
    """
    seen, finished = set(done), set(done)
    latest = clock()
    while True:
        found = [item for item in folder_items(folder) if item.key not in finished]
        is_settled = bool(found) and settled.is_settled(found[0].path)
        has_next = len(found) > 1 and settled.is_settled(found[1].path)
        entry = expand(found[0]) if found else ExpandedEntry((), True)
        ready = entry.items if is_settled else entry.items[:-1]
        new = [item for item in ready if item.key not in seen]
        for item in new:
            seen.add(item.key)
            yield item
        is_over = is_settled and (entry.is_complete or has_next)
        if is_over:
            finished.add(found[0].key)
            settled.forget(found[0].path)
            if found[0].path == folder:
                return
        if new or is_over:
            latest = clock()
            continue
        if idle is not None and clock() - latest >= idle and (not found or is_settled):
            if not seen:
                raise SpectrumError(folder, f"no spectrum came within {idle:g} s: check the folder, or wait longer")
            return
        if found and not is_settled:
            latest = clock()
        sleep(every)

"""Whether a spectrum that another program writes is complete."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["SettledFiles"]

_MAX_FILES = 2_000


class SettledFiles:
    """Tells which files have not changed for a while.

    A spectrum is taken as complete if the sizes and times of all its files have been the same for
    ``seconds``. Files that were last changed longer ago are complete at once.

    Parameters
    ----------
    clock
        Returns the present time (s since 1970).
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.seconds, self._clock = seconds, clock
        self._seen: dict[Path, tuple[tuple[tuple[str, int, int], ...], float]] = {}

    def is_settled(self, path: Path) -> bool:
        """Return whether a file, or all files of a folder, are complete; False if there are none."""
        now, signature = self._clock(), _signature(path)
        if not signature:
            self._seen.pop(path, None)
            return False
        newest = max(modified for _, _, modified in signature) / 1e9
        before = self._seen.get(path)
        if before is None or before[0] != signature:
            # A clock of a file server may be ahead; then the time since the first look counts.
            since = newest if newest < now else now
            self._seen[path] = before = signature, since
        return now - before[1] >= self.seconds

    def forget(self, path: Path) -> None:
        """Forget a file that was read."""
        self._seen.pop(path, None)


def _signature(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of each file (ns), empty if there is none."""
    found = []
    try:
        if path.is_file():
            status = path.stat()
            return ((path.name, status.st_size, status.st_mtime_ns),)
        for folder, _, names in os.walk(path):
            for name in names:
                status = (Path(folder) / name).stat()
                found.append((str(Path(folder) / name), status.st_size, status.st_mtime_ns))
                if len(found) >= _MAX_FILES:
                    return tuple(sorted(found))
    except OSError:
        return ()
    return tuple(sorted(found))

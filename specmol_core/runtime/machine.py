"""Processor cores and user folders that are available to this process; containers may limit both."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

__all__ = ["cache_folder", "core_count", "home_folder"]

_ROOT = Path("/")


def core_count(root: Path = _ROOT) -> int:
    """Return the number of processor cores that this process may use (at least 1).

    CPU affinity and control groups (cgroups) limit the cores of the machine.

    Parameters
    ----------
    root
        Folder that holds ``proc`` and ``sys``.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([available, *map(math.ceil, _quotas(root))]))


def home_folder() -> Path | None:
    """Return the user's home folder; None if ``$HOME`` is not set and the user is not in passwd.

    On Windows it is ``%USERPROFILE%``.

    A user is not in passwd in a container that is started with a numeric user id (``--user 1234``).
    """
    path = Path(os.environ.get("HOME") or os.environ.get("USERPROFILE", ""))
    if path.is_absolute():
        return path
    if pwd is None:
        return None
    with suppress(KeyError):
        path = Path(pwd.getpwuid(os.getuid()).pw_dir)
        return path if path.is_absolute() else None
    return None


def cache_folder() -> Path | None:
    """Return the folder for data that specmol can recompute; it may not exist yet.

    The folder is ``$XDG_CACHE_HOME/specmol``, or else ``~/.cache/specmol``. None if there is no home
    folder either.
    """
    # The XDG specification says that a relative path must be ignored.
    path = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if path.is_absolute():
        return path / "specmol"
    folder = home_folder()
    return folder / ".cache" / "specmol" if folder is not None else None


def _quotas(root: Path) -> Iterator[float]:
    """Yield the core quota of each control group of this process and of the groups above it."""
    for line in _read_text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        folder = root / "sys/fs/cgroup"
        if number != "0" and "cpu" not in controllers.split(","):
            continue
        if number != "0":
            folder /= "cpu" if (folder / "cpu").is_dir() else controllers
        innermost = folder / path.lstrip("/")
        # In a container, the path may be that of the host, and only the top folder exists here.
        for group in (innermost, *innermost.parents):
            yield from _quota(group)
            if group == folder:
                break


def _quota(group: Path) -> Iterator[float]:
    values = _read_text(group / "cpu.max").split()  # version 2: quota and period, or "max" and period
    if not values:
        values = [_read_text(group / name).strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    with suppress(ValueError):
        quota, period = (float(value) for value in values)
        if quota > 0 and period > 0 and math.isfinite(quota):
            yield quota / period


def _read_text(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text()
    return ""

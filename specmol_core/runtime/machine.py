"""What this machine gives to this process: processor cores, and folders of the user. Containers limit both."""

from __future__ import annotations

import math
import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["cache_folder", "core_count", "home"]

_ROOT = Path("/")


def core_count(root: Path = _ROOT) -> int:
    """Processor cores that this process may use: as many as exist, within its affinity and its control groups.

    Parameters
    ----------
    root
        Folder that holds ``proc`` and ``sys``.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([there, *map(math.ceil, _quotas(root))]))


def home() -> Path | None:
    """The user's home folder; None where ``$HOME`` names none and the user has no entry in the list of users.

    The second is so in a container that runs under the number of a user (``--user 1234``).
    """
    given = Path(os.environ.get("HOME", ""))
    if given.is_absolute():
        return given
    with suppress(KeyError):
        listed = Path(pwd.getpwuid(os.getuid()).pw_dir)
        return listed if listed.is_absolute() else None
    return None


def cache_folder() -> Path | None:
    """Where specmol keeps what it can compute anew: ``$XDG_CACHE_HOME/specmol``, else ``~/.cache/specmol``.

    None where there is no home folder either. The folder need not exist.
    """
    # The specification of XDG says that a relative path is to be ignored.
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():
        return given / "specmol"
    folder = home()
    return folder / ".cache" / "specmol" if folder is not None else None


def _quotas(root: Path) -> Iterator[float]:
    """Cores that each control group of this process may use together; the groups around it hold, too."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, inside = rest.partition(":")
        folder = root / "sys/fs/cgroup"
        if number != "0" and "cpu" not in controllers.split(","):
            continue
        if number != "0":
            folder /= "cpu" if (folder / "cpu").is_dir() else controllers
        place = folder / inside.lstrip("/")
        # In a container the path may be that of the host, of which only the top is shown.
        for group in (place, *place.parents):
            yield from _quota(group)
            if group == folder:
                break


def _quota(group: Path) -> Iterator[float]:
    told = _text(group / "cpu.max").split()  # version 2: quota and period, or "max" and period
    if not told:
        told = [_text(group / name).strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    with suppress(ValueError):
        quota, period = (float(number) for number in told)
        if quota > 0 and period > 0 and math.isfinite(quota):
            yield quota / period


def _text(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text()
    return ""

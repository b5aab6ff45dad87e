from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from specmol_core.runtime.machine import cache_folder, core_count, home_folder


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write files by relative path, and return their root folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)


CGROUP = "sys/fs/cgroup"
GROUPS = {
    "no limit": ({"proc/self/cgroup": "0::/a\n", f"{CGROUP}/a/cpu.max": "max 100000\n"}, 64),
    "version 2": ({"proc/self/cgroup": "0::/a\n", f"{CGROUP}/a/cpu.max": "250000 100000\n"}, 3),
    "a parent group": ({"proc/self/cgroup": "0::/a/b\n", f"{CGROUP}/a/cpu.max": "100000 100000\n"}, 1),
    "in a container": ({"proc/self/cgroup": "0::/host/x\n", f"{CGROUP}/cpu.max": "200000 100000\n"}, 2),
    "less than a core": ({"proc/self/cgroup": "0::/\n", f"{CGROUP}/cpu.max": "5000 100000\n"}, 1),
    "version 1": (
        {
            "proc/self/cgroup": "5:memory:/a\n3:cpu,cpuacct:/a\n",
            f"{CGROUP}/cpu,cpuacct/a/cpu.cfs_quota_us": "150000\n",
            f"{CGROUP}/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        },
        2,
    ),
    "version 1 without a limit": (
        {
            "proc/self/cgroup": "3:cpu:/\n",
            f"{CGROUP}/cpu/cpu.cfs_quota_us": "-1\n",
            f"{CGROUP}/cpu/cpu.cfs_period_us": "100000\n",
        },
        64,
    ),
    "no groups": ({}, 64),
    "nonsense": ({"proc/self/cgroup": "0\nx:y\n", f"{CGROUP}/cpu.max": "a b c\n"}, 64),
}


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.usefixtures("many_cores")
def test_core_count_respects_control_groups(name: str, tmp_path: Path) -> None:
    files, expected = GROUPS[name]

    assert core_count(write_files(tmp_path, files)) == expected


def test_core_count_of_this_machine() -> None:
    assert 1 <= core_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize("given", [None, "", ".", "relative"])
def test_without_a_home_there_is_no_cache_folder(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if given is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", given)

    assert home_folder() is None
    assert cache_folder() is None


def test_home_folder_from_passwd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)

    assert home_folder() == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_cache_folder_is_in_xdg_cache_home_or_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path("/home/someone/.cache/specmol")

    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/specmol")


def test_only_machine_and_private_folder_query_cores_and_users() -> None:
    root = Path(__file__).parents[2]
    names = ("cpu_count", "sched_getaffinity", "Path.home", "expanduser", "getpwuid", "XDG_CACHE_HOME")
    found = {
        path.relative_to(root / "specmol_core").as_posix()
        for package in ("specmol_core", "specmol_cli")
        for path in (root / package).rglob("*.py")
        if any(name in path.read_text() for name in names)
    }

    # private_folder queries the name of the user's group.
    assert found == {"runtime/machine.py", "runtime/private_folder.py"}

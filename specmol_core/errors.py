"""Every error that specmol raises on purpose, with the exit code it ends the command with.

::

    SpecmolError
    ├── UsageError        2   an option or a setting has no sense
    ├── SpectrumError     3   a spectrum is unreadable, or is no spectrum
    ├── LibraryError      4   a library is unreadable, or holds no valid candidate
    ├── CheckpointError   5   a checkpoint is unusable
    ├── CacheError        5   a cache is unusable, or belongs to something else
    ├── DatasetError      5   a dataset or a feature store is unusable
    └── OutputError       6   a result cannot be written

Exit code 0 means done, 1 that some queries failed, 130 that the user interrupted.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CacheError",
    "CheckpointError",
    "DatasetError",
    "LibraryError",
    "OutputError",
    "SpecmolError",
    "SpectrumError",
    "UsageError",
]


class SpecmolError(Exception):
    """Base of all errors that are the input's fault: one line that says what, where and what to do."""

    exit_code = 1


class UsageError(SpecmolError):
    """An option or a setting has no sense; the message names it and says what is accepted."""

    exit_code = 2


class _FileError(SpecmolError):
    """An error about one file.

    Parameters
    ----------
    path
        The file, as the user named it.
    reason
        What is wrong, where in the file, and what to do about it.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason


class SpectrumError(_FileError):
    """A spectrum is unreadable, is no spectrum, or holds the wrong nucleus."""

    exit_code = 3


class LibraryError(_FileError):
    """A library is unreadable, or none of its records is a valid candidate."""

    exit_code = 4


class CheckpointError(_FileError):
    """A checkpoint is missing, damaged, foreign, or of another geometry than asked for."""

    exit_code = 5


class CacheError(_FileError):
    """A cache is damaged, or belongs to another library or checkpoint."""

    exit_code = 5


class DatasetError(_FileError):
    """A dataset or a feature store is missing, damaged or of another format."""

    exit_code = 5


class OutputError(_FileError):
    """A result cannot be written: disk full, folder read-only, or the file exists."""

    exit_code = 6

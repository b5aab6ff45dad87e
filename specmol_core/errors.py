"""All errors that specmol raises on purpose, with the exit codes of the command.

::

    SpecmolError
    ├── UsageError        2   an option or a setting is invalid
    │   └── MissingPackageError 2   a package that the task needs is not installed
    ├── SpectrumError     3   a spectrum is unreadable, or the file is not a spectrum
    ├── LibraryError      4   a library is unreadable, or has no valid candidate
    ├── CheckpointError   5   a checkpoint is unusable
    ├── CacheError        5   a cache is unusable, or belongs to something else
    ├── DatasetError      5   a dataset or a feature store is unusable
    ├── OutputError       6   a result cannot be written
    └── ChildError       70   a child process of specmol does not start or keeps being killed

Exit code 0 is success, 1 means that some queries failed, and 130 that the user interrupted the command.
Any other exception is a bug in specmol (70).
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "DEBUG",
    "INTERNAL",
    "CacheError",
    "CheckpointError",
    "ChildError",
    "DatasetError",
    "LibraryError",
    "MissingPackageError",
    "OutputError",
    "SpecmolError",
    "SpectrumError",
    "UsageError",
    "fault_message",
    "missing_package",
]

DEBUG = "SPECMOL_DEBUG"
"""Environment variable that shows the traceback of every error if it is set and not empty."""
INTERNAL = 70
"""Exit code of an internal error."""


_TORCH = "torch torch-geometric torchvision"
_DISTRIBUTIONS = {"torch": _TORCH, "torch_geometric": _TORCH, "torchvision": _TORCH, "faiss": "faiss-cpu"}
"""What to install for a package that the light installation lacks, or that is named otherwise."""


class SpecmolError(Exception):
    """Base of all errors in the input; the message is one line with the fault, its location and a remedy."""

    exit_code = 1


class ChildError(SpecmolError):
    """A child process of specmol does not start or keeps being killed: too little memory, or a limit."""

    exit_code = INTERNAL


class UsageError(SpecmolError):
    """An option or a setting is invalid; the message names it and says what is accepted."""

    exit_code = 2


class MissingPackageError(UsageError):
    """A package that this task needs is not installed, as torch in the light installation.

    Parameters
    ----------
    task
        What was asked for, as the user wrote it.
    package
        Name of the package as it is imported.

    Examples
    --------
    >>> print(MissingPackageError("--model matchnet", "faiss"))
    --model matchnet needs the package faiss, which is not installed; run pip install faiss-cpu
    """

    def __init__(self, task: str, package: str) -> None:
        distributions = _DISTRIBUTIONS.get(package, package)
        super().__init__(f"{task} needs the package {package}, which is not installed; run pip install {distributions}")
        self.package = package


class _FileError(SpecmolError):
    """An error about one file.

    Parameters
    ----------
    path
        The file, as the user named it.
    reason
        The fault, its location in the file, and a remedy.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason


class SpectrumError(_FileError):
    """A spectrum is unreadable, is not a spectrum, or has the wrong nucleus."""

    exit_code = 3


class LibraryError(_FileError):
    """A library is unreadable, or none of its records is a valid candidate."""

    exit_code = 4


class CheckpointError(_FileError):
    """A checkpoint is missing, damaged, of another program, or of another geometry than requested."""

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


def fault_message(error: BaseException) -> str:
    """Return one line about an error that is not a SpecmolError: what it is, and how to report it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "out of memory; use a smaller --batch-size or --prefilter, fewer workers, or --device cpu"
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    remedy = f"run it again with {DEBUG}=1, and open an issue of the project with the output and the input"
    return f"this is a bug in specmol ({text}); {remedy}"


def missing_package(error: BaseException, task: str = "this task") -> MissingPackageError | None:
    """The error to show for an import that failed because an optional package is not installed; else None.

    >>> missing_package(ModuleNotFoundError("No module named 'torch'", name="torch")).package
    'torch'
    """
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return None
    package = error.name.partition(".")[0]
    return MissingPackageError(task, package) if package in _DISTRIBUTIONS else None

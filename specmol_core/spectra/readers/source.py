"""What a reader is given, and what makes a reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = [
    "EXPERIMENT_SEPARATOR",
    "MAX_BYTES",
    "NucleusError",
    "Reader",
    "RefusedError",
    "Request",
    "SourceFile",
    "require_nucleus",
]

MAX_BYTES = 256 * 1024**2
"""Largest spectrum file that is read."""

EXPERIMENT_SEPARATOR = "::"
"""What stands between a file or a folder and the name of one experiment in it."""

_ACQUISITION_FILES = frozenset({"fid", "ser", "acqus", "acqu", "procpar"})
_PROCESSED_FILES = frozenset({"1r", "1i", "procs", "proc"})
"""Files that mean nothing without the folder they belong to."""


class RefusedError(ValueError):
    """A file's content is not what a reader needs; the message says what is wrong and what to do."""


class NucleusError(SpectrumError):
    """A spectrum is readable, but of another nucleus than it was given as.

    Parameters
    ----------
    found_nucleus
        Its nucleus, for example "13C".
    """

    def __init__(self, path: Path | str, reason: str, found_nucleus: str) -> None:
        super().__init__(path, reason)
        self.found_nucleus = found_nucleus


@dataclass(frozen=True)
class SourceFile:
    """One file, read once, so that its hash belongs to the bytes that were understood."""

    path: Path
    """As the user gave it, for messages; the experiment included."""
    content: bytes
    """All bytes; empty for a folder, which a reader of folders opens itself."""
    experiment: str = ""
    """Which of several experiments the user asks for: what stands behind ``::`` in the path; empty for none."""
    file: Path = field(default=Path())
    """The file or folder itself; as ``path`` unless given."""
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())
        if self.file == Path():
            object.__setattr__(self, "file", self.path)

    @classmethod
    def load(cls, path: Path) -> SourceFile:
        """Read a file of at most :data:`MAX_BYTES`; ``path::experiment`` names one experiment in it.

        Raises
        ------
        SpectrumError
            If the file is missing, unreadable, empty or too large.
        """
        file, experiment = _split_path(path)
        try:
            if file.is_dir():
                return cls(path, b"", experiment, file)
            with file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise SpectrumError(path, "no such file: check the path of the spectrum") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SpectrumError(path, f"cannot be read: {reason}; check the path and its permissions") from error
        if not content:
            raise SpectrumError(path, "the file is empty: export the spectrum again")
        if len(content) > MAX_BYTES:
            raise SpectrumError(path, f"larger than {MAX_BYTES // 1024**2} MB: export a smaller spectrum")
        return cls(path, content, experiment, file)


def _split_path(path: Path) -> tuple[Path, str]:
    """The file and the experiment that a path names; a file whose own name holds ``::`` goes first."""
    text = str(path)
    try:
        if EXPERIMENT_SEPARATOR not in text or path.exists():
            return _experiment_folder(path)
    except (OSError, ValueError):
        return path, ""
    file, _, experiment = text.partition(EXPERIMENT_SEPARATOR)
    return Path(file), experiment.strip().strip("/")


def _experiment_folder(path: Path) -> tuple[Path, str]:
    """The folder of a spectrometer's experiment and the part of it, where a path leads into one."""
    folder = path if path.is_dir() else path.parent
    if (
        folder.parent.name == "pdata"
        and (folder / "procs").is_file()
        and (path == folder or path.name in _PROCESSED_FILES)
    ):
        return folder.parents[1], f"pdata/{folder.name}"
    if path.name in _ACQUISITION_FILES and any((folder / name).is_file() for name in ("acqus", "acqu", "procpar")):
        return folder, "fid" if path.name == "fid" else ""
    return path, ""


@dataclass(frozen=True)
class Request:
    """What the caller says about a spectrum."""

    nucleus: Nucleus
    window: tuple[float, float] | None
    """Range that the user named, high to low (ppm); it goes before all else."""
    default_window: tuple[float, float]
    """Range where neither the user nor the file says one, high to low (ppm)."""


@dataclass(frozen=True)
class Reader:
    """One format: how it is known by its content, and how it is read."""

    accepts: str
    """What it reads, in words for an error message."""
    matches: Callable[[bytes, Path], bool]
    """Whether the first bytes (none for a folder) and the path are this format's."""
    read: Callable[[SourceFile, Request], Spectrum]
    """Raises SpectrumError where the content is damaged or no spectrum."""


def require_nucleus(path: Path, found_nucleus: str, request: Request) -> None:
    """Refuse a spectrum of another nucleus than asked for; an empty ``found_nucleus`` is let through.

    Raises
    ------
    NucleusError
        That names the nucleus found and says what to do.
    """
    if found_nucleus and found_nucleus != request.nucleus:
        remedy = (
            f"--h1 and --c13 may be the wrong way round: swap them, or give a {request.nucleus} spectrum"
            if found_nucleus in NUCLEI
            else f"give a {request.nucleus} spectrum"
        )
        raise NucleusError(path, f"is a {found_nucleus} spectrum, given as {request.nucleus}; {remedy}", found_nucleus)

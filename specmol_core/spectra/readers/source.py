"""The input of a reader, and the definition of a reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from specmol_core.errors import SpectrumError
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = [
    "EXPERIMENT_SEPARATOR",
    "MAX_BYTES",
    "NucleusError",
    "OtherNucleusError",
    "Reader",
    "RefusedError",
    "Request",
    "RowTable",
    "SourceFile",
    "SourceFiles",
    "require_nucleus",
    "spectrum_error",
]

MAX_BYTES = 256 * 1024**2
"""Largest spectrum file that is read."""

EXPERIMENT_SEPARATOR = "::"
"""Separates a file or a folder from the name of one experiment in it."""

Parsed = TypeVar("Parsed")

_ACQUISITION_FILES = frozenset({"fid", "ser", "acqus", "acqu", "procpar"})
_PROCESSED_FILES = frozenset({"1r", "1i", "procs", "proc"})
"""Files that mean nothing without their folder."""


class RefusedError(ValueError):
    """A reader cannot use a file's content; the message gives the reason and the remedy."""


class OtherNucleusError(RefusedError):
    """The content shows another nucleus than requested.

    Parameters
    ----------
    found_nucleus
        Nucleus of the spectrum, for example "13C".
    """

    def __init__(self, reason: str, found_nucleus: str) -> None:
        super().__init__(reason)
        self.found_nucleus = found_nucleus


class NucleusError(SpectrumError):
    """A readable spectrum shows another nucleus than the one it was given as.

    Parameters
    ----------
    found_nucleus
        Nucleus of the spectrum, for example "13C".
    """

    def __init__(self, path: Path | str, reason: str, found_nucleus: str) -> None:
        super().__init__(path, reason)
        self.found_nucleus = found_nucleus


def spectrum_error(path: Path, error: RefusedError) -> SpectrumError:
    """Return the error of a file whose content was refused."""
    if isinstance(error, OtherNucleusError):
        return NucleusError(path, str(error), error.found_nucleus)
    return SpectrumError(path, str(error))


@dataclass(frozen=True)
class SourceFile:
    """One file, read once, so that its hash belongs to the bytes that were parsed."""

    path: Path
    """Path as the user gave it, for messages; it includes the experiment."""
    content: bytes
    """All bytes; empty for a folder, whose reader opens the files itself."""
    experiment: str = ""
    """Experiment that the user names after ``::`` in the path; empty for none."""
    file: Path = field(default=Path())
    """The file or folder itself; equals ``path`` unless given."""
    sha256: str = ""
    """Hash of the content; computed unless given."""
    _parsed: dict[Callable[[bytes], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.sha256:
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

    def parsed(self, parse: Callable[[bytes], Parsed]) -> Parsed:
        """Return what a function makes of the content; it is called once for all experiments of the file."""
        if parse not in self._parsed:
            self._parsed[parse] = parse(self.content)
        result: Parsed = self._parsed[parse]
        return result


class SourceFiles:
    """Loads files, and keeps the last one while it does not change, so that its rows are read from it in turn."""

    def __init__(self) -> None:
        self._kept: SourceFile | None = None
        self._state: tuple[int, ...] = ()

    def load(self, path: Path) -> SourceFile:
        """Return a file as ``SourceFile.load`` does.

        Raises
        ------
        SpectrumError
            As ``SourceFile.load``.
        """
        file, experiment = _split_path(path)
        state = _state(file)
        if self._kept is not None and self._kept.file == file and state and state == self._state:
            return replace(self._kept, path=path, experiment=experiment)
        self._kept, self._state = None, state
        loaded = SourceFile.load(path)
        # The state is that before the file was read: a change while it is read gives another one next time.
        self._kept = loaded if loaded.content else None
        return loaded


def _state(file: Path) -> tuple[int, ...]:
    """Return what changes with the content of a file; empty if it cannot be seen."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _split_path(path: Path) -> tuple[Path, str]:
    """The file and the experiment that a path names; an existing file named with ``::`` wins."""
    text = str(path)
    try:
        if EXPERIMENT_SEPARATOR not in text or path.exists():
            return _experiment_folder(path)
    except (OSError, ValueError):
        return path, ""
    file, _, experiment = text.partition(EXPERIMENT_SEPARATOR)
    return Path(file), experiment.strip().strip("/")


def _experiment_folder(path: Path) -> tuple[Path, str]:
    """The experiment folder and the part of it, for a path inside a spectrometer's experiment."""
    folder = path if path.is_dir() else path.parent
    if (
        folder.parent.name == "pdata"
        and (folder / "procs").is_file()
        and (path == folder or path.name in _PROCESSED_FILES)
    ):
        return folder.parents[1], f"pdata/{folder.name}"
    if (path.suffix == ".1d" or path.name == "acqu.par") and (folder / "acqu.par").is_file():
        return folder, path.name if path.suffix == ".1d" else ""
    if path.name in _ACQUISITION_FILES and any((folder / name).is_file() for name in ("acqus", "acqu", "procpar")):
        return folder, "fid" if path.name == "fid" else ""
    return path, ""


@dataclass(frozen=True)
class Request:
    """What the caller states about a spectrum."""

    nucleus: Nucleus
    window: tuple[float, float] | None
    """Range that the user gives, high to low (ppm); it overrides the file. None for none."""
    default_window: tuple[float, float]
    """Range used where neither the user nor the file states one, high to low (ppm)."""
    solvent: str | None = None
    """Solvent that the user gives; it overrides the file. None for none."""


@dataclass(frozen=True)
class RowTable:
    """What the files of an arrayed data set say of its rows."""

    names: tuple[str, ...]
    """What names each row that is there, after ``::``, such as ``row/3``."""
    expected: int
    """Number of rows when the measurement is over."""
    seconds: tuple[float, ...] | None = None
    """Time of each row after the first (s), at least for those in ``names``; None if it is unknown."""
    start: float | None = None
    """When the first row was measured (s since 1970); None if it is unknown."""
    notes: tuple[str, ...] = ()
    """What is doubtful, a sentence each."""
    experiments: tuple[str, ...] = ()
    """Name of the experiment of each row; empty where all rows are of one."""


def _no_rows(source: SourceFile, nucleus: Nucleus) -> RowTable | None:
    return None


@dataclass(frozen=True)
class Reader:
    """One format: how to recognise it by its content, and how to read it."""

    accepts: str
    """What it reads, in the words of an error message."""
    matches: Callable[[bytes, Path], bool]
    """Whether the first bytes (none for a folder) and the path belong to this format."""
    read: Callable[[SourceFile, Request], Spectrum]
    """Returns the spectrum; raises SpectrumError if the content is damaged or not a spectrum."""
    rows: Callable[[SourceFile, Nucleus], RowTable | None] = _no_rows
    """Returns the spectra of a nucleus in a file that holds several of one sample; None where it holds one."""


def require_nucleus(path: Path, found_nucleus: str, request: Request) -> None:
    """Refuse a spectrum of another nucleus than requested; an empty ``found_nucleus`` passes.

    Raises
    ------
    NucleusError
        If the nuclei differ; the message gives the nucleus found and the remedy.
    """
    if found_nucleus and found_nucleus != request.nucleus:
        remedy = (
            f"--h1 and --c13 may be the wrong way round: swap them, or give a {request.nucleus} spectrum"
            if found_nucleus in NUCLEI
            else f"give a {request.nucleus} spectrum"
        )
        raise NucleusError(path, f"is a {found_nucleus} spectrum, given as {request.nucleus}; {remedy}", found_nucleus)

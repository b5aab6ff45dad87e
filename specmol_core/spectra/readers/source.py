"""What a reader is given, and what makes a reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.spectrum import Nucleus, Spectrum

__all__ = ["MAX_BYTES", "Reader", "RefusedError", "Request", "SourceFile"]

MAX_BYTES = 256 * 1024**2
"""Largest spectrum file that is read."""


class RefusedError(ValueError):
    """A file's content is not what a reader needs; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """One file, read once, so that its hash belongs to the bytes that were understood."""

    path: Path
    content: bytes
    """All bytes; empty for a folder, which a reader of folders opens itself."""
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())

    @classmethod
    def load(cls, path: Path) -> SourceFile:
        """Read a file of at most :data:`MAX_BYTES`.

        Raises
        ------
        SpectrumError
            If the file is missing, unreadable, empty or too large.
        """
        try:
            if path.is_dir():
                return cls(path, b"")
            with path.open("rb") as stream:
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
        return cls(path, content)


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

"""Files of a folder or an archive, read one by one and within limits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from specmol_core.spectra.readers.source import MAX_BYTES, RefusedError

__all__ = ["MAX_FILES", "FileTree", "natural_sort_key"]

MAX_FILES = 20_000
"""Most files in a folder or an archive: enough for a laboratory notebook, not for a whole disk."""
_MAX_DEPTH = 12


@dataclass(frozen=True)
class FileTree:
    """Files by their path inside a folder or an archive, with ``/`` between the parts."""

    sizes: Mapping[str, int]
    """Size of each file (bytes) by its path."""
    _open: Callable[[str, int, int | None], bytes]
    """Returns bytes of a file from a position on, so many or (None) all."""
    _prefix: str = ""
    """Path of this subtree in the whole tree, with a trailing ``/``; empty for the whole tree."""
    _read_hashes: dict[str, str] = field(default_factory=dict)
    """Hash of each file that was read, by its path in the whole tree; shared by subtrees."""

    @classmethod
    def of_folder(cls, folder: Path) -> FileTree:
        """Return the regular files below a folder; symbolic links to folders are not followed.

        Raises
        ------
        RefusedError
            If the folder cannot be listed or entered, or holds too many files.
        """
        sizes: dict[str, int] = {}

        def fail(error: OSError) -> None:
            raise RefusedError(f"the folder cannot be listed: {error.strerror or error}; check its permissions")

        for directory, folders, files in os.walk(folder, onerror=fail):
            relative = Path(directory).relative_to(folder)
            if len(relative.parts) >= _MAX_DEPTH:
                folders.clear()
            folders.sort()
            for name in files:
                path = Path(directory) / name
                try:
                    if path.is_file():
                        sizes[(relative / name).as_posix()] = path.stat().st_size
                except FileNotFoundError:
                    continue  # removed meanwhile
                except OSError as error:
                    reason = error.strerror or error
                    raise RefusedError(f"{relative / name} cannot be read: {reason}; check the permissions") from error
            if len(sizes) > MAX_FILES:
                raise RefusedError(f"the folder holds more than {MAX_FILES} files: name the experiment's own folder")
        return cls(sizes, lambda name, start, length: _read_file(folder / name, start, length))

    def __contains__(self, name: object) -> bool:
        return name in self.sizes

    def read(self, name: str, max_bytes: int = MAX_BYTES) -> bytes:
        """Return the bytes of one file.

        Raises
        ------
        RefusedError
            If it is missing, unreadable or longer than ``max_bytes``.
        """
        if name not in self.sizes:
            raise RefusedError(f"the file {name} is missing: copy the whole folder of the experiment")
        if self.sizes[name] > max_bytes:
            raise RefusedError(f"{name}: larger than {max_bytes / 1024**2:g} MB, which no 1D spectrum needs")
        content = self._open(self._prefix + name, 0, None)
        self._read_hashes[self._prefix + name] = hashlib.sha256(content).hexdigest()
        return content

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """Return a part of one file, which may itself be larger than any file that is read whole.

        Raises
        ------
        RefusedError
            If the file is missing, unreadable or ends before, or the part is larger than ``MAX_BYTES``.
        """
        if name not in self.sizes:
            raise RefusedError(f"the file {name} is missing: copy the whole folder of the experiment")
        if length > MAX_BYTES:
            raise RefusedError(f"{name}: a row is larger than {MAX_BYTES // 1024**2} MB, which no 1D spectrum needs")
        content = self._open(self._prefix + name, start, length)
        if len(content) < length:
            raise RefusedError(f"{name} ends before this row: copy the whole folder of the experiment")
        self._read_hashes[f"{self._prefix}{name}:{start}"] = hashlib.sha256(content).hexdigest()
        return content

    def subtree(self, folder: str) -> FileTree:
        """Return the files below one folder of this tree, with paths relative to it."""
        if not folder:
            return self
        start = folder + "/"
        sizes = {name[len(start) :]: size for name, size in self.sizes.items() if name.startswith(start)}
        return FileTree(sizes, self._open, self._prefix + start, self._read_hashes)

    def folders(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield each folder with the names of its files, in natural order; "" is the top folder."""
        names: dict[str, set[str]] = {}
        for path in self.sizes:
            folder, _, name = path.rpartition("/")
            names.setdefault(folder, set()).add(name)
        for folder in sorted(names, key=natural_sort_key):
            yield folder, frozenset(names[folder])

    def sha256(self) -> str:
        """Return the hash over the paths and contents of the files read so far, sorted by path."""
        digest = hashlib.sha256()
        for name, content in sorted(self._read_hashes.items()):
            digest.update(f"{name}\0{content}\n".encode())
        return digest.hexdigest()


def natural_sort_key(path: str) -> list[tuple[int, int, str]]:
    """Return a sort key of a path that puts experiment 2 before experiment 10.

    >>> sorted(["10/fid", "2/fid"], key=natural_sort_key)
    ['2/fid', '10/fid']
    """
    parts = PurePosixPath(path).parts
    return [
        (0, int(part), part) if part.isascii() and part.isdigit() and len(part) < 18 else (1, 0, part) for part in parts
    ]


def _read_file(path: Path, start: int, length: int | None) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            # The size was checked when the folder was listed; a file that grew since is truncated.
            return stream.read(MAX_BYTES + 1 if length is None else length)
    except OSError as error:
        raise RefusedError(f"{path.name} cannot be read: {error.strerror or error}; check its permissions") from error

"""Read a zip archive of experiments in memory; only the files that are needed are unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.instruments.experiments import read_tree
from specmol_core.spectra.readers.instruments.folder import FOLDER_FORMATS
from specmol_core.spectra.readers.instruments.tree import MAX_FILES, FileTree
from specmol_core.spectra.readers.source import MAX_BYTES, Reader, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["archive_reader", "tree_of_zip"]

_MAX_TOTAL_BYTES = 2 * 1024**3
"""Largest total size of the unpacked files (bytes)."""
_MAX_RATIO = 1000
"""Largest ratio of unpacked to packed size of one file; only files of zeros reach it."""
_MIN_CHECKED_BYTES = 4 * 1024**2
"""Size below which any ratio is accepted (bytes)."""
_DAMAGED_MESSAGE = "the zip archive is damaged: pack it again"


def archive_reader(readers: Sequence[Reader]) -> Reader:
    """Return a reader of zip archives of experiment folders, or of single files for ``readers``."""

    def read(source: SourceFile, request: Request) -> Spectrum:
        try:
            return read_tree(tree_of_zip(source.content), source, request, FOLDER_FORMATS, readers)
        except RefusedError as error:
            raise SpectrumError(source.path, str(error)) from error

    return Reader("the same zipped", _matches, read)


def tree_of_zip(content: bytes) -> FileTree:
    """Return the files of a zip archive; each is unpacked in memory when it is read.

    Raises
    ------
    RefusedError
        If the archive is damaged or encrypted, unpacks to too much, or holds links or paths that lead out of it.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise RefusedError(_DAMAGED_MESSAGE) from error
    if len(members) > MAX_FILES:
        raise RefusedError(f"the archive holds more than {MAX_FILES} files: pack the experiment alone")
    files: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = _checked_name(member)
        if not name or member.filename.endswith("/") or name.startswith("__MACOSX/"):
            continue
        if name in files:
            raise RefusedError(f"the archive holds {name[:80]!r} twice: pack it again")
        files[name] = member
    if sum(member.file_size for member in files.values()) > _MAX_TOTAL_BYTES:
        raise RefusedError(
            f"the archive unpacks to more than {_MAX_TOTAL_BYTES // 1024**3} GB: pack the experiment alone"
        )
    return FileTree(
        {name: member.file_size for name, member in files.items()},
        lambda name, start, length: _unpack(archive, files[name], start, length),
    )


def _checked_name(member: zipfile.ZipInfo) -> str:
    name = member.filename.replace("\\", "/")
    short_name = name[:80]
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        raise RefusedError(f"the archive holds a path that leads out of it ({short_name!r}): pack it again")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RefusedError(f"the archive holds a link ({short_name!r}): pack the files themselves")
    if member.flag_bits & 1:
        raise RefusedError("the archive is encrypted: pack it without a password")
    if member.file_size > max(_MIN_CHECKED_BYTES, _MAX_RATIO * member.compress_size):
        packed = f"{member.compress_size} bytes unpack to {member.file_size}"
        raise RefusedError(f"{short_name!r} unpacks to too much ({packed}): pack the experiment alone")
    return "/".join(part for part in parts if part not in ("", "."))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, start: int, length: int | None) -> bytes:
    try:
        with archive.open(member) as stream:
            if length is not None:
                stream.seek(start)
                return stream.read(length)
            content = stream.read(min(member.file_size, MAX_BYTES) + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise RefusedError(_DAMAGED_MESSAGE) from error
    if len(content) != member.file_size:
        raise RefusedError(_DAMAGED_MESSAGE)
    return content


def _matches(head: bytes, path: Path) -> bool:
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")

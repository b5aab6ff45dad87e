"""The cache of one library for one checkpoint: one HDF5 file that is checked through before it is used.

Two layers keep it honest. A checksum over the whole file finds every accident. Behind it, nothing of the
content is believed: types, shapes, places, counts and references are checked, because anyone can compute a
checksum. The faiss index is no part of it, but is rebuilt from the checked vectors: ``faiss.read_index`` trusts
the lengths in its file, and an index of someone else's making could overwrite memory.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from specmol_core.errors import CacheError
from specmol_core.retrieval.cache.candidates import CandidateSet, check_tables
from specmol_core.retrieval.cache.columns import ColumnWriter, cache_columns
from specmol_core.retrieval.cache.container import map_columns, read_manifest, verify_container, write_container
from specmol_core.retrieval.cache.manifest import FORMAT, Manifest
from specmol_core.runtime.machine import cache_folder

__all__ = ["default_cache_path", "open_cache", "open_expected_cache", "write_cache"]

_REMEDY = "delete it, or run `specmol embed --force`"


def default_cache_path(library: Path, library_sha256: str, checkpoint: str) -> Path | None:
    """Where the cache of a library lies unless the user names a place; None where there is no such place.

    That is beside the library, or in the user's cache folder (``runtime.machine.cache_folder``) if files cannot be made
    there. In that one folder of all libraries the name is a hash of library and checkpoint.
    """
    sibling = library.with_name(f"{library.name}.specmol-{checkpoint[:12]}.h5")
    if os.access(library.parent, os.W_OK | os.X_OK) and len(os.fsencode(sibling.name)) < 200:
        return sibling
    folder = cache_folder()
    key = hashlib.sha256(f"{library_sha256}\n{checkpoint}".encode()).hexdigest()
    return folder / f"{key[:32]}.h5" if folder is not None else None


def write_cache(path: Path, manifest: Manifest, writer: ColumnWriter) -> CandidateSet:
    """Write a cache, atomically, and return what it holds; the same content gives the same bytes.

    Raises
    ------
    OutputError
        If the disk is full, or the folder is missing or read-only.
    """
    columns = cache_columns(manifest.joint_width)
    return CandidateSet(manifest, write_container(path, manifest.to_json(), columns, writer.files), path)


def open_cache(path: Path) -> CandidateSet:
    """Open a cache of any library and checkpoint, checked through; its columns stay on disk.

    What its evidence means is not checked here: only the matcher knows.

    Raises
    ------
    CacheError
        If it is missing, no cache, damaged, or of another format.
    """
    try:
        with open(path, "rb") as file:
            return _read_cache(file, path)
    except FileNotFoundError:
        raise CacheError(path, "no such cache; make it with `specmol embed`") from None
    # What h5py raises on a strange file depends on where it is strange.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise CacheError(path, f"{' '.join(reason.split())}; {_REMEDY}") from error


def open_expected_cache(path: Path, expected: Manifest) -> CandidateSet:
    """Open the cache that belongs to just this library, checkpoint and settings.

    Raises
    ------
    CacheError
        As :func:`open_cache`, and naming the difference if it belongs to something else.
    """
    candidates = open_cache(path)
    first_difference = candidates.manifest.first_difference(expected)
    if first_difference is not None:
        raise CacheError(path, f"it belongs to {first_difference}; {_REMEDY}")
    return candidates


def _read_cache(file: BinaryIO, path: Path) -> CandidateSet:
    import h5py

    size = verify_container(file)
    # HDF5 reads through the file that was checked, so that nothing can come between; this also avoids
    # its file locks, which some network file systems refuse.
    with h5py.File(file, "r") as root:
        values = read_manifest(root)
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise ValueError("it was written by another version of specmol")
        manifest = Manifest.from_json(values)
        columns = cache_columns(manifest.joint_width)
        tables = map_columns(root, columns, file, size)
    check_tables(columns, tables, manifest.counts)
    return CandidateSet(manifest, tables, path)

"""The cache of one library for one checkpoint: one HDF5 file that is fully checked before use.

There are two checks. A checksum over the whole file finds accidental damage. Since anyone can
compute a checksum, the types, shapes, offsets, counts and references are checked as well. The cache
does not hold the faiss index, which is rebuilt from the checked vectors: ``faiss.read_index`` trusts
the lengths in its file, so a malicious index could overwrite memory.
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
    """Return the default path of the cache of a library; None if there is none.

    The path is beside the library. If no file can be created there, it is in the user's cache folder
    (``runtime.machine.cache_folder``), under a hash of library and checkpoint, because that folder
    holds the caches of all libraries.
    """
    sibling = library.with_name(f"{library.name}.specmol-{checkpoint[:12]}.h5")
    if os.access(library.parent, os.W_OK | os.X_OK) and len(os.fsencode(sibling.name)) < 200:
        return sibling
    folder = cache_folder()
    key = hashlib.sha256(f"{library_sha256}\n{checkpoint}".encode()).hexdigest()
    return folder / f"{key[:32]}.h5" if folder is not None else None


def write_cache(path: Path, manifest: Manifest, writer: ColumnWriter) -> CandidateSet:
    """Write a cache atomically and return its candidates; the same content gives the same bytes.

    Raises
    ------
    OutputError
        If the disk is full, or the folder is missing or read-only.
    """
    columns = cache_columns(manifest.joint_width)
    return CandidateSet(manifest, write_container(path, manifest.to_json(), columns, writer.files), path)


def open_cache(path: Path) -> CandidateSet:
    """Open and check a cache of any library and checkpoint; its columns stay on disk.

    The payloads are not checked here, because only the matcher knows their meaning.

    Raises
    ------
    CacheError
        If the file is missing, not a cache, damaged, or of another format.
    """
    try:
        with open(path, "rb") as file:
            return _read_cache(file, path)
    except FileNotFoundError:
        raise CacheError(path, "no such cache; create it with `specmol embed`") from None
    # The type of h5py's error depends on which part of the file is invalid.
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise CacheError(path, f"{' '.join(reason.split())}; {_REMEDY}") from error


def open_expected_cache(path: Path, expected: Manifest) -> CandidateSet:
    """Open the cache of this library, checkpoint and settings.

    Raises
    ------
    CacheError
        As :func:`open_cache`; also if the cache belongs to something else, and the message names
        the difference.
    """
    candidates = open_cache(path)
    first_difference = candidates.manifest.first_difference(expected)
    if first_difference is not None:
        raise CacheError(path, f"it belongs to {first_difference}; {_REMEDY}")
    return candidates


def _read_cache(file: BinaryIO, path: Path) -> CandidateSet:
    import h5py

    size = verify_container(file)
    # HDF5 reads from the open file that was checked, so no other process can replace it in between.
    # This also avoids HDF5's file locks, which some network file systems refuse.
    with h5py.File(file, "r") as root:
        values = read_manifest(root)
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise ValueError("it was written by another version of specmol")
        manifest = Manifest.from_json(values)
        columns = cache_columns(manifest.joint_width)
        tables = map_columns(root, columns, file, size)
    check_tables(columns, tables, manifest.counts)
    return CandidateSet(manifest, tables, path)

"""The HDF5 file that holds the columns: planned in memory, written with plain system calls.

HDF5 crashes the process with a segmentation fault when the disk fills up while it writes (seen with
HDF5 2.0), and it may crash on damaged bytes. Therefore HDF5 never writes to disk here. It lays out
the metadata in memory, and this module writes the metadata and the columns. HDF5 leaves the first
block of a file (the user block) to the application. It holds a checksum of everything that follows,
which is verified before HDF5 reads anything.
"""

from __future__ import annotations

import errno
import io
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.retrieval.cache.columns import Column
from specmol_core.retrieval.cache.sparse_file import SparseFile
from specmol_core.storage.atomic import atomic_path

__all__ = ["HEADER_BYTES", "map_columns", "read_manifest", "verify_container", "write_container"]

HEADER_BYTES = 4096
"""Size of the HDF5 user block (bytes). HDF5 requires it to exceed the alignment of the data."""

_HEADER = struct.Struct("<16sQII")
_MAGIC = b"specmol cache\r\n\x1a"
_ALIGNMENT = 64
_MAX_MANIFEST_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20
_UNMAPPABLE = (errno.ENODEV, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)


class _Member(NamedTuple):
    column: Column
    rows: int
    offset: int

    @property
    def size(self) -> int:
        return self.rows * self.column.row_bytes


def write_container(
    path: Path, manifest: Mapping[str, Any], columns: Sequence[Column], files: Mapping[str, BinaryIO]
) -> dict[str, NDArray[Any]]:
    """Write columns and a manifest atomically to one HDF5 file.

    The same input gives the same bytes.

    Parameters
    ----------
    path
        The file to create or replace.
    manifest
        JSON values, stored as an attribute of the root group.
    columns, files
        The columns to write, and a seekable file with the raw rows of each.

    Returns
    -------
    The columns, memory-mapped from the open file, so no other process can replace them.

    Raises
    ------
    OutputError
        If the disk is full, or the folder is missing or read-only.
    """
    sizes = {column.name: files[column.name].seek(0, io.SEEK_END) for column in columns}
    layout, members = _build_layout(manifest, columns, sizes)
    with atomic_path(path) as temporary, open(temporary, "r+b") as target:
        target.seek(HEADER_BYTES)
        checksum = 0
        for block in _body_blocks(layout, members, files):
            target.write(block)
            checksum = zlib.crc32(block, checksum)
        size = target.tell()
        target.seek(0)
        target.write(_pack_header(size, checksum))
        target.flush()
        tables = {column.name: np.zeros(column.shape(0), column.dtype) for column in columns}
        return tables | {m.column.name: _map_rows(target, m.column, m.column.shape(m.rows), m.offset) for m in members}


def verify_container(file: BinaryIO) -> int:
    """Verify the checksum of a whole container, and return its size (bytes).

    Raises
    ------
    ValueError
        If the file is not a container, or is damaged.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES or not head.startswith(_MAGIC):
        raise ValueError("this is not a specmol cache")
    _, expected, checksum, _ = _HEADER.unpack_from(head)
    if head != _pack_header(expected, checksum):
        raise ValueError("its header is damaged")
    if size != expected:
        raise ValueError(f"it is damaged: it has {size} bytes, but {expected} were written")
    actual = 0
    while block := file.read(_BLOCK_BYTES):
        actual = zlib.crc32(block, actual)
    if actual != checksum:
        raise ValueError("it is damaged: the checksum is wrong")
    return size


def read_manifest(root: Any) -> Any:
    """Read the JSON values of the root's only attribute, a short text of fixed length.

    Raises
    ------
    ValueError
        If the attribute is anything else.
    """
    import h5py

    if h5py.h5a.get_num_attrs(root.id) != 1:
        raise ValueError("its root does not have exactly one attribute")
    attribute = h5py.h5a.open(root.id, b"manifest")
    kind = attribute.get_type()
    if not isinstance(kind, h5py.h5t.TypeStringID) or kind.is_variable_str() or attribute.shape != ():
        raise ValueError("its manifest is not text")
    if kind.get_size() > _MAX_MANIFEST_BYTES:
        raise ValueError("its manifest is too long")
    try:
        return json.loads(bytes(root.attrs["manifest"]))
    except RecursionError:
        raise ValueError("its manifest is nested too deeply") from None


def map_columns(root: Any, columns: Sequence[Column], file: BinaryIO, size: int) -> dict[str, NDArray[Any]]:
    """Map the columns of a container into memory.

    Only plain data is accepted: hard links, contiguous storage inside this file and the exact type.
    Filters, external files and virtual data sets are refused.

    Raises
    ------
    ValueError
        If the file holds anything else.
    """
    import h5py

    links = root.id.links
    if root.id.get_num_objs() != len(columns):
        raise ValueError("it does not hold the columns of a cache")
    tables = {}
    for column in columns:
        name = column.name.encode()
        if not links.exists(name) or links.get_info(name).type != h5py.h5l.TYPE_HARD:
            raise ValueError(f"column {column.name} is missing or a link")
        member = h5py.h5o.open(root.id, name)
        if not isinstance(member, h5py.h5d.DatasetID):
            raise ValueError(f"column {column.name} is not a data set")
        tables[column.name] = _map_column(member, column, file, size)
    return tables


def _map_column(member: Any, column: Column, file: BinaryIO, size: int) -> NDArray[Any]:
    import h5py

    plist = member.get_create_plist()
    if plist.get_layout() != h5py.h5d.CONTIGUOUS or plist.get_external_count() or plist.get_nfilters():
        raise ValueError(f"column {column.name} is not stored as plain contiguous data")
    shape = member.shape
    if not member.get_type().equal(h5py.h5t.py_create(column.dtype)) or shape != column.shape(*shape[:1]):
        raise ValueError(f"column {column.name} has another type or shape")
    length = shape[0] * column.row_bytes
    if length == 0:
        return np.zeros(shape, dtype=column.dtype)
    offset = member.get_offset()
    if offset is None or offset < HEADER_BYTES or offset + length > size:
        raise ValueError(f"column {column.name} lies outside the file")
    return _map_rows(file, column, shape, offset)


def _map_rows(file: BinaryIO, column: Column, shape: tuple[int, ...], offset: int) -> NDArray[Any]:
    try:
        return np.memmap(file, dtype=column.dtype, mode="r", offset=offset, shape=shape)
    except OSError as error:
        if error.errno not in _UNMAPPABLE:
            raise
    # Some network file systems cannot map files.
    file.seek(offset)
    content = file.read(int(np.prod(shape)) * column.dtype.itemsize)
    return np.frombuffer(content, dtype=column.dtype).reshape(shape)


def _pack_header(size: int, checksum: int) -> bytes:
    start = _HEADER.pack(_MAGIC, size, checksum, 0)[:-4]
    return (start + struct.pack("<I", zlib.crc32(start))).ljust(HEADER_BYTES, b"\0")


def _build_layout(
    manifest: Mapping[str, Any], columns: Iterable[Column], sizes: Mapping[str, int]
) -> tuple[SparseFile, list[_Member]]:
    import h5py

    text = json.dumps(manifest, sort_keys=True).encode()
    if len(text) > _MAX_MANIFEST_BYTES:
        raise ValueError("the manifest is too long")
    layout, members = SparseFile(), []
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.CONTIGUOUS)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    plist.set_obj_track_times(False)
    options = {"userblock_size": HEADER_BYTES, "alignment_threshold": _ALIGNMENT, "alignment_interval": _ALIGNMENT}
    with h5py.File(layout, "w", **options) as root:
        root.attrs.create("manifest", np.bytes_(text))
        for column in columns:
            rows = sizes[column.name] // column.row_bytes
            space = h5py.h5s.create_simple(column.shape(rows))
            kind = h5py.h5t.py_create(column.dtype)
            member = h5py.h5d.create(root.id, column.name.encode(), kind, space, dcpl=plist)
            if rows:
                members.append(_Member(column, rows, member.get_offset()))
    return layout, members


def _body_blocks(layout: SparseFile, members: Iterable[_Member], files: Mapping[str, BinaryIO]) -> Iterator[bytes]:
    """Yield the bytes after the header: metadata from the layout, rows from the column files."""
    position = HEADER_BYTES
    for member in sorted(members, key=lambda m: m.offset):
        yield layout.read_range(position, member.offset)
        position = member.offset + member.size
        file, remaining = files[member.column.name], member.size
        file.seek(0)
        while remaining:
            block = file.read(min(_BLOCK_BYTES, remaining))
            if not block:
                raise OSError(f"column {member.column.name} became shorter while it was copied")
            remaining -= len(block)
            yield block
    yield layout.read_range(position, max(position, layout.size))

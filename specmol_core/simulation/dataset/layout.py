"""Check the layout of a dataset before it is read: HDF5 can declare more than memory holds, and lead elsewhere."""

from __future__ import annotations

from typing import Any

import h5py

__all__ = ["check_layout"]

_COLUMNS = {
    "molecules": {"smiles": "S", "structure": "S", "name": "S", "record": "i", "split": "i"},
    "validation": {"candidate": "S", "spectrum": "S"},
    "rows": {"molecule": "i", "copy": "i", "parameters": "V"},
    "1H": {"trace": "i", "peaks": "f", "starts": "i", "atoms": "i", "atom_starts": "i"},
    "13C": {"trace": "i", "peaks": "f", "starts": "i", "atoms": "i", "atom_starts": "i"},
    "rejected": {"record": "i", "name": "S", "reason": "S"},
}
"""Kind of each column: text, integer, floating-point number, or record."""
_TABLES = ("trace", "peaks")
"""Columns of two dimensions."""
_MAX_RATIO = 1100
"""Bytes in memory per byte of the file; deflate reaches 1,032."""
_MIN_CHECKED_BYTES = 64 << 20


def check_layout(file: h5py.File, size: int) -> None:
    """Check that every column is plain data of the right kind inside the file, and no larger than the file can hold.

    Parameters
    ----------
    size
        Size of the file (bytes).

    Raises
    ------
    ValueError
        If a column is missing, a link, stored elsewhere, of another kind, or too large.
    """
    total = 0
    for group, columns in _COLUMNS.items():
        inner = _member(file, group)
        if not isinstance(inner, h5py.Group):
            raise ValueError(f"{group} is no group")
        for name, kind in columns.items():
            column = _member(inner, name)
            _check_column(f"{group}/{name}", column, kind, 2 if name in _TABLES else 1)
            total += column.size * column.dtype.itemsize
    if total > max(_MIN_CHECKED_BYTES, _MAX_RATIO * size):
        raise ValueError(f"it declares {total:,} bytes of data in a file of {size:,}")


def _member(group: h5py.Group, name: str) -> Any:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{group.name.strip('/')}/{name} is missing or a link".lstrip("/"))
    return group[name]


def _check_column(name: str, column: Any, kind: str, dimensions: int) -> None:
    if not isinstance(column, h5py.Dataset) or column.shape is None or len(column.shape) != dimensions:
        raise ValueError(f"{name} is no column of {dimensions} dimensions")
    if column.is_virtual or column.external:
        raise ValueError(f"{name} is stored in another file")
    is_text = h5py.check_string_dtype(column.dtype) is not None
    found = "S" if is_text else "i" if column.dtype.kind in "iu" else column.dtype.kind
    if found != kind:
        raise ValueError(f"{name} is of another type ({column.dtype})")

"""A large, nearly empty file in memory, which HDF5 uses to lay out a file without its data."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["SparseFile"]


class SparseFile(io.RawIOBase):
    """A file in memory that stores only the pages that were written.

    Examples
    --------
    >>> file = SparseFile()
    >>> file.seek(1_000_000_000)
    1000000000
    >>> file.write(b"end")
    3
    >>> file.read_range(999_999_999, 1_000_000_003)
    b'\\x00end'
    """

    _PAGE = 4096

    def __init__(self) -> None:
        self.size = 0
        self._position = 0
        self._pages: dict[int, bytearray] = {}

    def read_range(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` to ``stop``, with zeros where nothing was written."""
        content = bytearray(stop - start)
        position = start
        while position < stop:
            page, offset = divmod(position, self._PAGE)
            count = min(self._PAGE - offset, stop - position)
            if page in self._pages:
                content[position - start : position - start + count] = self._pages[page][offset : offset + count]
            position += count
        return bytes(content)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = base + offset
        return self._position

    def truncate(self, size: int | None = None) -> int:
        self.size = self._position if size is None else size
        return self.size

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read_range(self._position, max(self._position, min(self._position + len(view), self.size)))
        view[: len(content)] = content
        self._position += len(content)
        return len(content)

    def write(self, content: Any) -> int:
        view = memoryview(content).cast("B")
        written = 0
        while written < len(view):
            page, offset = divmod(self._position + written, self._PAGE)
            count = min(self._PAGE - offset, len(view) - written)
            content_page = self._pages.setdefault(page, bytearray(self._PAGE))
            content_page[offset : offset + count] = view[written : written + count]
            written += count
        self._position += written
        self.size = max(self.size, self._position)
        return len(view)

"""A large, nearly empty file in memory, in which HDF5 lays out a file without its data."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["SparseFile"]


class SparseFile(io.RawIOBase):
    """A file in memory that stores only the pages that were written to."""

    _PAGE = 4096

    def __init__(self) -> None:
        self.size = 0
        self._position = 0
        self._pages: dict[int, bytearray] = {}

    def read_range(self, start: int, stop: int) -> bytes:
        """Bytes from ``start`` to ``stop``; zeros where nothing was written."""
        content = bytearray(stop - start)
        at = start
        while at < stop:
            page, inside = divmod(at, self._PAGE)
            count = min(self._PAGE - inside, stop - at)
            if page in self._pages:
                content[at - start : at - start + count] = self._pages[page][inside : inside + count]
            at += count
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
        done = 0
        while done < len(view):
            page, inside = divmod(self._position + done, self._PAGE)
            count = min(self._PAGE - inside, len(view) - done)
            content_page = self._pages.setdefault(page, bytearray(self._PAGE))
            content_page[inside : inside + count] = view[done : done + count]
            done += count
        self._position += done
        self.size = max(self.size, self._position)
        return len(view)

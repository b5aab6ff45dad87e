"""The bytes of a library: from a file, a pipe or standard input, compressed or not."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from specmol_core.errors import LibraryError
from specmol_core.molecules.recoded import RecodedStream, find_recoding
from specmol_core.molecules.text_lines import read_lines
from specmol_core.storage.unpacked import UnpackedStream

__all__ = ["HEAD_BYTES", "STDIN", "ByteSource", "hash_file"]

STDIN = "-"
"""The path that means standard input."""

_GZIP = b"\x1f\x8b"
_ARCHIVES = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7z"}
HEAD_BYTES = 1 << 16
"""Size of ``ByteSource.head`` (bytes), if the library is not shorter."""
_CHUNK_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 16
_MAX_SPOOL_BYTES = 1 << 26
_MAX_BLANK_LINES = 1_000_000
"""Blank lines in a row that are read; no library has as many."""


def hash_file(path: Path | str) -> str:
    """Return the SHA-256 of a file's stored bytes in hexadecimal.

    Raises
    ------
    LibraryError
        If the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LibraryError(path, f"cannot be read: {error.strerror}; check the path and its permissions") from error


class ByteSource:
    """The stored bytes of a library, which can be read repeatedly; other encodings are recoded to UTF-8.

    A pipe or standard input cannot be read twice, so it is copied into a temporary file first. Its
    hash is then known before its first record. Only one iteration over such a source may be active.

    Parameters
    ----------
    path
        A file, a named pipe, or ``-`` for standard input.

    Raises
    ------
    LibraryError
        If the source cannot be read, is empty, or is compressed with something other than gzip.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = STDIN if str(path) == STDIN else Path(path)
        self.label = "standard input" if self.path == STDIN else str(path)
        self._spool: IO[bytes] | None = None
        self._sha256: str | None = None
        with self._translate_errors():
            self._prepare()
            with self._open_raw() as raw:
                start = raw.read(8)
        if not start:
            raise LibraryError(self.label, "is empty; give a library with at least one record")
        for magic, name in _ARCHIVES.items():
            if start.startswith(magic):
                remedy = "unpack it, or pack it with gzip"
                if name == "zip":
                    remedy = "if it is an Excel workbook, save it as CSV; else unpack it"
                raise LibraryError(self.label, f"is packed with {name}; {remedy}")
        self.is_compressed = start.startswith(_GZIP)
        self._recoding = ""
        self.head = self._read_head()
        """The first bytes, unpacked, as UTF-8 with LF or CRLF line ends."""
        self._recoding = find_recoding(self.head)
        if self._recoding:
            self.head = self._read_head()

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored bytes (compressed or not), in hexadecimal."""
        if self._sha256 is None:
            self._sha256 = hash_file(self.path)
        return self._sha256

    def lines(self) -> Iterator[bytes]:
        """Yield the unpacked lines, as ``read_lines`` does.

        Raises
        ------
        LibraryError
            If the data break off, after all complete lines; if there are too many blank lines in a row; if the
            packed data are far larger than a library when unpacked; or if the file changed while it was read.
        """
        with self._translate_errors(), self._open_unpacked() as stream:
            before = self._file_stamp()
            blank = 0
            for line in read_lines(stream):
                blank = 0 if line else blank + 1
                if blank > _MAX_BLANK_LINES:
                    reason = f"holds more than {_MAX_BLANK_LINES:,} blank lines in a row; save the library again"
                    raise LibraryError(self.label, reason)
                yield line
            if self._file_stamp() != before:
                raise LibraryError(self.label, "changed while it was read; run again when no program writes to it")

    def _prepare(self) -> None:
        if self.path == STDIN:
            if sys.stdin is None:
                raise LibraryError(self.label, "is closed; pipe a library into the command")
            self._spool_stream(sys.stdin.buffer)
            return
        mode = os.stat(self.path).st_mode
        if stat.S_ISFIFO(mode):
            with open(self.path, "rb") as pipe:
                self._spool_stream(pipe)
        elif not stat.S_ISREG(mode):
            what = "is a folder" if stat.S_ISDIR(mode) else "is not a regular file"
            raise LibraryError(self.label, f"{what}; give a file of structures, such as an SD file or a SMILES file")

    def _spool_stream(self, stream: BinaryIO) -> None:
        digest = hashlib.sha256()
        self._spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_MAX_SPOOL_BYTES))  # noqa: SIM115
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            self._spool.write(chunk)
        self._sha256 = digest.hexdigest()

    def _file_stamp(self) -> tuple[int, int] | None:
        if self._spool is not None:
            return None
        status = os.stat(self.path)
        return status.st_size, status.st_mtime_ns

    @contextlib.contextmanager
    def _open_raw(self) -> Iterator[BinaryIO]:
        if self._spool is None:
            with open(self.path, "rb") as file:
                yield file
        else:
            self._spool.seek(0)
            yield cast(BinaryIO, self._spool)

    @contextlib.contextmanager
    def _open_unpacked(self) -> Iterator[BinaryIO]:
        with self._open_raw() as raw:
            stream: Any = UnpackedStream(raw, self._too_large) if self.is_compressed else raw
            if self._recoding:
                stream = RecodedStream(stream, self._recoding)
            yield raw if stream is raw else io.BufferedReader(stream, _BUFFER_BYTES)

    def _too_large(self, reason: str) -> LibraryError:
        return LibraryError(self.label, reason)

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            what = "breaks off" if isinstance(error, EOFError) else f"is damaged ({error})"
            raise LibraryError(self.label, f"the gzip data {what}; download or compress the file again") from error
        except FileNotFoundError as error:
            raise LibraryError(self.label, "does not exist; check the path") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LibraryError(self.label, f"cannot be read: {reason}; check the file and its permissions") from error

    def _read_head(self) -> bytes:
        head = b""
        with self._translate_errors(), self._open_unpacked() as stream:
            # The reader reports damage after the first bytes, when it has yielded the records before it.
            try:
                while len(head) < HEAD_BYTES and (chunk := stream.read(512)):
                    head += chunk
            except (EOFError, zlib.error, gzip.BadGzipFile):
                if not head:
                    raise
        return head

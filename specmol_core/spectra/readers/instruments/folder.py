"""Read a folder with one experiment of a spectrometer, or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.instruments import bruker, magritek, varian
from specmol_core.spectra.readers.instruments.experiments import FolderFormat, read_tree
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import Reader, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FOLDER_FORMATS", "folder_reader"]

FOLDER_FORMATS: tuple[FolderFormat, ...] = (bruker.FORMAT, varian.FORMAT, magritek.FORMAT)
"""Formats whose experiments are folders."""


def folder_reader(readers: Sequence[Reader]) -> Reader:
    """Return a reader of folders of experiment folders, or of single files for ``readers``."""

    def read(source: SourceFile, request: Request) -> Spectrum:
        try:
            return read_tree(FileTree.of_folder(source.file), source, request, FOLDER_FORMATS, readers)
        except RefusedError as error:
            raise SpectrumError(source.path, str(error)) from error

    return Reader("a Bruker, Varian/Agilent or Magritek folder", _matches, read)


def _matches(head: bytes, path: Path) -> bool:
    return not head and path.is_dir()

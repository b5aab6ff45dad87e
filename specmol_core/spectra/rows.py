"""What a file or folder of a series holds: its nucleus, its experiment, and its rows if it is an array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.read import BINARY_READERS, TEXT_READERS
from specmol_core.spectra.readers.instruments.archive import tree_of_zip
from specmol_core.spectra.readers.instruments.experiments import FolderFormat
from specmol_core.spectra.readers.instruments.folder import FOLDER_FORMATS
from specmol_core.spectra.readers.instruments.tree import FileTree
from specmol_core.spectra.readers.source import EXPERIMENT_SEPARATOR, RefusedError, RowTable, SourceFile
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["SourceContent", "content_of"]

_HEAD_BYTES = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class SourceContent:
    """What the parameters of a file or folder state."""

    nucleus: str = ""
    """Empty where it is unknown before the spectrum is read."""
    experiment: str = ""
    """Name of the pulse sequence, or another name of the experiment; empty where it is unknown."""
    rows: RowTable | None = None
    """The spectra of an array; None for a single spectrum."""


def content_of(path: Path, nucleus: Nucleus) -> SourceContent:
    """Return what a file or folder holds. What cannot be read is a single spectrum: reading it gives the reason.

    Parameters
    ----------
    nucleus
        Nucleus of the spectra that are counted as rows, if a file holds those of several.
    """
    if EXPERIMENT_SEPARATOR in str(path):
        return SourceContent()
    try:
        if path.is_dir():
            return _of_tree(FileTree.of_folder(path), only_top=True)
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if head.startswith(_ZIP):
            return _of_tree(tree_of_zip(SourceFile.load(path).content), only_top=False)
        reader = next((r for r in (*BINARY_READERS, *TEXT_READERS) if r.matches(head, path)), None)
        return SourceContent(rows=None if reader is None else reader.rows(SourceFile.load(path), nucleus))
    except (OSError, RefusedError, SpectrumError):
        return SourceContent()


def _of_tree(tree: FileTree, *, only_top: bool) -> SourceContent:
    """Return the content of the only experiment of a tree, or of its only array."""
    experiments = list(_experiments(tree, only_top))
    if len(experiments) > 1:
        experiments = [(name, form) for name, form in experiments if form.describe(tree.subtree(name)).is_array]
    if len(experiments) != 1:
        return SourceContent()
    name, form = experiments[0]
    about, rows = form.describe(tree.subtree(name)), form.rows(tree.subtree(name))
    if rows is not None and name:
        rows = replace(rows, names=tuple(f"{name}/{row}" for row in rows.names))
    return SourceContent(about.nucleus, about.label, rows)


def _experiments(tree: FileTree, only_top: bool) -> Iterator[tuple[str, FolderFormat]]:
    for name, files in tree.folders():
        form = next((form for form in FOLDER_FORMATS if form.matches(files)), None)
        if form is not None and not (only_top and name):
            yield name, form

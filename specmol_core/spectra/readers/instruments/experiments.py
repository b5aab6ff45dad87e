"""The experiments in a folder or an archive, and the choice of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.instruments.tree import FileTree, natural
from specmol_core.spectra.readers.source import (
    PICK,
    NucleusError,
    Reader,
    RefusedError,
    Request,
    SourceFile,
    require_nucleus,
)
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["Description", "FolderFormat", "read_tree"]

_HEAD = 4096
_MOST_LOOSE = 64
"""Single files that are tried in a folder without an experiment's folder."""
_LARGEST_LOOSE = 128 * 1024**2
_LISTED = 20
"""Experiments that an error names."""


@dataclass(frozen=True)
class Description:
    """What a folder's parameters say about its experiment."""

    nucleus: str
    """For example "13C"; empty where it is not known."""
    dimensions: int
    label: str
    """Name of the pulse sequence, or what else a user knows the experiment by."""


@dataclass(frozen=True)
class FolderFormat:
    """One format whose experiments are folders."""

    name: str
    matches: Callable[[frozenset[str]], bool]
    """Whether a folder with files of these names is an experiment."""
    describe: Callable[[FileTree], Description]
    """Raises RefusedError where the parameters are unreadable."""
    read: Callable[[FileTree, str, Request], Spectrum]
    """Reads the experiment in a tree; the text names a part of it (processing number), empty for the usual one."""


@dataclass(frozen=True)
class _Experiment:
    name: str
    """Path in the tree; empty for the tree itself."""
    description: Description
    read: Callable[[str, Request], Spectrum]

    def __str__(self) -> str:
        about = self.description
        words = [about.nucleus, f"{about.dimensions}D" if about.dimensions > 1 else "", about.label]
        return f"{self.name or 'itself'} ({', '.join(word for word in words if word)})"


def read_tree(
    tree: FileTree, source: SourceFile, request: Request, formats: Sequence[FolderFormat], readers: Sequence[Reader]
) -> Spectrum:
    """Read the one experiment of the wanted nucleus, or the one that the user names.

    Raises
    ------
    SpectrumError
        If there is none or it is unreadable; if there are several, it lists them.
    NucleusError
        If all experiments are of another nucleus.
    """
    experiments = list(_folders(tree, formats))
    experiments += list(_files(tree, source, experiments, readers, request))
    if not experiments:
        raise RefusedError(
            "holds no experiment that is known: give the folder with acqus, procpar or acqu.par in it, or the file"
        )
    chosen, part = _named(experiments, source) if source.experiment else (_only(experiments, source, request), "")
    about = chosen.description
    if about.dimensions > 1:
        raise RefusedError(f"{chosen} is a {about.dimensions}D data set: give the 1D {request.nucleus} experiment")
    require_nucleus(source.path, about.nucleus, request)
    spectrum = chosen.read(part, request)
    return replace(spectrum, source=str(source.path), sha256=tree.sha256())


def _folders(tree: FileTree, formats: Sequence[FolderFormat]) -> Iterator[_Experiment]:
    for folder, names in tree.folders():
        for form in formats:
            if form.matches(names):
                branch = tree.branch(folder)
                try:
                    about = form.describe(branch)
                except RefusedError as error:
                    about = Description("", 1, f"unreadable: {error}")
                yield _Experiment(folder, about, _reading(form, branch))
                break


def _reading(form: FolderFormat, branch: FileTree) -> Callable[[str, Request], Spectrum]:
    return lambda part, request: form.read(branch, part, request)


def _files(
    tree: FileTree,
    source: SourceFile,
    folders: Sequence[_Experiment],
    readers: Sequence[Reader],
    request: Request,
) -> Iterator[_Experiment]:
    """Spectra that are single files outside the experiments' folders; unless one is named, the readable ones."""
    homes = tuple(folder.name and folder.name + "/" for folder in folders)
    loose = [name for name in sorted(tree.sizes, key=natural) if not (homes and name.startswith(homes))]
    if source.experiment:
        loose = [name for name in loose if _leads_to(source.experiment, name) or name.endswith("/" + source.experiment)]
    elif len(loose) > _MOST_LOOSE and not folders:
        raise RefusedError(f"holds {len(loose)} single files: name one as {source.path}{PICK}FILE, or give it alone")
    for name in loose[:_MOST_LOOSE]:
        if tree.sizes[name] > _LARGEST_LOOSE:
            continue
        head = tree.read(name)[:_HEAD]
        reader = next((reader for reader in readers if reader.matches(head, Path(name))), None)
        if reader is None:
            continue
        read = _reading_file(tree, name, reader, Path(f"{source.file}{PICK}{name}"))
        label = Path(name).suffix.lstrip(".")
        nucleus: str
        try:
            nucleus = "" if source.experiment else read("", request).nucleus
        except NucleusError as error:
            nucleus = error.found
        except SpectrumError:
            continue
        yield _Experiment(name, Description(nucleus, 1, label), read)


def _reading_file(tree: FileTree, name: str, reader: Reader, path: Path) -> Callable[[str, Request], Spectrum]:
    return lambda part, request: reader.read(SourceFile(path, tree.read(name), part, Path(name)), request)


def _leads_to(wanted: str, name: str) -> bool:
    """Whether the name that a user gives is that of an experiment, or of a part of it."""
    return not name or wanted == name or wanted.startswith((name + "/", name + PICK))


def _named(experiments: Sequence[_Experiment], source: SourceFile) -> tuple[_Experiment, str]:
    """The experiment that the user names, and what is left of the name: a part of the experiment."""
    wanted = source.experiment
    ends = [(experiment, _end_named(wanted, experiment.name)) for experiment in experiments]
    whole = [(experiment, end) for experiment, end in ends if end == experiment.name]
    fitting = whole or [(experiment, end) for experiment, end in ends if end]
    if not whole and len(fitting) != 1:
        raise RefusedError(f"holds no experiment {wanted!r}; it holds {_listing(experiments)}")
    chosen, end = max(fitting, key=lambda pair: len(pair[0].name))
    return chosen, wanted[len(end or "") :].strip("/:")


def _end_named(wanted: str, name: str) -> str | None:
    """The longest end of an experiment's path that a user's name begins with; None if there is none."""
    parts = name.split("/")
    ends = ("/".join(parts[first:]) for first in range(len(parts)))
    return next((end for end in ends if _leads_to(wanted, end)), None)


def _only(experiments: Sequence[_Experiment], source: SourceFile, request: Request) -> _Experiment:
    flat = [e for e in experiments if e.description.dimensions == 1]
    fitting = [e for e in flat if e.description.nucleus == request.nucleus]
    fitting = fitting or [e for e in flat if not e.description.nucleus]
    if len(fitting) == 1 or len(experiments) == 1:
        return (fitting or list(experiments))[0]
    if not fitting:
        others = {e.description.nucleus for e in flat}
        if len(others) == 1:
            require_nucleus(source.path, others.pop(), request)
        raise RefusedError(f"holds no 1D {request.nucleus} experiment; it holds {_listing(experiments)}")
    raise RefusedError(
        f"holds several {request.nucleus} experiments; name one as {source.path}{PICK}{fitting[0].name}: "
        f"{_listing(fitting)}"
    )


def _listing(experiments: Sequence[_Experiment]) -> str:
    more = len(experiments) - _LISTED
    return ", ".join(map(str, experiments[:_LISTED])) + (f" and {more} more" if more > 0 else "")

"""List the experiments in a folder or an archive, and choose one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specmol_core.errors import SpectrumError
from specmol_core.spectra.readers.array_rows import ROW, row_part
from specmol_core.spectra.readers.instruments.multiplicity_editing import is_multiplicity_edited
from specmol_core.spectra.readers.instruments.tree import FileTree, natural_sort_key
from specmol_core.spectra.readers.source import (
    EXPERIMENT_SEPARATOR,
    NucleusError,
    Reader,
    RefusedError,
    Request,
    RowTable,
    SourceFile,
    require_nucleus,
)
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["ExperimentDescription", "FolderFormat", "read_tree"]

_HEAD_BYTES = 4096
_MAX_SINGLE_FILES = 64
"""Most single files that are tried in a folder without experiment folders."""
_MAX_SINGLE_FILE_BYTES = 128 * 1024**2
_MAX_LISTED = 20
"""Most experiments that an error names."""


@dataclass(frozen=True)
class ExperimentDescription:
    """What a folder's parameters state about its experiment."""

    nucleus: str
    """For example "13C"; empty where it is unknown."""
    dimensions: int
    label: str
    """Name of the pulse sequence, or another name that the user knows."""
    is_array: bool = False
    """Whether it is a series of one-dimensional spectra, each of which can be read as a row."""


def _no_rows(tree: FileTree) -> RowTable | None:
    return None


@dataclass(frozen=True)
class FolderFormat:
    """One format whose experiments are folders."""

    name: str
    matches: Callable[[frozenset[str]], bool]
    """Whether a folder with files of these names is an experiment."""
    describe: Callable[[FileTree], ExperimentDescription]
    """Raises RefusedError where the parameters are unreadable."""
    read: Callable[[FileTree, str, Request], Spectrum]
    """Reads the experiment in a tree; the text names a part of it (processing number, row), empty for
    the default."""
    rows: Callable[[FileTree], RowTable | None] = _no_rows
    """Returns the rows of an arrayed experiment; None where it is none."""


@dataclass(frozen=True)
class _Experiment:
    name: str
    """Path in the tree; empty for the tree itself."""
    description: ExperimentDescription
    read: Callable[[str, Request], Spectrum]
    is_list: bool = False
    """Whether it is a list of signals, as an NMReDATA record holds beside its spectra."""

    def __str__(self) -> str:
        about = self.description
        words = [about.nucleus, f"{about.dimensions}D" if about.dimensions > 1 else "", about.label]
        written = f"{self.name or 'itself'} ({', '.join(word for word in words if word)})"
        return " ".join(written.split())


def read_tree(
    tree: FileTree, source: SourceFile, request: Request, formats: Sequence[FolderFormat], readers: Sequence[Reader]
) -> Spectrum:
    """Read the only experiment of the requested nucleus, or the one that the user names.

    Raises
    ------
    SpectrumError
        If there is none, it is unreadable, or there are several; the message lists several.
    NucleusError
        If all experiments are of another nucleus.
    """
    experiments = list(_folder_experiments(tree, formats))
    experiments += list(_file_experiments(tree, source, experiments, readers, request))
    if not experiments:
        raise RefusedError(
            "holds no experiment in a known format: give the folder with acqus, procpar or acqu.par in it, or the file"
        )
    note, part = "", ""
    if source.experiment:
        chosen, part = _find_named(experiments, source)
    else:
        chosen, note = _find_only(experiments, source, request)
    about = chosen.description
    if about.dimensions > 1 and row_part(part)[1] is None:
        raise RefusedError(_several_dimensions(chosen, source, request))
    require_nucleus(source.path, about.nucleus, request)
    spectrum = chosen.read(part, request)
    warnings = (*spectrum.warnings, note) if note else spectrum.warnings
    return replace(spectrum, source=str(source.path), sha256=tree.sha256(), warnings=warnings)


def _several_dimensions(chosen: _Experiment, source: SourceFile, request: Request) -> str:
    about = chosen.description
    if about.is_array:
        name = f"{source.file}{EXPERIMENT_SEPARATOR}{chosen.name}{'/' if chosen.name else ''}{ROW}/1"
        return f"{chosen} is an array of {request.nucleus} spectra: name a row, as {name}; specmol monitor reads all"
    return f"{chosen} is a {about.dimensions}D data set: give the 1D {request.nucleus} experiment"


def _folder_experiments(tree: FileTree, formats: Sequence[FolderFormat]) -> Iterator[_Experiment]:
    for folder, names in tree.folders():
        for folder_format in formats:
            if folder_format.matches(names):
                branch = tree.subtree(folder)
                try:
                    about = folder_format.describe(branch)
                except RefusedError as error:
                    about = ExperimentDescription("", 1, f"unreadable: {error}")
                yield _Experiment(folder, about, _folder_reader(folder_format, branch))
                break


def _folder_reader(folder_format: FolderFormat, branch: FileTree) -> Callable[[str, Request], Spectrum]:
    return lambda part, request: folder_format.read(branch, part, request)


def _file_experiments(
    tree: FileTree,
    source: SourceFile,
    folders: Sequence[_Experiment],
    readers: Sequence[Reader],
    request: Request,
) -> Iterator[_Experiment]:
    """Spectra in single files outside experiment folders: the named one, or all readable ones."""
    folder_prefixes = tuple(folder.name and folder.name + "/" for folder in folders)
    single_files = [
        name
        for name in sorted(tree.sizes, key=natural_sort_key)
        if not (folder_prefixes and name.startswith(folder_prefixes))
    ]
    if source.experiment:
        single_files = [
            name
            for name in single_files
            if _names_experiment(source.experiment, name) or name.endswith("/" + source.experiment)
        ]
    elif len(single_files) > _MAX_SINGLE_FILES and not folders:
        raise RefusedError(
            f"holds {len(single_files)} single files: name one as "
            f"{source.path}{EXPERIMENT_SEPARATOR}FILE, or give it alone"
        )
    for name in single_files[:_MAX_SINGLE_FILES]:
        if tree.sizes[name] > _MAX_SINGLE_FILE_BYTES:
            continue
        head = tree.read(name)[:_HEAD_BYTES]
        reader = next((reader for reader in readers if reader.matches(head, Path(name))), None)
        if reader is None:
            continue
        read = _file_reader(tree, name, reader, Path(f"{source.file}{EXPERIMENT_SEPARATOR}{name}"))
        label = Path(name).suffix.lstrip(".")
        nucleus, is_list = "", False
        try:
            if not source.experiment:
                spectrum = read("", request)
                nucleus, is_list = spectrum.nucleus, bool(spectrum.peaks)
        except NucleusError as error:
            nucleus = error.found_nucleus
        except SpectrumError:
            continue
        yield _Experiment(name, ExperimentDescription(nucleus, 1, label), read, is_list)


def _file_reader(tree: FileTree, name: str, reader: Reader, path: Path) -> Callable[[str, Request], Spectrum]:
    return lambda part, request: reader.read(SourceFile(path, tree.read(name), part, Path(name)), request)


def _names_experiment(requested: str, name: str) -> bool:
    """Whether a name that the user gives is that of an experiment or of a part of it."""
    return not name or requested == name or requested.startswith((name + "/", name + EXPERIMENT_SEPARATOR))


def _find_named(experiments: Sequence[_Experiment], source: SourceFile) -> tuple[_Experiment, str]:
    """The experiment that the user names, and the rest of the name: a part of the experiment."""
    requested = source.experiment
    suffixes = [(experiment, _matching_suffix(requested, experiment.name)) for experiment in experiments]
    exact_matches = [(experiment, end) for experiment, end in suffixes if end == experiment.name]
    fitting = exact_matches or [(experiment, end) for experiment, end in suffixes if end]
    if not exact_matches and len(fitting) != 1:
        raise RefusedError(f"holds no experiment {requested!r}; it holds {_list_experiments(experiments)}")
    chosen, end = max(fitting, key=lambda pair: len(pair[0].name))
    return chosen, requested[len(end or "") :].strip("/:")


def _matching_suffix(requested: str, name: str) -> str | None:
    """The longest end of an experiment's path at the start of the user's name; None for none."""
    parts = name.split("/")
    suffixes = ("/".join(parts[first:]) for first in range(len(parts)))
    return next((end for end in suffixes if _names_experiment(requested, end)), None)


def _find_only(experiments: Sequence[_Experiment], source: SourceFile, request: Request) -> tuple[_Experiment, str]:
    """The only 1D experiment of the requested nucleus, and a note if there are edited ones or lists beside it."""
    one_dimensional = [e for e in experiments if e.description.dimensions == 1]
    fitting = [e for e in one_dimensional if e.description.nucleus == request.nucleus]
    fitting = fitting or [e for e in one_dimensional if not e.description.nucleus]
    if len(fitting) == 1 or len(experiments) == 1:
        return (fitting or list(experiments))[0], ""
    # Programs put another processing of an experiment into its folder, such as Enhanced of Spinsolve.
    outer = [e for e in fitting if not any(_is_inside(e.name, other.name) for other in fitting)]
    if len(outer) == 1:
        return outer[0], _left_out(outer[0], fitting)
    if not fitting:
        others = {e.description.nucleus for e in one_dimensional}
        if len(others) == 1:
            require_nucleus(source.path, others.pop(), request)
        reason = f"holds no 1D {request.nucleus} experiment; it holds {_list_experiments(experiments)}"
        raise NucleusError(source.path, reason, "")
    # DEPT and APT are measured beside a plain 13C spectrum, which shows all carbons.
    plain = [experiment for experiment in outer if not is_multiplicity_edited(experiment.description.label)]
    if len(plain) == 1:
        return plain[0], _left_out(plain[0], fitting)
    # The list of a record was made from its spectrum.
    measured = [experiment for experiment in plain if not experiment.is_list]
    if len(measured) == 1:
        return measured[0], _left_out(measured[0], fitting)
    raise RefusedError(
        f"holds several {request.nucleus} experiments; name one as "
        f"{source.path}{EXPERIMENT_SEPARATOR}{fitting[0].name}: "
        f"{_list_experiments(fitting)}"
    )


def _is_inside(name: str, folder: str) -> bool:
    return name != folder and (not folder or name.startswith(folder + "/"))


def _left_out(chosen: _Experiment, fitting: Sequence[_Experiment]) -> str:
    others = [experiment for experiment in fitting if experiment is not chosen]
    return f"read {chosen}; left out {_list_experiments(others)}"


def _list_experiments(experiments: Sequence[_Experiment]) -> str:
    more = len(experiments) - _MAX_LISTED
    return ", ".join(map(str, experiments[:_MAX_LISTED])) + (f" and {more} more" if more > 0 else "")

"""Find the spectra of a series; part of ``specmol_core.api``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from specmol_core.errors import SpectrumError, UsageError

if TYPE_CHECKING:
    from specmol_core.monitoring.expand import Expander
    from specmol_core.monitoring.items import SeriesItem
    from specmol_core.monitoring.settled import SettledFiles
    from specmol_core.spectra.spectrum import Nucleus

__all__ = ["present_items", "series_items"]

_SETTLE_SECONDS = 2.0
_PATIENCE_SECONDS = 60.0
_NO_PATH = "names no spectrum; give one path a line"
_NO_ROW = "gives no spectrum: none of its rows is measured, or --experiment or --rows takes none of them"


def series_items(
    source: Path | str,
    done: set[str],
    *,
    nucleus: Nucleus = "1H",
    experiment: str | None = None,
    rows: str | None = None,
    watch: bool = False,
    every: float = 0.5,
    idle: float | None = None,
    settle: float = _SETTLE_SECONDS,
    lines: TextIO | None = None,
) -> Iterator[SeriesItem]:
    """Yield the spectra of a folder, a file, a CSV table, or standard input (``-``), each once it is complete.

    A folder or file that is an array, or holds arrays, gives the spectra of their rows.

    Parameters
    ----------
    done
        Keys of spectra that are left out.
    nucleus
        Nucleus of the series.
    experiment
        Pulse sequence, or other name of the experiment, of the spectra that are taken; None takes all.
    rows
        Rows that are taken of an array, as ``FIRST:STEP``; None takes all.
    watch
        Whether a folder fills while it is read.
    every
        Time between two looks at a folder (s).
    idle
        Time without a new spectrum after which a watched folder ends (s); None goes on.
    settle
        Time for which the files of a spectrum must not change (s).
    lines
        The lines of standard input.

    Raises
    ------
    SpectrumError
        If the folder or the table cannot be read, or there is no spectrum in ``source``, neither now nor in ``done``.
    UsageError
        If ``watch`` is given for a table or standard input, or ``rows`` is of another form.
    """
    from specmol_core.monitoring.expand import Expander, RowChoice, parse_row_choice
    from specmol_core.monitoring.items import folder_items, item_of_line, named_items
    from specmol_core.monitoring.settled import SettledFiles
    from specmol_core.monitoring.watch import watched_items

    settled = SettledFiles(settle)
    path = Path(source)
    if watch and (str(source) == "-" or not path.is_dir()):
        raise UsageError(f"--watch: {source} is not a folder; give a folder, or omit --watch")
    choice = RowChoice() if rows is None else parse_row_choice(rows)
    listed = [] if str(source) == "-" else folder_items(path) if path.is_dir() else named_items(path)
    is_one = len(listed) == 1 and (not watch or listed[0].path == path)
    expand = Expander(nucleus, experiment, choice, has_one_entry=is_one)
    if watch:
        return _some(watched_items(path, done, settled, expand, idle=idle, every=every), done, path, _NO_ROW)
    if str(source) == "-":
        named = (item for line in (lines or ()) for item in item_of_line(line))
        return _some(_not_done(named, done, settled, expand), done, Path("standard input"), _NO_PATH)
    if not listed:
        raise SpectrumError(path, "holds no spectrum; give the folder of the experiments, or --watch to wait")
    return _some(_not_done(listed, done, settled, expand), done, path, _NO_ROW)


def present_items(
    done: Collection[str],
    source: Path | str,
    *,
    nucleus: Nucleus = "1H",
    experiment: str | None = None,
    rows: str | None = None,
) -> dict[str, SeriesItem]:
    """Return the spectra of a series that are there now, by their keys; on standard input those that are done.

    The parameters are those of ``series_items``.
    """
    from specmol_core.monitoring.items import SeriesItem

    if str(source) == "-":
        return {key: SeriesItem(key, Path(key)) for key in done}
    found = series_items(source, set(), nucleus=nucleus, experiment=experiment, rows=rows, settle=0.0)
    return {item.key: item for item in found if not item.left_out}


def _not_done(
    items: Iterable[SeriesItem], done: set[str], settled: SettledFiles, expand: Expander
) -> Iterator[SeriesItem]:
    from specmol_core.monitoring.watch import settled_items

    return settled_items((item for item in items if item.key not in done), settled, _PATIENCE_SECONDS, expand, done)


def _some(items: Iterator[SeriesItem], done: set[str], source: Path, reason: str) -> Iterator[SeriesItem]:
    """Yield items; raise SpectrumError if there is none and none was done before."""
    is_empty = not done
    for item in items:
        is_empty = False
        yield item
    if is_empty:
        raise SpectrumError(source, reason)

"""Write the result to standard output, and progress and warnings to standard error.

This is the only module that imports rich, and only when it draws: a result in JSON never loads it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from specmol_core.storage.plain_text import plain_text

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from specmol_core.report.result import QueryResult

__all__ = ["Progress", "Reporter", "format_of", "line_writer", "ranking_notes", "ranking_table", "table", "write"]

Progress = Callable[[int, int | None], None]
"""Called with the number of items done and the total, or None if the total is unknown."""

_UNFOLDED_WIDTH = 10_000
"""Width of a table in a file or a pipe, so that no cell is folded (characters)."""


class Reporter:
    """Progress and warnings on standard error; silent on request, or if that is not a terminal."""

    def __init__(self, quiet: bool) -> None:
        self.is_shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._bars: Bars | None = None

    def warn(self, text: str) -> None:
        """Print a warning as one line; the result contains its warnings as well."""
        if self.is_shown:
            print(f"warning: {plain_text(text)}", file=sys.stderr)

    def say(self, text: str) -> None:
        """Print one line on the progress of the work."""
        if self.is_shown:
            print(plain_text(text), file=sys.stderr)

    @contextmanager
    def progress(self, what: str) -> Iterator[Progress]:
        """Show a bar until the work is done; bars may be nested."""
        if not self.is_shown:
            yield _no_advance
            return
        with self._shared_bars() as bars:
            task = bars.add_task(what, total=None)
            try:
                yield lambda done, total: bars.update(task, completed=done, total=total)
            finally:
                bars.remove_task(task)

    @contextmanager
    def _shared_bars(self) -> Iterator[Bars]:
        if self._bars is not None:
            yield self._bars
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        # Otherwise rich sends everything printed meanwhile, including the result, to the console of the bars.
        bars = Bars(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
        with bars:
            self._bars = bars
            try:
                yield bars
            finally:
                self._bars = None


def _no_advance(done: int, total: int | None) -> None:
    pass


def format_of(chosen: str | None, output: Path | None) -> str:
    """Return the chosen format, else the one of the suffix of the output, else ``table``."""
    if chosen is not None:
        return chosen
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    return suffix if suffix in ("json", "jsonl", "csv", "sdf") else "table"


def write(text: str, output: Path | None) -> None:
    """Write a result to standard output, or to a file that is either complete or absent.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from specmol_core.storage.atomic import atomic_write
    from specmol_core.storage.plain_text import encode

    with atomic_write(output, "wb") as file:
        file.write(encode(text))


@contextmanager
def line_writer(output: Path | None) -> Iterator[Callable[[str], None]]:
    """Yield a function that writes and flushes one line; a file gets its name when all lines are written.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if output is None:
        yield lambda line: write(line, None)
        return
    from specmol_core.storage.atomic import atomic_write
    from specmol_core.storage.plain_text import encode

    with atomic_write(output, "wb") as file:

        def write_line(line: str) -> None:
            file.write(encode(line))
            file.flush()

        yield write_line


def ranking_table(result: QueryResult, output: Path | None) -> str:
    """Return a ranking as a table: with rules for a terminal, as plain aligned text elsewhere."""
    from specmol_core.storage.plain_text import plain_text

    rows = [
        [
            str(c.rank),
            plain_text(c.name),
            c.formula,
            f"{c.score:.3f}",
            f"{c.probability:.4f}",
            str(c.index),
            plain_text(c.smiles),
        ]
        for c in result.candidates
    ]
    notes = [
        *([] if result.verdict is None else [f"verdict: {result.verdict.describe()}"]),
        *([] if result.confidence_set is None else [result.confidence_set.describe()]),
        *([] if result.identification is None else [result.identification.describe()]),
        *([] if result.advice is None else result.advice.describe()),
        *_indistinguishable_ranks(result),
        *ranking_notes(result),
    ]
    header = ["rank", "name", "formula", "score", "probability", "index", "SMILES"]
    if result.confidence_set is not None:
        header.insert(5, "in set")
        for index, row in enumerate(rows):
            row.insert(5, "yes" if result.is_in_set(index) else "")
    return table(header, rows, notes, output, numbers=(0, 3, 4, header.index("index")))


def ranking_notes(result: QueryResult) -> list[str]:
    """Return lines on what a result rests on: nuclei, model, solvent, known compounds, library and warnings."""
    from specmol_core.storage.plain_text import plain_text

    library, nuclei = result.library, " and ".join(result.nuclei)
    return [
        f"{plain_text(result.id)}: ranked by {nuclei}{' alone' if len(result.nuclei) == 1 else ''} "
        f"with {result.provenance.model}, checkpoint {result.provenance.checkpoint[:12]}",
        *_solvents(result),
        *_known(result),
        f"{plain_text(library.path)}: {library.read} read, {library.scored} scored, "
        f"{library.duplicates} duplicates, {library.rejected} rejected",
        *(f"warning: {plain_text(warning)}" for warning in result.warnings),
    ]


def _known(result: QueryResult) -> list[str]:
    """Return a line for each known compound: how many signals it explains."""
    from specmol_core.storage.plain_text import plain_text

    return [
        f"known: {plain_text(one.smiles)} explains "
        + ", ".join(f"{len(part.ppm)} {part.nucleus} signals" for part in one.signals)
        for one in result.known
    ]


def _solvents(result: QueryResult) -> list[str]:
    """Return a line that names the solvent of the spectra, and who names it; none if it is unknown."""
    from specmol_core.storage.plain_text import plain_text

    words = {"given": "as given", "lines": "found in the spectrum", "file": "as the file says"}
    named = {
        f"{plain_text(solvent['name'])} ({words[solvent['source']]})": None
        for solvent in result.solvents.values()
        if solvent is not None
    }
    return [f"solvent: {', '.join(named)}"] if named else []


def _indistinguishable_ranks(result: QueryResult) -> list[str]:
    """Return a line for each group of candidates that the spectra cannot distinguish."""
    groups: dict[int, list[int]] = {}
    for candidate in result.candidates:
        groups.setdefault(candidate.group, []).append(candidate.rank)
    return [
        f"ranks {ranks[0]} to {ranks[-1]} are indistinguishable: their order means nothing"
        for ranks in groups.values()
        if len(ranks) > 1
    ]


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
    output: Path | None,
    numbers: Sequence[int] = (),
) -> str:
    """Return rows under a header, with notes below them, as text.

    Parameters
    ----------
    numbers
        Columns that are aligned to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    stdout: TextIO = sys.stdout
    is_terminal = output is None and stdout.isatty()
    console = Console(
        file=stdout, width=None if is_terminal else _UNFOLDED_WIDTH, no_color=not is_terminal, highlight=False
    )
    grid = Table(box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, title in enumerate(header):
        right = column in numbers
        grid.add_column(title, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in rows:
        # Text, not str: a name in brackets is not markup.
        grid.add_row(*(Text(cell) for cell in row))
    with console.capture() as captured:
        console.print(grid)
        for note in notes:
            console.print(Text(note), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

"""``specmol monitor``: mole fractions over the time of a reaction."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from specmol_cli.options import OUTPUT_PANEL, QuietOption
from specmol_cli.output import Reporter, write
from specmol_cli.series_view import series_view, summary_lines
from specmol_core.errors import SpecmolError, UsageError

__all__ = ["monitor"]

CONDITION_MET = 7
"""Exit code if the condition of --until is met."""
_SERIES, _SPECIES = "Series", "Species"


def monitor(
    source: Annotated[
        str,
        typer.Argument(
            metavar="<series>",
            help="Folder of the spectra, array, CSV table with path and time, or - for paths on stdin.",
        ),
    ],
    watch: Annotated[
        bool, typer.Option("--watch", help="Wait for further spectra in the folder.", rich_help_panel=_SERIES)
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, help="Time between two looks at the folder (s).", rich_help_panel=_SERIES)
    ] = 1.0,
    idle: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Time without a new spectrum that ends --watch (s).  [default: never]",
            show_default=False,
            rich_help_panel=_SERIES,
        ),
    ] = None,
    settle: Annotated[
        float,
        typer.Option(
            min=0.0, help="Time for which the files of a spectrum must not change (s).", rich_help_panel=_SERIES
        ),
    ] = 2.0,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="<condition>",
            help="Condition that ends the run with code 7: 'conversion>0.95', or 'NAME>0.9' for a mole fraction.",
            rich_help_panel=_SERIES,
        ),
    ] = None,
    times: Annotated[
        str | None,
        typer.Option(
            metavar="<seconds>|<file>",
            help="Time between two spectra (s), or a file of times; it overrides the files.",
            rich_help_panel=_SERIES,
        ),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(
            metavar="<name>", help="Take only spectra of this pulse sequence, such as zg30.", rich_help_panel=_SERIES
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            metavar="<first>:<step>",
            help="Take only these rows of an array: 2:2 for 2, 4, 6, ...",
            rich_help_panel=_SERIES,
        ),
    ] = None,
    reaction: Annotated[
        str | None,
        typer.Option(metavar="<SMILES>", help="Reaction A.B>>C; adds the conversion.", rich_help_panel=_SPECIES),
    ] = None,
    species: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="Species: .sdf, .smi or .csv, also .gz.", rich_help_panel=_SPECIES),
    ] = None,
    standard: Annotated[
        str | None,
        typer.Option(metavar="<SMILES>[:<amount>]", help="Internal standard.", rich_help_panel=_SPECIES),
    ] = None,
    solvent: Annotated[
        str | None, typer.Option(metavar="<name>", help="Solvent; it overrides the files.", rich_help_panel=_SPECIES)
    ] = None,
    nucleus: Annotated[str, typer.Option(help="1H or 13C.", rich_help_panel=_SPECIES)] = "1H",
    field: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            max=2000.0,
            help="Frequency of the nucleus (MHz), if the files do not state it.",
            rich_help_panel=_SPECIES,
        ),
    ] = None,
    kinetics: Annotated[
        str | None,
        typer.Option(help="Rate law to fit: zero, first, second or auto.", rich_help_panel=OUTPUT_PANEL),
    ] = None,
    library: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="Candidates for unknown by-products.", rich_help_panel=OUTPUT_PANEL),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File that gets a line for each spectrum: .csv or .jsonl. An existing one is continued.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    together: Annotated[
        Path | None,
        typer.Option(
            metavar="<file>",
            help="After the last spectrum, fit the whole series together and write its lines here: .csv or .jsonl.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Picture of the curves to write, .svg or .png.", rich_help_panel=OUTPUT_PANEL)
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Follow a reaction: mole fractions and conversion of each spectrum of a series.

    Prints a line of JSON for each spectrum as soon as it is complete, and one with a summary at the end; on a terminal,
    a table. Give --species, --reaction or both. A stopped run with --output continues. With --together, plot, rate law
    and summary are those of the whole series.

    Exit codes: 0 done, 1 some spectra failed, 2 usage, 3 no spectra, 4 species unreadable, 6 result not written, 7 the
    condition of --until is met.
    """
    if species is None and reaction is None:
        raise UsageError("no species given; give --species FILE or --reaction 'A.B>>C'")
    if nucleus not in ("1H", "13C"):
        raise UsageError(f"--nucleus {nucleus} is unknown; choose 1H or 13C")
    observed: Literal["1H", "13C"] = "1H" if nucleus == "1H" else "13C"
    from specmol_core import api

    api.check_summary(kinetics, library, plot)
    if together is not None:
        inputs = {"the series": source, "--species": species, "--library": library, "--times": times}
        api.check_together(together, {"--output": output, "--plot": plot, **inputs})
    reporter = Reporter(quiet)
    series, notes = api.series_monitor(
        species if species is not None else (),
        nucleus=observed,
        reaction=reaction,
        solvent=solvent,
        standard=standard,
        field_mhz=field,
        until=until,
        times=times,
        output=output,
    )
    for note in notes:
        reporter.warn(note)
    if series.rows:
        reporter.say(f"{output}: continued after {len(series.rows)} spectra")
    items = api.series_items(
        source,
        series.done,
        nucleus=observed,
        experiment=experiment,
        rows=rows,
        watch=watch,
        every=every,
        idle=idle,
        settle=settle,
        lines=sys.stdin,
    )
    warned: set[str] = set()
    with series_view(series, until) as show:

        def report(row: dict[str, Any]) -> None:
            show(row)
            # A doubt that holds for the whole series is told once, whatever its numbers.
            for warning in (row.get("warnings") or "").split("; "):
                kind = re.sub(r"[0-9.]+", "", warning)
                if warning and kind not in warned:
                    warned.add(kind)
                    reporter.warn(f"{row['spectrum']}: {warning}")
            if reason := row.get("error"):
                reporter.warn(reason)
            if reason := row.get("left_out"):
                reporter.warn(f"{row['spectrum']}: {reason}; left out")

        with _stop_of(together):
            api.monitor_series(series, items, report)
    failure: SpecmolError | None = None
    if together is not None:
        try:
            with _stop_of(together):
                series = api.fit_series_together(
                    series, source, nucleus=observed, experiment=experiment, rows=rows, progress=reporter.progress
                )
                api.write_series(series, together)
        except SpecmolError as error:
            failure = error  # the summary comes first: a series cannot always be measured again
    there = {}
    if library is not None:
        with suppress(SpecmolError):  # a note of the summary says that the spectrum is gone
            there = api.present_items(series.done, source, nucleus=observed, experiment=experiment, rows=rows)
    summary = api.summarise(
        series, notes=notes, kinetics=kinetics, library=library, items=there, solvent=solvent, plot=plot
    )
    if sys.stdout.isatty():
        write("".join(f"{line}\n" for line in summary_lines(summary)), None)
    else:
        write(json.dumps({"summary": summary.as_dict()}, ensure_ascii=False) + "\n", None)
    if failure is not None:
        raise failure
    if summary.is_finished:
        raise typer.Exit(CONDITION_MET)
    if summary.failed:
        raise typer.Exit(1)


@contextmanager
def _stop_of(together: Path | None) -> Iterator[None]:
    """Add to an interrupt that the file of --together is not written, and how to get it."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if together is not None:
            stop.args = (f"{together}: is not written; to fit what is there, run the command again without --watch",)
        raise

"""``specmol rank``: rank the candidates of a library, for one query or for a list of queries."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specmol_cli.options import (
    DEFAULT_DEVICE,
    OUTPUT_PANEL,
    CheckpointOption,
    DeviceOption,
    ModelOption,
    OutputOption,
    QuietOption,
    RankingFormat,
    WorkersOption,
    parse_window,
)
from specmol_cli.output import Reporter, format_of, line_writer, ranking_table, write
from specmol_core.api.config import EmbedConfig, RankConfig
from specmol_core.errors import UsageError

if TYPE_CHECKING:
    from specmol_core.api import Session
    from specmol_core.queries import QueryFiles

__all__ = ["rank"]


class _ImageFormat(StrEnum):
    svg = "svg"
    png = "png"


class _Refiner(StrEnum):
    csp5 = "csp5"


_SPECTRA, _LIBRARY, _RANKING = "Spectra", "Library", "Ranking"

_WindowOption = typer.Option(
    metavar="HIGH,LOW",
    help="Range that an image spans (ppm), if the image does not state it.",
    rich_help_panel=_SPECTRA,
)


def rank(
    h1: Annotated[
        str | None,
        typer.Option(
            "--h1",
            metavar="<spectrum>",
            help="1H spectrum: file, folder or peak list as text.",
            rich_help_panel=_SPECTRA,
        ),
    ] = None,
    c13: Annotated[
        str | None,
        typer.Option(
            "--c13",
            metavar="<spectrum>",
            help="13C spectrum: file, folder or peak list as text.",
            rich_help_panel=_SPECTRA,
        ),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(help="CSV with id,h1,c13[,library]: one JSON line per query.", rich_help_panel=_SPECTRA),
    ] = None,
    h1_range: Annotated[str | None, _WindowOption] = None,
    c13_range: Annotated[str | None, _WindowOption] = None,
    keep_solvent: Annotated[
        bool,
        typer.Option(
            "--keep-solvent", help="Do not remove the lines of solvent and impurities.", rich_help_panel=_SPECTRA
        ),
    ] = False,
    library: Annotated[
        str | None,
        typer.Option(
            "--library",
            "-l",
            metavar="<file>",
            help="Candidates: .sdf, .smi or .csv, also .gz; - reads SMILES from standard input.",
            rich_help_panel=_LIBRARY,
        ),
    ] = None,
    formula: Annotated[
        str | None,
        typer.Option(
            metavar="<formula>",
            help="Keep only candidates with this formula, such as C10H12O2.",
            rich_help_panel=_LIBRARY,
        ),
    ] = None,
    mass: Annotated[
        float | None,
        typer.Option(help="Keep only candidates with this monoisotopic mass (u).", rich_help_panel=_LIBRARY),
    ] = None,
    ppm: Annotated[
        float | None,
        typer.Option(
            help=f"Tolerance of --mass (ppm).  [default: {RankConfig.mass_ppm:g}]",
            show_default=False,
            rich_help_panel=_LIBRARY,
        ),
    ] = None,
    elements: Annotated[
        str | None,
        typer.Option(
            metavar="<elements>", help="Keep only candidates of these elements, such as CHNO.", rich_help_panel=_LIBRARY
        ),
    ] = None,
    max_atoms: Annotated[
        int, typer.Option(min=1, help="Most heavy atoms of a candidate.", rich_help_panel=_LIBRARY)
    ] = EmbedConfig.max_atoms,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Stop with an error at the first rejected record.", rich_help_panel=_LIBRARY),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="CSV file for the rejected records and their reasons.", rich_help_panel=_LIBRARY),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Cache of the embedded library.  [default: beside the library]", rich_help_panel=_LIBRARY),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither read nor write a cache.", rich_help_panel=_LIBRARY)
    ] = False,
    prefilter: Annotated[
        int,
        typer.Option(min=0, help="Candidates that the fast search keeps; 0 scores all.", rich_help_panel=_RANKING),
    ] = RankConfig.prefilter,
    top: Annotated[
        int, typer.Option(min=0, help="Candidates in the result; 0 for all.", rich_help_panel=_RANKING)
    ] = RankConfig.top,
    refine: Annotated[
        _Refiner | None,
        typer.Option(
            "--refine",
            help="Predictor that rescores the best candidates; only for matchnet-x.",
            rich_help_panel=_RANKING,
        ),
    ] = None,
    assign: Annotated[
        int,
        typer.Option(
            min=0, help="Candidates with assigned signals, in JSON, SDF and images.", rich_help_panel=_RANKING
        ),
    ] = RankConfig.max_assigned,
    output_format: Annotated[
        RankingFormat | None,
        typer.Option(
            "--format",
            help="Format of the result.  [default: by the name of --output, else a table]",
            show_default=False,
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    output: OutputOption = None,
    explain: Annotated[
        Path | None,
        typer.Option(help="Folder for an image of each assigned candidate.", rich_help_panel=OUTPUT_PANEL),
    ] = None,
    explain_format: Annotated[
        _ImageFormat, typer.Option("--explain-format", help="Format of these images.", rich_help_panel=OUTPUT_PANEL)
    ] = _ImageFormat.svg,
    quiet: QuietOption = False,
    model: ModelOption = None,
    checkpoint: CheckpointOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
) -> None:
    """Rank candidate molecules against NMR spectra.

    Give --library and one or both of --h1 and --c13, or a list of --queries.

    Exit codes: 0 done, 1 some queries failed, 2 usage, 3 spectrum unreadable, 4 library unreadable or without a valid
    candidate, 5 checkpoint or cache unusable, 6 result not written, 130 interrupted.
    """
    _check(h1, c13, library, queries, output_format, report)
    if cache and no_cache:
        raise UsageError("--cache and --no-cache exclude each other; give only one")
    if ppm is not None and mass is None:
        raise UsageError("--ppm is the tolerance of a mass; give --mass too")
    windows = parse_window(h1_range, "--h1-range"), parse_window(c13_range, "--c13-range")
    from specmol_core.queries import QueryFiles, read_queries  # loads numpy, which the help does not need

    batch = read_queries(queries) if queries is not None else []
    from specmol_core import api

    reporter = Reporter(quiet)
    constraints = api.Constraints.of(formula, mass, RankConfig.mass_ppm if ppm is None else ppm, elements)
    session = api.Session(
        api.RankOptions(RankConfig(top=top, prefilter=prefilter, device=device), constraints, refine),
        model=api.ModelOptions(checkpoint, model),
        spectra=api.SpectrumOptions(*windows, keep_solvent),
        libraries=api.LibraryOptions(
            EmbedConfig(max_atoms=max_atoms, workers=workers, strict=strict), cache, use_cache=not no_cache
        ),
        explain=api.ExplainOptions(
            assign if _can_hold_assignments(output_format, output, queries, explain) else 0,
            explain,
            f".{explain_format}",
        ),
        listener=api.Listener(reporter.progress, reporter.warn),
    )
    if batch:
        raise typer.Exit(_rank_all(session, batch, library, output))
    _rank_one(session, QueryFiles.named_after_spectrum(h1, c13), library, output_format, output, report)


def _can_hold_assignments(
    output_format: RankingFormat | None, output: Path | None, queries: Path | None, explain: Path | None
) -> bool:
    return queries is not None or explain is not None or format_of(output_format, output) in ("json", "jsonl", "sdf")


def _check(
    h1: str | None,
    c13: str | None,
    library: str | None,
    queries: Path | None,
    output_format: RankingFormat | None,
    report: Path | None,
) -> None:
    if queries is None:
        if h1 is None and c13 is None:
            raise UsageError("no spectrum given; give --h1, --c13 or both, or --queries")
        if library is None:
            raise UsageError("no candidates given; give --library")
        return
    if h1 is not None or c13 is not None:
        raise UsageError("--queries names its own spectra; omit --h1 and --c13")
    if output_format not in (None, RankingFormat.json, RankingFormat.jsonl):
        raise UsageError(f"--queries writes JSON lines; omit --format {output_format}")
    if report is not None:
        raise UsageError("--report is about one library; omit it with --queries")


def _rank_one(
    session: Session,
    query: QueryFiles,
    library: str | None,
    output_format: RankingFormat | None,
    output: Path | None,
    report: Path | None,
) -> None:
    from specmol_core.report.writers import WRITERS

    result = session.rank(query, library)
    if report is not None:
        session.write_rejections(result.library.path, report)
    chosen = format_of(output_format, output)
    write(ranking_table(result, output) if chosen == "table" else WRITERS[chosen](result), output)


def _rank_all(session: Session, batch: list[QueryFiles], library: str | None, output: Path | None) -> int:
    """Rank the queries of a batch, write each line as soon as it is known, and return the exit code."""
    from specmol_core.report.result import QueryFailure
    from specmol_core.report.writers import to_jsonl

    failed = False
    with line_writer(output) as write_line:
        for outcome in session.rank_all(batch, library):
            write_line(to_jsonl(outcome))
            failed = failed or isinstance(outcome, QueryFailure)
    return int(failed)

"""``specmol rank``: the candidates of a library against spectra, for one query or for a list of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specmol_cli.options import (
    DEFAULT_DEVICE,
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
from specmol_core.queries import QueryFiles, read_queries

if TYPE_CHECKING:
    from specmol_core.api import Session

__all__ = ["rank"]


class _ImageFormat(StrEnum):
    svg = "svg"
    png = "png"


class _Refiner(StrEnum):
    csp5 = "csp5"


_WindowOption = typer.Option(metavar="HIGH,LOW", help="Range the picture spans (ppm), where it does not say itself.")


def rank(
    h1: Annotated[str | None, typer.Option("--h1", help="1H spectrum.")] = None,
    c13: Annotated[str | None, typer.Option("--c13", help="13C spectrum.")] = None,
    library: Annotated[
        str | None, typer.Option("--library", "-l", help="Candidates: .sdf, .smi or .csv, also .gz; - reads SMILES.")
    ] = None,
    queries: Annotated[Path | None, typer.Option(help="CSV with id,h1,c13[,library]: one JSON line per query.")] = None,
    prefilter: Annotated[
        int, typer.Option(min=0, help="Candidates that the fast search lets through; 0 scores all.")
    ] = RankConfig.prefilter,
    top: Annotated[int, typer.Option(min=0, help="Candidates in the result; 0 for all.")] = RankConfig.top,
    output_format: Annotated[
        RankingFormat | None,
        typer.Option("--format", help="By the name of --output, else a table.", show_default=False),
    ] = None,
    output: OutputOption = None,
    h1_range: Annotated[str | None, _WindowOption] = None,
    c13_range: Annotated[str | None, _WindowOption] = None,
    keep_solvent: Annotated[
        bool, typer.Option("--keep-solvent", help="Leave the lines of solvent and impurities in.")
    ] = False,
    formula: Annotated[str | None, typer.Option(help="Formula that a candidate must have, as C10H12O2.")] = None,
    mass: Annotated[float | None, typer.Option(help="Monoisotopic mass that a candidate must have (u).")] = None,
    ppm: Annotated[float | None, typer.Option(help="Tolerance of --mass (ppm); 5 if none.", show_default=False)] = None,
    elements: Annotated[str | None, typer.Option(help="Elements that a candidate may hold, as CHNO.")] = None,
    explain: Annotated[Path | None, typer.Option(help="Folder for a picture of each assigned candidate.")] = None,
    explain_format: Annotated[
        _ImageFormat, typer.Option("--explain-format", help="Form of the pictures.")
    ] = _ImageFormat.svg,
    assign: Annotated[
        int, typer.Option(min=0, help="Candidates whose signals are assigned: JSON, SDF and pictures.")
    ] = RankConfig.max_assigned,
    refine: Annotated[
        _Refiner | None, typer.Option("--refine", help="Predicts the best candidates again; only matchnet-x.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Where the embedded library is kept; beside it if none.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor keep an embedded library.")] = False,
    checkpoint: CheckpointOption = None,
    model: ModelOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
    max_atoms: Annotated[int, typer.Option(min=1, help="Heavy atoms a candidate may have.")] = EmbedConfig.max_atoms,
    strict: Annotated[bool, typer.Option("--strict", help="The first rejected record is an error.")] = False,
    report: Annotated[Path | None, typer.Option(help="CSV of the rejected records, with their reasons.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Rank candidates against NMR spectra.

    Give --h1, --c13 or both with a --library of candidates, or a list of --queries.

    Exit codes: 0 done, 1 some queries failed, 2 usage, 3 spectrum unreadable, 4 library unreadable or
    without one valid candidate, 5 checkpoint or cache unusable, 6 result not written, 130 interrupted.
    """
    _check(h1, c13, library, queries, output_format, report)
    if cache and no_cache:
        raise UsageError("--cache and --no-cache exclude each other; give one")
    if ppm is not None and mass is None:
        raise UsageError("--ppm is the tolerance of a mass; give --mass too")
    windows = parse_window(h1_range, "--h1-range"), parse_window(c13_range, "--c13-range")
    batch = read_queries(queries) if queries is not None else []
    from specmol_core import api  # torch loads only once a command runs

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
        raise UsageError("--queries brings its own spectra; leave --h1 and --c13 out")
    if output_format not in (None, RankingFormat.json, RankingFormat.jsonl):
        raise UsageError(f"--queries writes JSON lines; leave --format {output_format} out")
    if report is not None:
        raise UsageError("--report tells of one library; leave it out beside --queries")


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
    """Exit code of a batch: each query's line is written as soon as it is known."""
    from specmol_core.report.result import QueryFailure
    from specmol_core.report.writers import to_jsonl

    failed = False
    with line_writer(output) as write_line:
        for outcome in session.rank_all(batch, library):
            write_line(to_jsonl(outcome))
            failed = failed or isinstance(outcome, QueryFailure)
    return int(failed)

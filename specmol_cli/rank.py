"""``specmol rank``: rank the candidates of a library, for one query or for a list of queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from specmol_cli.component_table import component_table
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
from specmol_cli.rank_options import (
    AssignOption,
    C13Option,
    CacheOption,
    ComponentsOption,
    ConfidenceOption,
    ElementsOption,
    ExplainFormatOption,
    ExplainOption,
    FormulaOption,
    H1Option,
    ImageFormat,
    KeepSolventOption,
    KnownOption,
    LibraryOption,
    MassOption,
    MaxAtomsOption,
    MaxErrorOption,
    NoCacheOption,
    PpmOption,
    PrefilterOption,
    QueriesOption,
    RankingFormatOption,
    RefineOption,
    ReportOption,
    SampleArgument,
    SolventOption,
    StrictOption,
    TopOption,
    WindowOption,
)
from specmol_core.api.config import EmbedConfig, RankConfig
from specmol_core.errors import UsageError

if TYPE_CHECKING:
    from specmol_core.api import Session
    from specmol_core.queries import QueryFiles

__all__ = ["rank"]


def rank(
    sample: SampleArgument = None,
    h1: H1Option = None,
    c13: C13Option = None,
    queries: QueriesOption = None,
    h1_range: WindowOption = None,
    c13_range: WindowOption = None,
    solvent: SolventOption = None,
    keep_solvent: KeepSolventOption = False,
    library: LibraryOption = None,
    formula: FormulaOption = None,
    mass: MassOption = None,
    ppm: PpmOption = None,
    elements: ElementsOption = None,
    max_atoms: MaxAtomsOption = EmbedConfig.max_atoms,
    strict: StrictOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
    no_cache: NoCacheOption = False,
    prefilter: PrefilterOption = RankConfig.prefilter,
    top: TopOption = RankConfig.top,
    components: ComponentsOption = None,
    known: KnownOption = None,
    refine: RefineOption = None,
    confidence: ConfidenceOption = None,
    max_error: MaxErrorOption = None,
    assign: AssignOption = RankConfig.max_assigned,
    output_format: RankingFormatOption = None,
    output: OutputOption = None,
    explain: ExplainOption = None,
    explain_format: ExplainFormatOption = ImageFormat.svg,
    quiet: QuietOption = False,
    model: ModelOption = None,
    checkpoint: CheckpointOption = None,
    device: DeviceOption = DEFAULT_DEVICE,
    workers: WorkersOption = EmbedConfig.workers,
) -> None:
    """Rank candidate molecules against NMR spectra.

    Give --library and a SAMPLE, or one or both of --h1 and --c13, or a list of --queries.

    Exit codes: 0 done, 1 some queries failed, 2 usage, 3 spectrum unreadable, 4 library unreadable or without a valid
    candidate, 5 checkpoint or cache unusable, 6 result not written, 70 error in specmol itself, 130 interrupted, 143
    terminated.
    """
    _check((sample, h1, c13), library, queries, output_format, report)
    if cache and no_cache:
        raise UsageError("--cache and --no-cache exclude each other; give only one")
    if components is not None and format_of(output_format, output) == "sdf":
        raise UsageError("--components writes a table, JSON or CSV; omit sdf")
    if ppm is not None and mass is None:
        raise UsageError("--ppm is the tolerance of a mass; give --mass too")
    windows = parse_window(h1_range, "--h1-range"), parse_window(c13_range, "--c13-range")
    from specmol_core.queries import QueryFiles, read_queries  # loads numpy, which the help does not need

    batch = read_queries(queries) if queries is not None else []
    from specmol_core import api

    reporter = Reporter(quiet)
    constraints = api.Constraints.of(formula, mass, RankConfig.mass_ppm if ppm is None else ppm, elements)
    session = api.Session(
        api.RankOptions(
            RankConfig(top=top, prefilter=prefilter, device=device),
            constraints,
            refine,
            components or 1,
            tuple(known or ()),
            confidence,
            max_error,
        ),
        model=api.ModelOptions(checkpoint, model),
        spectra=api.SpectrumOptions(*windows, keep_solvent, solvent),
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
    _rank_one(session, QueryFiles.named_after_spectrum(h1, c13, sample), library, output_format, output, report)


def _can_hold_assignments(
    output_format: RankingFormat | None, output: Path | None, queries: Path | None, explain: Path | None
) -> bool:
    return queries is not None or explain is not None or format_of(output_format, output) in ("json", "jsonl", "sdf")


def _check(
    spectra: tuple[str | None, ...],
    library: str | None,
    queries: Path | None,
    output_format: RankingFormat | None,
    report: Path | None,
) -> None:
    if queries is None:
        if not any(spectra):
            raise UsageError("no spectrum given; give a sample, --h1, --c13 or both, or --queries")
        if library is None:
            raise UsageError("no candidates given; give --library")
        return
    if any(spectra):
        raise UsageError("--queries names its own spectra; omit the sample, --h1 and --c13")
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
    if chosen == "table":
        text = ranking_table(result, output) if result.components is None else component_table(result, output)
    else:
        text = WRITERS[chosen](result)
    write(text, output)


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

"""Options of ``specmol rank`` that no other command has, in the panels of its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specmol_cli.options import OUTPUT_PANEL, RankingFormat
from specmol_core.api.config import RankConfig

__all__ = [
    "AssignOption",
    "C13Option",
    "CacheOption",
    "ComponentsOption",
    "ConfidenceOption",
    "ElementsOption",
    "ExplainFormatOption",
    "ExplainOption",
    "FormulaOption",
    "H1Option",
    "ImageFormat",
    "KeepSolventOption",
    "KnownOption",
    "LibraryOption",
    "MassOption",
    "MaxAtomsOption",
    "MaxErrorOption",
    "NoCacheOption",
    "PpmOption",
    "PrefilterOption",
    "QueriesOption",
    "RankingFormatOption",
    "RefineOption",
    "ReportOption",
    "SampleArgument",
    "SecondPredictor",
    "SolventOption",
    "StrictOption",
    "TopOption",
    "WindowOption",
]


class ImageFormat(StrEnum):
    """Format of the images of assigned candidates."""

    svg = "svg"
    png = "png"


class SecondPredictor(StrEnum):
    """Predictor that rescores the best candidates."""

    csp5 = "csp5"


_SPECTRA, _LIBRARY, _RANKING = "Spectra", "Library", "Ranking"

SampleArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="SAMPLE",
        help="Folder, archive, file or text with the 1H and the 13C spectrum of the sample, or one of them.",
        rich_help_panel=_SPECTRA,
    ),
]
H1Option = Annotated[
    str | None,
    typer.Option(
        "--h1",
        metavar="<spectrum>",
        help="1H spectrum: file, folder, or peak list as text.",
        rich_help_panel=_SPECTRA,
    ),
]
C13Option = Annotated[
    str | None,
    typer.Option(
        "--c13",
        metavar="<spectrum>",
        help="13C spectrum: file, folder, or peak list as text.",
        rich_help_panel=_SPECTRA,
    ),
]
QueriesOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV with id,h1,c13 or id,sample[,library,solvent,known]: one JSON line per query.",
        rich_help_panel=_SPECTRA,
    ),
]
WindowOption = Annotated[
    str | None,
    typer.Option(
        metavar="HIGH,LOW",
        help="Range that an image spans (ppm), if the image does not state it.",
        rich_help_panel=_SPECTRA,
    ),
]
SolventOption = Annotated[
    str | None,
    typer.Option(
        "--solvent",
        metavar="<name>",
        help="Solvent, such as CDCl3 or dmso; it overrides that of the file.",
        rich_help_panel=_SPECTRA,
    ),
]
KeepSolventOption = Annotated[
    bool,
    typer.Option(
        "--keep-solvent",
        help="Do not mask lines of solvent and impurities; only for --model matchnet.",
        rich_help_panel=_SPECTRA,
    ),
]
LibraryOption = Annotated[
    str | None,
    typer.Option(
        "--library",
        "-l",
        metavar="<file>",
        help="Candidates: .sdf, .smi or .csv, also .gz; - reads SMILES from standard input.",
        rich_help_panel=_LIBRARY,
    ),
]
FormulaOption = Annotated[
    str | None,
    typer.Option(
        metavar="<formula>",
        help="Keep only candidates with this formula, such as C10H12O2.",
        rich_help_panel=_LIBRARY,
    ),
]
MassOption = Annotated[
    float | None,
    typer.Option(help="Keep only candidates with this monoisotopic mass (u).", rich_help_panel=_LIBRARY),
]
PpmOption = Annotated[
    float | None,
    typer.Option(
        help=f"Tolerance of --mass (ppm).  [default: {RankConfig.mass_ppm:g}]",
        show_default=False,
        rich_help_panel=_LIBRARY,
    ),
]
ElementsOption = Annotated[
    str | None,
    typer.Option(
        metavar="<elements>", help="Keep only candidates of these elements, such as CHNO.", rich_help_panel=_LIBRARY
    ),
]
MaxAtomsOption = Annotated[int, typer.Option(min=1, help="Most heavy atoms of a candidate.", rich_help_panel=_LIBRARY)]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Stop with an error at the first rejected record.", rich_help_panel=_LIBRARY),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(help="CSV file for the rejected records and their reasons.", rich_help_panel=_LIBRARY),
]
CacheOption = Annotated[
    Path | None,
    typer.Option(help="Cache of the embedded library.  [default: beside the library]", rich_help_panel=_LIBRARY),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Neither read nor write a cache.", rich_help_panel=_LIBRARY)
]
PrefilterOption = Annotated[
    int,
    typer.Option(min=0, help="Candidates that the fast search keeps; 0 scores all.", rich_help_panel=_RANKING),
]
TopOption = Annotated[int, typer.Option(min=0, help="Candidates in the result; 0 for all.", rich_help_panel=_RANKING)]
ComponentsOption = Annotated[
    int | None,
    typer.Option(
        "--components",
        min=2,
        max=3,
        help="Search sets of up to 2 or 3 candidates that explain the spectra together.",
        rich_help_panel=_RANKING,
    ),
]
KnownOption = Annotated[
    list[str] | None,
    typer.Option(
        "--known",
        metavar="<SMILES>",
        help="Compound that is in the sample; its signals are explained first. Repeat it for several.",
        rich_help_panel=_RANKING,
    ),
]
RefineOption = Annotated[
    SecondPredictor | None,
    typer.Option(
        "--refine",
        help="Predictor that rescores the best candidates; only for matchnet-x.",
        rich_help_panel=_RANKING,
    ),
]
ConfidenceOption = Annotated[
    float | None,
    typer.Option(
        "--confidence",
        metavar="P",
        help="State the set of candidates that holds the compound with this probability, such as 0.95.",
        rich_help_panel=_RANKING,
    ),
]
MaxErrorOption = Annotated[
    float | None,
    typer.Option(
        "--max-error",
        metavar="P",
        help="Say which queries may be called identified with at most this share of errors, such as 0.01.",
        rich_help_panel=_RANKING,
    ),
]
AssignOption = Annotated[
    int,
    typer.Option(min=0, help="Candidates with assigned signals, in JSON, SDF and sheets.", rich_help_panel=_RANKING),
]
RankingFormatOption = Annotated[
    RankingFormat | None,
    typer.Option(
        "--format",
        help="Format of the result.  [default: by the name of --output, else a table]",
        show_default=False,
        rich_help_panel=OUTPUT_PANEL,
    ),
]
ExplainOption = Annotated[
    Path | None,
    typer.Option(help="Folder for a sheet (an image) of each assigned candidate.", rich_help_panel=OUTPUT_PANEL),
]
ExplainFormatOption = Annotated[
    ImageFormat, typer.Option("--explain-format", help="Format of these sheets.", rich_help_panel=OUTPUT_PANEL)
]

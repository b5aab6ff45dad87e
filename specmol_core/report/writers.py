"""Writers of a ranking as JSON, JSON lines, CSV or SDF.

Names in a library are untrusted text. The writers make sure that a name cannot break a line of CSV, end a
record of an SDF, or send a control sequence to a terminal.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from specmol_core.report.atom_properties import assignment_tags
from specmol_core.report.component_rows import COMPONENT_COLUMNS, component_rows
from specmol_core.report.result import QueryFailure, QueryResult
from specmol_core.storage.plain_text import plain_text
from specmol_core.storage.spreadsheet import cell_text

if TYPE_CHECKING:
    from specmol_core.retrieval.ranker import RankedCandidate

__all__ = ["CSV_COLUMNS", "WRITERS", "to_csv", "to_json", "to_jsonl", "to_sdf"]

_CANDIDATE_COLUMNS = ("rank", "index", "name", "smiles", "formula", "score", "probability", "group", "in_set")
_CONTEXT_COLUMNS = (
    "verdict",
    "none_fits_probability",
    "confidence",
    "set_groups",
    "set_candidates",
    "set_coverage",
    "max_error",
    "identified",
    "next",
    "nuclei",
    "library",
    "library_sha256",
    "library_read",
    "library_scored",
    "library_duplicates",
    "library_rejected",
    "version",
    "model",
    "checkpoint",
    "h1",
    "h1_sha256",
    "c13",
    "c13_sha256",
    "settings",
    "warnings",
)
CSV_COLUMNS = ("id", *_CANDIDATE_COLUMNS, *_CONTEXT_COLUMNS)
"""Columns of the CSV and tags of the SDF, in order."""


def to_json(result: QueryResult) -> str:
    """Write a result as an indented JSON object."""
    return json.dumps(_replace_nonfinite(result.as_dict()), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_jsonl(result: QueryResult | QueryFailure) -> str:
    """Write a result as a JSON object on one line."""
    return json.dumps(_replace_nonfinite(result.as_dict()), ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(result: QueryResult) -> str:
    """Write a result as CSV: one row per candidate, with the columns :data:`CSV_COLUMNS`.

    Each row repeats the provenance of the result. A text that a spreadsheet would run as a formula gets
    an apostrophe before it. If sets of candidates were searched, there is one row per component of each
    set, with the columns :data:`COMPONENT_COLUMNS` in place of those of a candidate.
    """
    rows: Iterable[dict[str, Any]] = (_candidate_values(result, index) for index in range(len(result.candidates)))
    columns: tuple[str, ...] = _CANDIDATE_COLUMNS
    if result.components is not None:
        rows, columns = component_rows(result.components), COMPONENT_COLUMNS
    file = io.StringIO()
    writer = csv.DictWriter(file, ("id", *columns, *_CONTEXT_COLUMNS), lineterminator="\n")
    writer.writeheader()
    context = {"id": plain_text(result.id), **_context_values(result)}
    for values in rows:
        row = {**context, **values}
        writer.writerow({key: cell_text(value) if isinstance(value, str) else value for key, value in row.items()})
    return file.getvalue()


def to_sdf(result: QueryResult) -> str:
    """Write a result as SDF: one record per candidate with 2D coordinates and tags :data:`CSV_COLUMNS`.

    Candidates with an assignment also have the tags of :func:`assignment_tags`.

    Raises
    ------
    ValueError
        If RDKit cannot parse the SMILES of a candidate.
    """
    context = _context_values(result)
    records = []
    for index, candidate in enumerate(result.candidates):
        tags = {"id": plain_text(result.id), **_candidate_values(result, index), **context}
        if index < len(result.assignments):
            tags |= assignment_tags(candidate.smiles, result.assignments[index])
        lines = [_molblock(candidate)]
        lines += [f">  <{tag}>\n{_sdf_value(str(value))}\n\n" for tag, value in tags.items()]
        records.append("".join((*lines, "$$$$\n")))
    return "".join(records)


WRITERS = {"json": to_json, "jsonl": to_jsonl, "csv": to_csv, "sdf": to_sdf}
"""Writer of each machine-readable format."""


def _candidate_values(result: QueryResult, index: int) -> dict[str, Any]:
    candidate, in_set = result.candidates[index], result.is_in_set(index)
    return {
        "rank": candidate.rank,
        "index": candidate.index,
        "name": plain_text(candidate.name),
        "smiles": candidate.smiles,
        "formula": candidate.formula,
        "score": _format_number(candidate.score),
        "probability": _format_number(candidate.probability),
        "group": candidate.group,
        "in_set": _yes_or_no(in_set),
    }


def _yes_or_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _context_values(result: QueryResult) -> dict[str, Any]:
    provenance, library = result.provenance, result.library
    h1, c13 = provenance.spectra.get("h1"), provenance.spectra.get("c13")
    verdict, none = "", math.nan
    if result.components is not None:
        verdict, none = result.components.verdict, result.components.none_fits_probability
    elif result.verdict is not None:
        verdict, none = result.verdict.name, result.verdict.none_fits_probability
    values: tuple[Any, ...] = (
        verdict,
        _format_number(none),
        *_conclusions(result),
        " ".join(result.nuclei),
        plain_text(library.path),
        provenance.library.sha256,
        library.read,
        library.scored,
        library.duplicates,
        library.rejected,
        provenance.version,
        provenance.model,
        provenance.checkpoint,
        plain_text(h1.path) if h1 else "",
        h1.sha256 if h1 else "",
        plain_text(c13.path) if c13 else "",
        c13.sha256 if c13 else "",
        json.dumps(_replace_nonfinite(dict(provenance.settings)), allow_nan=False),
        plain_text("; ".join(result.warnings)),
    )
    return dict(zip(_CONTEXT_COLUMNS, values, strict=True))


def _conclusions(result: QueryResult) -> tuple[Any, ...]:
    chosen, decision, advice = result.confidence_set, result.identification, result.advice
    return (
        *(("",) * 4 if chosen is None else (chosen.level, chosen.groups, chosen.candidates, round(chosen.coverage, 4))),
        *(("",) * 2 if decision is None else (decision.max_error, _yes_or_no(decision.identified))),
        "" if advice is None else plain_text("; ".join(advice.describe())),
    )


def _molblock(candidate: RankedCandidate) -> str:
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDepictor

    with rdBase.BlockLogs():  # RDKit warns of a lone proton of a salt
        mol = Chem.MolFromSmiles(candidate.smiles)
    if mol is None:
        raise ValueError(f"candidate {candidate.index} has an unreadable SMILES: {candidate.smiles}")
    rdDepictor.Compute2DCoords(mol)
    mol.SetProp("_Name", _sdf_value(plain_text(candidate.name)))
    return str(Chem.MolToMolBlock(mol))


def _sdf_value(text: str) -> str:
    # For a reader that goes line by line, such a line would end the record or start another tag.
    return f" {text}" if text.startswith((">", "$$$$")) else text


def _format_number(value: float) -> str:
    """Return the shortest decimal that gives the same float; empty for NaN and infinity."""
    return repr(float(value)) if math.isfinite(value) else ""


def _replace_nonfinite(value: Any) -> Any:
    """Replace NaN and infinity by None, because JSON does not have them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _replace_nonfinite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_nonfinite(v) for v in value]
    return value

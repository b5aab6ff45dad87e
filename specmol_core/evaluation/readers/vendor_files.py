"""Evaluate how files of vendors, programs and authors are read, against a table of what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specmol_core.errors import DatasetError, LibraryError
from specmol_core.evaluation.ranking.pools import CandidatePool
from specmol_core.evaluation.readers.vendor_cases import VendorCase, vendor_cases
from specmol_core.evaluation.readers.vendor_checks import RankTruth, spectrum_faults
from specmol_core.matcher.protocol import Matcher
from specmol_core.molecules.library import open_library, parse_records
from specmol_core.molecules.records import RejectedRecord
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["VendorResult", "evaluate_vendor_files", "holds_vendor_files", "truth_ranker", "vendor_totals"]


@dataclass(frozen=True)
class VendorResult:
    """Result of reading one file."""

    path: str
    format: str
    faults: tuple[str, ...]
    """What is wrong; empty if the file is read as the table says."""


def holds_vendor_files(folder: Path, cases: Sequence[VendorCase] | None = None) -> bool:
    """Whether a folder holds files of the table, and no manifest of measured pairs."""
    cases = vendor_cases() if cases is None else cases
    return not (folder / "manifest.json").exists() and any((folder / case.path).exists() for case in cases)


def evaluate_vendor_files(
    folder: Path, rank_truth: RankTruth, cases: Sequence[VendorCase] | None = None
) -> Iterator[VendorResult]:
    """Read each file of the table, and compare what was read with what it holds.

    Parameters
    ----------
    folder
        Folder of the files, with a folder for each format.
    rank_truth
        Ranks isomers, see ``truth_ranker``.
    cases
        Table; that of the package if None.

    Raises
    ------
    DatasetError
        If the folder holds no file of the table.
    """
    cases = vendor_cases() if cases is None else cases
    if not any((folder / case.path).exists() for case in cases):
        raise DatasetError(folder, "holds no file of the table of vendor files; give the folder that contains jeol/")
    for case in cases:
        if not (folder / case.path).exists():
            faults = ["is not in the folder"]
        elif case.kind == "library":
            faults = _library_faults(case, folder / case.path)
        else:
            faults = spectrum_faults(case, folder, rank_truth)
        yield VendorResult(case.path, case.format, tuple(faults))


def vendor_totals(results: Sequence[VendorResult]) -> list[dict[str, Any]]:
    """Return the number of files and the share read right: one entry for each format, and one for all.

    Examples
    --------
    >>> vendor_totals([VendorResult("jeol/a.jdf", "jeol", ()), VendorResult("jeol/b.jdf", "jeol", ("refused",))])[0]
    {'format': 'jeol', 'files': 2, 'right': 1, 'right_share': 0.5}
    """
    formats = list(dict.fromkeys(result.format for result in results))
    groups = [(name, [result for result in results if result.format == name]) for name in formats]
    totals = []
    for name, group in [*groups, ("all", list(results))]:
        right = sum(not result.faults for result in group)
        totals.append(
            {"format": name, "files": len(group), "right": right, "right_share": right / len(group) if group else None}
        )
    return totals


def truth_ranker(matcher: Matcher) -> RankTruth:
    """Return a function that ranks the isomers of one spectrum with a model."""

    def rank(spectrum: Spectrum, isomers: Sequence[str]) -> str:
        pair = SpectrumPair(spectrum) if spectrum.nucleus == "1H" else SpectrumPair(None, spectrum)
        pool = CandidatePool(matcher, isomers, 0)
        query = matcher.query(analyse_pair(pair))
        scores = pool.scores(query)
        if scores[1:].max() >= scores[0]:
            return f"{isomers[int(scores.argmax())]} is ranked before {isomers[0]}"
        outcome = pool.posterior_outcomes(query, scores)
        # Both name the compound; which of both depends on how likely it is that the library lacks it.
        if outcome is not None and outcome.verdict.name not in ("identified", "probable"):
            return f"{isomers[0]} is ranked first, but the verdict is {outcome.verdict.name!r}"
        return ""

    return rank


def _library_faults(case: VendorCase, path: Path) -> list[str]:
    try:
        records = [record for batch in parse_records(open_library(path), workers=1) for record in batch]
    except LibraryError as error:
        if case.or_refused and re.search(case.or_refused, str(error)):
            return []
        return [f"refused: {error.reason}"]
    rejected = [record for record in records if isinstance(record, RejectedRecord)]
    faults = []
    if rejected:
        faults.append(f"{len(rejected)} of {len(records)} records are rejected: {rejected[0].reason}")
    if len(records) - len(rejected) != case.records:
        faults.append(f"{len(records) - len(rejected)} candidates, not {case.records}")
    names = tuple(record.name for record in records)
    if case.names and names != case.names:
        faults.append(f"the names are {', '.join(names) or 'missing'}")
    return faults

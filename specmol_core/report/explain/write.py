"""One picture for each candidate whose signals were assigned."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from specmol_core.report.explain.sheet import ExplainedCandidate, write_candidate_image
from specmol_core.report.result import QueryResult
from specmol_core.spectra.spectrum import SpectrumPair
from specmol_core.storage.atomic import output_error

__all__ = ["write_explanation_images"]

_MAX_NAME_BYTES = 60
"""Bytes of each part of a file's name: a few of them, a rank and an ending are within what a file system takes."""


def write_explanation_images(folder: Path, suffix: str, result: QueryResult, pair: SpectrumPair) -> None:
    """Write ``<query>_<rank>_<name>`` into the folder for each assigned candidate.

    What a file name cannot hold becomes ``-``; a query whose id changes so carries a hash of it too, that none takes
    the pictures of another.

    Parameters
    ----------
    suffix
        .svg or .png: the form of the pictures.

    Raises
    ------
    OutputError
        If the folder cannot be made, or a picture not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    note = "" if result.verdict is None else f"{result.id}: {result.verdict.describe()}"
    for candidate, assignment in zip(result.candidates, result.assignments, strict=False):
        name = f"{_unique_file_name(result.id)}_{candidate.rank:02d}_{_file_name(candidate.name or candidate.formula)}"
        explained = ExplainedCandidate(
            candidate.rank, candidate.name, candidate.formula, candidate.smiles, candidate.probability, assignment
        )
        write_candidate_image(folder / f"{name}{suffix}", explained, pair, note)


def _file_name(text: str) -> str:
    """Letters, digits, points, dashes and underscores; it begins and ends in no point."""
    words = re.sub(r"[^\w.-]+", "-", text).encode()[:_MAX_NAME_BYTES]
    return words.decode(errors="ignore").strip("-.")


def _unique_file_name(text: str) -> str:
    plain = _file_name(text)
    return plain if plain == text else f"{plain}-{sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}"

"""Explanation images: one file for each candidate with an assignment."""

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
"""Largest size of each part of a file name (bytes), so that the name fits the file system's limit."""


def write_explanation_images(folder: Path, suffix: str, result: QueryResult, pair: SpectrumPair) -> None:
    """Write ``<query>_<rank>_<name>`` into the folder for each candidate with an assignment.

    Characters that are not allowed in file names become ``-``. If this changes the id of a query, a hash
    of the id is added, so that no query overwrites the images of another.

    Parameters
    ----------
    folder
        Folder of the images; created if it is missing.
    suffix
        Format of the images: ``.svg`` or ``.png``.
    result, pair
        The ranking with its assignments, and the spectra.

    Raises
    ------
    OutputError
        If the folder cannot be created, or an image cannot be written.
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
    """Return the text with letters, digits, dots, dashes and underscores only, and no dot at the ends."""
    words = re.sub(r"[^\w.-]+", "-", text).encode()[:_MAX_NAME_BYTES]
    return words.decode(errors="ignore").strip("-.")


def _unique_file_name(text: str) -> str:
    plain = _file_name(text)
    return plain if plain == text else f"{plain}-{sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}"

"""The files of one sample in each format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from specmol_core.errors import UsageError
from specmol_core.simulation.writers.bruker import EXPERIMENT_NUMBERS, bruker_files
from specmol_core.simulation.writers.csv_table import csv_file
from specmol_core.simulation.writers.jcamp import jcamp_file
from specmol_core.simulation.writers.measurement import Measurement

__all__ = ["FILE_FORMATS", "FileFormat", "known_format", "sample_files", "spectrum_path"]

FileFormat = Literal["bruker", "jcamp", "csv"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)

_SUFFIXES = {"jcamp": ".jdx", "csv": ".csv"}
_STEMS = {"1H": "h1", "13C": "c13"}


def known_format(name: str) -> FileFormat:
    """Return the format of this name.

    Raises
    ------
    UsageError
        If there is none.
    """
    for known in FILE_FORMATS:
        if name == known:
            return known
    raise UsageError(f"format {name}: unknown; choose one of {', '.join(FILE_FORMATS)}")


def spectrum_path(name: str, nucleus: str, file_format: FileFormat) -> str:
    """Return the relative path of the spectrum of a sample: an experiment folder or a file.

    Examples
    --------
    >>> spectrum_path("menthol", "13C", "bruker"), spectrum_path("menthol", "13C", "jcamp")
    ('menthol/11', 'menthol_c13.jdx')
    """
    if file_format == "bruker":
        return f"{name}/{EXPERIMENT_NUMBERS[nucleus]}"
    return f"{name}_{_STEMS[nucleus]}{_SUFFIXES[file_format]}"


def sample_files(name: str, measured: Sequence[Measurement], file_format: FileFormat) -> dict[str, bytes]:
    """Return the content of all files of a sample by relative path."""
    files: dict[str, bytes] = {}
    for measurement in measured:
        path = spectrum_path(name, measurement.nucleus, file_format)
        if file_format == "bruker":
            files |= {f"{path}/{inner}": content for inner, content in bruker_files(measurement).items()}
        else:
            files[path] = jcamp_file(measurement) if file_format == "jcamp" else csv_file(measurement)
    return files

"""The files of one sample in each format."""

from __future__ import annotations

import pytest
from support.known_measurements import known_measurements

from specmol_core.errors import UsageError
from specmol_core.simulation.writers.sample_files import FileFormat, known_format, sample_files, spectrum_path

EXPERIMENT_FILES = {"acqu", "acqus", "fid", "pdata/1/1r", "pdata/1/proc", "pdata/1/procs", "pdata/1/title"}


@pytest.mark.parametrize(
    ("file_format", "expected"),
    [
        ("bruker", {f"s/{number}/{name}" for number in (10, 11) for name in EXPERIMENT_FILES}),
        ("jcamp", {"s_h1.jdx", "s_c13.jdx"}),
        ("csv", {"s_h1.csv", "s_c13.csv"}),
    ],
)
def test_each_spectrum_has_its_files(file_format: FileFormat, expected: set[str]) -> None:
    measured = [known.measurement for known in known_measurements().values()]

    paths = set(sample_files("s", measured, file_format))

    assert paths == expected
    for nucleus in ("1H", "13C"):
        assert any(path.startswith(spectrum_path("s", nucleus, file_format)) for path in paths)


def test_unknown_format_is_named() -> None:
    with pytest.raises(UsageError, match="format varian: unknown; choose one of bruker, jcamp, csv"):
        known_format("varian")

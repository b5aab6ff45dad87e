"""Names of files for simulated molecules."""

from __future__ import annotations

import pytest

from specmol_core.simulation.sample_names import sample_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("menthol", "0000003_menthol"),
        ("../../etc/passwd", "0000003_______etc_passwd"),
        ("β-ionone\n", "0000003__-ionone_"),
        ("", "0000003"),
        ("///", "0000003"),
        ("x" * 100, "0000003_" + "x" * 60),
    ],
)
def test_names_are_safe_everywhere(name: str, expected: str) -> None:
    assert sample_name(name, 3) == expected


def test_copies_are_numbered_if_there_are_several() -> None:
    assert [sample_name("a", 3, copy, 2) for copy in range(2)] == ["0000003_a_0", "0000003_a_1"]

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.instruments.multiplicity_editing import (
    has_negative_lines,
    is_multiplicity_edited,
    lacks_quaternary,
)

X = np.arange(16384.0)


@pytest.mark.parametrize(
    ("name", "edited", "dept"),
    [
        ("dept135", True, True), ("deptsp135", True, True), ("DEPT", True, True), ("deptqgpsp.2", True, False),
        ("jmod", True, False), ("APT", True, False), ("carbon_apt.jxp", True, False), ("zgpg30", False, False),
        ("s2pul CARBON", False, False), ("adapted_zg", False, False), ("captain", False, False), ("", False, False),
    ],
)  # fmt: skip
def test_names_of_pulse_sequences(name: str, edited: bool, dept: bool) -> None:
    assert is_multiplicity_edited(name) == edited
    assert lacks_quaternary(name) == dept


def trace(*lines: tuple[float, float], angle: float = 0.0) -> np.ndarray:
    noise = 0.005 * np.random.default_rng(0).normal(size=X.size)
    return noise + sum((area * np.exp(1j * angle) / (1 + 1j * (X - at) / 2)).real for at, area in lines)


def test_downward_lines_differ_from_phase_errors_and_noise() -> None:
    assert has_negative_lines(trace((3000, 1.0), (5000, -0.8), (9000, -0.5)))
    assert has_negative_lines(trace((3000, 1.0), (5000, -0.8)), min_count=1)
    assert not has_negative_lines(trace((3000, 1.0), (5000, -0.8)))
    assert not has_negative_lines(trace((3000, 1.0), (5000, 1.0), (9000, 0.7), angle=1.0), min_count=1)
    assert not has_negative_lines(trace(), min_count=1)
    assert not has_negative_lines(np.zeros(100), min_count=1)

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.instruments.multiplicity_editing import (
    has_negative_lines,
    is_multiplicity_edited,
    lacks_quaternary,
    read_signs,
)

X = np.arange(16384.0)


@pytest.mark.parametrize(
    ("name", "edited", "dept"),
    [
        ("dept135", True, True), ("deptsp135", True, True), ("DEPT", True, True), ("deptqgpsp.2", True, False),
        ("jmod", True, False), ("APT", True, False), ("carbon_apt.jxp", True, False), ("zgpg30", False, False),
        ("# Dept. of Chemistry", False, False), ("the Dept of Physics", False, False), ("DEPTQ135", True, False),
        ("s2pul CARBON", False, False), ("adapted_zg", False, False), ("captain", False, False), ("", False, False),
    ],
)  # fmt: skip
def test_names_of_pulse_sequences(name: str, edited: bool, dept: bool) -> None:
    assert is_multiplicity_edited(name) == edited
    assert lacks_quaternary(name) == dept


def trace(*lines: tuple[float, float], angle: float = 0.0, width: float = 2.0, noise: float = 0.005) -> np.ndarray:
    noise = noise * np.random.default_rng(0).normal(size=X.size)
    return noise + sum((area * np.exp(1j * angle) / (1 + 1j * (X - at) / width)).real for at, area in lines)


def test_downward_lines_differ_from_phase_errors_and_noise() -> None:
    assert has_negative_lines(trace((3000, 1.0), (5000, -0.8), (9000, -0.5)))
    assert has_negative_lines(trace((3000, 1.0), (5000, -0.8)))
    assert not has_negative_lines(trace((3000, 1.0), (5000, -0.8)), edited=False)
    assert not has_negative_lines(trace((3000, 1.0), (5000, 1.0), (9000, 0.7), angle=1.0), edited=True)
    assert not has_negative_lines(trace(), edited=True)
    assert not has_negative_lines(np.zeros(100), edited=True)


def test_lines_of_three_percent_point_down_beside_a_tall_solvent() -> None:
    weak = trace((3000, 1.0), (5000, -0.03), (9000, -0.03), (11000, 0.05), noise=0.0005)

    assert has_negative_lines(weak, edited=True)
    assert has_negative_lines(weak)
    one = trace((3000, 1.0), (5000, -0.03), (11000, 0.05), noise=0.0005)
    assert has_negative_lines(one, edited=True)
    assert not has_negative_lines(one)  # without the word of a pulse sequence, one weak line is not enough


def test_humps_glitches_and_noise_of_a_zero_filled_spectrum_are_no_lines() -> None:
    lines = trace((3000, 1.0), (5000, 0.5), (9000, 0.7), noise=0.0005)
    hump = lines - 0.2 * np.exp(-(((X - 7000) / 300) ** 2))
    glitch = lines - 0.2 * (X == 7000)
    correlated = np.convolve(np.random.default_rng(1).normal(size=X.size), np.hanning(17), "same")
    noisy = lines + 0.012 * correlated / correlated.std()

    assert [has_negative_lines(values, edited=True) for values in (hump, glitch, noisy)] == [False] * 3


def test_the_user_learns_what_was_decided() -> None:
    edited = trace((3000, 1.0), (5000, -0.8), (9000, -0.5))

    assert read_signs(edited, "13C", "deptqgpsp") == (True, ())
    assert read_signs(edited, "13C", "deptsp135") == (
        True,
        ("deptsp135 is a DEPT: it shows no carbon without a proton",),
    )
    signed, (note,) = read_signs(edited, "13C")
    assert signed
    assert note.startswith("lines point down, as in DEPT and APT")
    assert read_signs(edited, "1H", "dept135") == (False, ())
    assert read_signs(np.abs(edited), "13C", "jmod") == (False, ())

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.calibration import Calibration
from specmol_core.spectra.readers.images.axis_reference import reference_image
from specmol_core.spectra.spectrum import Nucleus, Spectrum

CARBONS = [(167.3, 0.5), (144.2, 0.9), (129.7, 1.0), (114.3, 0.9), (60.3, 0.8), (55.4, 0.7), (14.4, 0.7)]
TRIPLET = [(77.16 + order * 32.0 / 100.6, 0.6) for order in (-1, 0, 1)]
PROTONS = [(7.64, 0.5), (6.91, 0.8), (6.31, 0.5), (4.25, 0.7), (3.83, 1.0), (1.33, 0.9)]
STEPS = {"1H": (0.004, 0.01), "13C": (0.08, 0.2)}


def image(nucleus: Nucleus, lines, step: float, moved: float, **known) -> Spectrum:
    """The columns of an image: the largest height in each, in 400 steps; ``moved`` is the error of its axis."""
    high, low = (9.0, -0.6) if nucleus == "1H" else (180.0, -8.0)
    width = 0.002 if nucleus == "1H" else 0.015
    columns = round((high - low) / step)
    grid = high - (high - low) / columns / 20 * (np.arange(20 * columns) + 0.5)
    noise = np.random.default_rng(0).normal(0.0, 0.002, len(grid))
    trace = noise + sum(height / (1 + ((grid - ppm) / width) ** 2) for ppm, height in lines)
    heights = trace.reshape(columns, 20).max(axis=1)
    heights = np.round(400 * heights / heights.max()) / 400
    calibration = Calibration(-step, high + moved, 9, 0.01, 0.95, "ocr")
    axis = PpmAxis(high + moved, low + moved, columns)
    return Spectrum(nucleus, axis, heights.astype(np.float32), calibration=calibration, height_step=1 / 400, **known)


def move_of(spectrum: Spectrum) -> float:
    found = reference_image(spectrum)
    move = found.axis.high - spectrum.axis.high
    assert found.axis.low - spectrum.axis.low == pytest.approx(move)
    assert found.calibration is not None
    assert spectrum.calibration is not None
    assert found.calibration.offset_ppm - spectrum.calibration.offset_ppm == pytest.approx(move)
    assert bool(found.warnings) == bool(move)
    return move


@pytest.mark.parametrize("step", STEPS["13C"])
@pytest.mark.parametrize("known", [{"solvent": "CDCl3", "frequency_mhz": 100.6}, {"solvent": "CDCl3"}, {}])
@pytest.mark.parametrize("moved", [1.1, -2.2])
def test_the_multiplet_of_the_solvent_moves_a_carbon_axis(step: float, known, moved: float) -> None:
    spectrum = image("13C", [*CARBONS, *TRIPLET], step, moved, **known)

    assert move_of(spectrum) == pytest.approx(-moved, abs=0.15)
    assert "the axis was moved by" in reference_image(spectrum).warnings[-1]


@pytest.mark.parametrize("step", STEPS["13C"])
@pytest.mark.parametrize("moved", [0.0, 0.2])
def test_an_axis_that_is_right_stays(step: float, moved: float) -> None:
    assert move_of(image("13C", [*CARBONS, *TRIPLET], step, moved, solvent="CDCl3")) == 0.0


@pytest.mark.parametrize(
    ("lines", "moved", "known"),
    [
        (CARBONS, 1.1, {"solvent": "CDCl3"}),
        ([*CARBONS, (77.2, 0.6)], 1.1, {"solvent": "CDCl3"}),
        ([*CARBONS, *TRIPLET], 5.0, {"solvent": "CDCl3"}),
        ([*CARBONS, *TRIPLET], 1.1, {"solvent": "D2O"}),
    ],
)
def test_without_the_multiplet_in_its_range_nothing_moves(lines, moved: float, known) -> None:
    assert move_of(image("13C", lines, 0.2, moved, **known)) == 0.0


@pytest.mark.parametrize("step", STEPS["1H"])
@pytest.mark.parametrize("known", [{"solvent": "CDCl3"}, {}])
def test_tetramethylsilane_moves_a_proton_axis(step: float, known) -> None:
    lines = [*PROTONS, (7.26, 0.2), (0.0, 0.1)]

    assert move_of(image("1H", lines, step, 0.08, **known)) == pytest.approx(-0.08, abs=0.01)
    assert move_of(image("1H", lines, step, 0.0, **known)) == 0.0


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ((0.0, 0.9), {}),
        ((0.2, 0.1), {}),
        ((0.0, 0.1), {"solvent": "DMSO-d6"}),
    ],
    ids=["as tall as a silyl group", "too far", "the solvent contradicts"],
)
def test_another_last_line_moves_nothing(line: tuple[float, float], known) -> None:
    assert move_of(image("1H", [*PROTONS, line], 0.01, 0.08, **known)) == 0.0


def test_only_an_axis_that_was_read_from_labels_is_moved() -> None:
    spectrum = image("13C", [*CARBONS, *TRIPLET], 0.2, 1.1, solvent="CDCl3")

    assert reference_image(replace(spectrum, calibration=None)).axis == spectrum.axis

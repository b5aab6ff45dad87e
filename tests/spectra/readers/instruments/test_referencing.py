from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.referencing import reference, solvent_offset

AXES = {"1H": PpmAxis(14.0, -2.0, 32768), "13C": PpmAxis(230.0, -10.0, 65536)}
MHZ = {"1H": 500.0, "13C": 125.0}
HEIGHTS = {1: [1], 3: [1, 1, 1], 5: [1, 2, 3, 2, 1], 7: [1, 3, 6, 7, 6, 3, 1]}


def drawn(nucleus: str, lines, noise: float = 0.002) -> np.ndarray:
    grid = AXES[nucleus].grid()
    half = 0.5 / MHZ[nucleus]
    trace = noise * np.random.default_rng(0).normal(size=grid.size)
    for ppm, height in lines:
        trace += height / (1 + ((grid - ppm) / half) ** 2)
    return trace


def multiplet(ppm: float, count: int, hertz: float, mhz: float, height: float):
    offsets = (np.arange(count) - (count - 1) / 2) * hertz / mhz
    return [(ppm + offset, height * part) for offset, part in zip(offsets, HEIGHTS[count], strict=True)]


@pytest.mark.parametrize(
    ("nucleus", "solvent", "ppm", "count", "hertz"),
    [
        ("13C", "CDCl3", 77.16, 3, 32.0), ("13C", "DMSO", 39.52, 7, 21.0), ("13C", "MeOD", 49.0, 7, 21.4),
        ("1H", "CDCl3", 7.26, 1, 0.0), ("1H", "DMSO", 2.50, 5, 1.9),
    ],
)  # fmt: skip
@pytest.mark.parametrize("offset", [-1.0, 0.0, 0.4])
def test_a_solvent_is_found_at_its_offset(nucleus, solvent, ppm, count, hertz, offset) -> None:
    offset *= 0.1 if nucleus == "1H" else 1.0
    lines = [*multiplet(ppm + offset, count, hertz, MHZ[nucleus], 0.1), (ppm + 1.5, 1.0), (ppm - 1.7, 0.5)]
    trace = drawn(nucleus, lines)

    found = solvent_offset(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent)
    assert found is not None
    assert found[0] == pytest.approx(offset, abs=3 * AXES[nucleus].step)
    moved, how = reference(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent, "not at all")
    assert moved.high == pytest.approx(AXES[nucleus].high - offset, abs=3 * AXES[nucleus].step)
    assert f"at {ppm:.2f} ppm" in how


@pytest.mark.parametrize(
    ("nucleus", "solvent", "lines"),
    [
        ("13C", "CDCl3", [(77.3, 1.0)]),
        ("13C", "CDCl3", [(77.16, 1.0), (77.416, 0.1), (76.904, 0.1)]),
        ("13C", "CDCl3", [(128.0, 1.0)]),
        ("13C", "acetone", [(206.3, 1.0)]),
        ("13C", None, [(77.16, 1.0)]),
        ("13C", "benzin", [(77.16, 1.0)]),
        ("1H", "D2O", [(4.79, 1.0)]),
        ("1H", "CDCl3", [(7.60, 1.0)]),
    ],
)
def test_other_lines_are_not_a_solvent(nucleus, solvent, lines) -> None:
    trace = drawn(nucleus, lines)

    assert solvent_offset(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent) is None
    assert reference(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent, "stated") == (AXES[nucleus], "stated")


def test_the_flank_of_a_line_outside_the_range_is_not_a_solvent() -> None:
    assert solvent_offset(AXES["1H"], drawn("1H", [(7.0, 1000.0)], noise=0.0001), "1H", 500.0, "CDCl3") is None


def test_a_solvent_outside_the_axis_is_not_looked_for() -> None:
    axis = PpmAxis(60.0, 0.0, 4096)
    assert solvent_offset(axis, np.random.default_rng(0).normal(size=4096), "13C", 125.0, "CDCl3") is None

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
    moved, how, _ = reference(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent, "not at all")
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
    assert reference(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent, "stated") == (AXES[nucleus], "stated", ())


def test_the_flank_of_a_line_outside_the_range_is_not_a_solvent() -> None:
    assert solvent_offset(AXES["1H"], drawn("1H", [(7.0, 1000.0)], noise=0.0001), "1H", 500.0, "CDCl3") is None


def test_a_solvent_outside_the_axis_is_not_looked_for() -> None:
    axis = PpmAxis(60.0, 0.0, 4096)
    assert solvent_offset(axis, np.random.default_rng(0).normal(size=4096), "13C", 125.0, "CDCl3") is None


def moved_by(trace: np.ndarray, nucleus: str, solvent: str) -> float:
    axis, _, warnings = reference(AXES[nucleus], trace, nucleus, MHZ[nucleus], solvent, "stated")
    moved = axis.high - AXES[nucleus].high
    assert bool(warnings) == (abs(moved) > {"1H": 0.03, "13C": 0.3}[nucleus])
    return moved


def test_half_of_a_doublet_is_not_chloroform() -> None:
    """A concentrated sample without a line of chloroform: two doublets of an aromatic ring."""
    doublets = [(ppm + side * 4.0 / 500.0, 0.33) for ppm in (7.36, 6.89) for side in (-1, 1)]
    trace = drawn("1H", [*doublets, (3.80, 1.0), (2.30, 1.0)], noise=0.0003)

    assert moved_by(trace, "1H", "CDCl3") == 0.0


def test_a_weak_singlet_beside_taller_lines_moves_no_axis() -> None:
    """The residual chloroform may be hidden under a triplet near 7.26 ppm."""
    triplet = [(7.285, 0.5), (7.270, 1.0), (7.255, 0.5)]
    trace = drawn("1H", [*triplet, (7.17, 0.02), (2.39, 1.0)], noise=0.0003)

    assert moved_by(trace, "1H", "CDCl3") == 0.0


@pytest.mark.parametrize(
    "others",
    [
        [(6.5, 0.3)],
        [(6.5, 1.0), (0.0, 0.4)],
        [(6.5, 1.0), (7.34 + 0.16, 0.00165), (7.34 - 0.16, 0.00165)],
    ],
)
def test_a_singlet_of_the_compound_moves_no_axis(others) -> None:
    """It is the tallest line, disagrees with tetramethylsilane, or has satellites of a CH group."""
    assert moved_by(drawn("1H", [(7.34, 0.3), *others], noise=0.00002), "1H", "CDCl3") == 0.0


def test_chloroform_off_its_position_moves_the_axis_with_a_warning() -> None:
    lines = [(7.33, 0.1), (4.14, 1.0), (0.07, 0.2)]

    assert moved_by(drawn("1H", lines), "1H", "CDCl3") == pytest.approx(-0.07, abs=0.001)
    assert (
        "the axis was moved by -0.070 ppm"
        in reference(AXES["1H"], drawn("1H", lines), "1H", 500.0, "CDCl3", "stated")[2][0]
    )


def test_chloroform_beside_a_multiplet_is_found_if_it_is_separable() -> None:
    """Propionanilide: the line of chloroform stands beside a triplet of the ring."""
    triplet = [(7.3450, 0.3), (7.3298, 0.6), (7.3146, 0.3)]
    lines = [*triplet, (7.2793, 0.6), (2.395, 1.0)]

    assert moved_by(drawn("1H", lines, noise=0.0005), "1H", "CDCl3") == pytest.approx(-0.0193, abs=0.001)


def test_a_weak_quintet_far_from_its_place_is_not_the_solvent() -> None:
    """The solvent's own quintet is one broad line; a trace of another solvent shows a sharp one."""
    lines = [(9.05, 0.7), (8.30, 0.7), *multiplet(1.965, 5, 2.2, 500.0, 0.002)]
    broad = 1.0 / (1 + ((AXES["1H"].grid() - 2.09) / (2.0 / 500.0)) ** 2)

    assert moved_by(drawn("1H", lines, noise=0.00002) + broad, "1H", "acetone") == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_noise_on_a_broad_line_is_no_triplet(seed) -> None:
    """Zero-filled noise on a broad line at the border of the search."""
    generator = np.random.default_rng(seed)
    decay = generator.normal(size=(2, 4096)) * np.exp(-np.arange(4096) / 1500)
    noise = np.fft.fft(decay[0] + 1j * decay[1], 65536).real
    broad = 1.0 / (1 + ((AXES["13C"].grid() - 79.9) / (40.0 / 125.0)) ** 2)
    trace = broad + 0.08 * noise / noise.std() + drawn("13C", [(128.0, 1.0)])

    assert moved_by(trace, "13C", "CDCl3") == 0.0


def test_two_single_lines_of_a_solvent_have_one_offset() -> None:
    both = [(3.60, 0.1), (1.74, 0.1), (6.4, 1.0)]

    assert moved_by(drawn("1H", both), "1H", "THF") == pytest.approx(-0.02, abs=0.002)
    assert moved_by(drawn("1H", both[:1] + both[2:]), "1H", "THF") == 0.0


@pytest.mark.parametrize(("width_hz", "move"), [(3.5, -0.038), (12.0, 0.0)])
def test_a_quintet_whose_lines_run_together_is_the_solvent_if_it_is_as_broad_as_that(width_hz, move) -> None:
    """A poor field: sharp lines of the compound are 3.5 Hz wide. A line of 12 Hz is something else."""
    grid, trace = AXES["1H"].grid(), np.random.default_rng(0).normal(scale=0.0005, size=AXES["1H"].points)
    for lines, width in (([(6.4, 0.5), (5.3, 0.4), (1.0, 0.6)], 3.5), (multiplet(2.538, 5, 1.9, 500.0, 0.3), width_hz)):
        for ppm, height in lines:
            trace += height / (1 + ((grid - ppm) / (0.5 * width / 500.0)) ** 2)

    assert moved_by(trace, "1H", "DMSO") == pytest.approx(move, abs=0.001)
    sharp = drawn("1H", [(6.4, 0.5), (5.3, 0.4), (1.0, 0.6), (2.538, 1.0)])
    assert moved_by(sharp, "1H", "DMSO") == 0.0

from __future__ import annotations

import numpy as np
import pytest

from specmol_core.spectra.readers.images.ink import find_ink
from specmol_core.spectra.readers.source import RefusedError

SHAPE = (100, 200)


def painted(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    rgb = np.empty((*SHAPE, 3), dtype=np.uint8)
    rgb[:] = paper
    rgb[80] = ink
    rgb[20:80, 50] = ink
    return rgb


DRAWN = painted((0, 0, 0), (1, 1, 1))[..., 0].astype(bool)


@pytest.mark.parametrize(
    ("paper", "ink", "inverted"),
    [
        ((255, 255, 255), (0, 0, 0), False),
        ((255, 255, 255), (255, 255, 0), False),
        ((235, 235, 245), (31, 119, 180), False),
        ((0, 0, 0), (255, 255, 255), True),
        ((20, 20, 60), (120, 255, 120), True),
    ],
)
def test_ink_is_found_on_any_paper(paper, ink, inverted: bool) -> None:
    found = find_ink(painted(paper, ink))

    assert found.inverted is inverted
    np.testing.assert_array_equal(found.density > 0, DRAWN)


def test_frame_is_not_the_paper() -> None:
    rgb = painted((255, 255, 255), (0, 0, 0))
    rgb[:2] = rgb[-2:] = 0
    rgb[:, :2] = rgb[:, -2:] = 0

    assert find_ink(rgb).density[50, 100] == 0


def test_grain_of_scanned_paper_is_not_ink() -> None:
    rgb = painted((240, 240, 240), (0, 0, 0))
    grain = np.random.default_rng(0).integers(-6, 7, (*SHAPE, 1))
    rgb = np.clip(rgb + grain, 0, 255).astype(np.uint8)

    np.testing.assert_array_equal(find_ink(rgb).density > 32, DRAWN)


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_blank_is_refused(colour: int) -> None:
    with pytest.raises(RefusedError, match="blank"):
        find_ink(np.full((*SHAPE, 3), colour, dtype=np.uint8))


def test_gradient_and_grain_are_refused() -> None:
    gradient = np.repeat(np.tile(np.linspace(0, 255, 200), (100, 1))[..., None], 3, axis=2).astype(np.uint8)
    grain = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    for photo in (gradient, grain):
        with pytest.raises(RefusedError, match="photograph"):
            find_ink(photo)


def test_photograph_on_white_paper_is_refused() -> None:
    rgb = np.full((*SHAPE, 3), 255, dtype=np.uint8)
    rgb[20:80, 30:170] = np.random.default_rng(0).integers(0, 256, (60, 140, 1), dtype=np.uint8)

    with pytest.raises(RefusedError, match="photograph"):
        find_ink(rgb)

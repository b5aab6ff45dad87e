"""Size, trace and marks of the drawing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.drawn_spectra import Draw

from specmol_core.errors import OutputError
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.inspection.plot import draw_inspection, write_inspection

CDCL3 = [(77.416, 3.0), (77.16, 3.0), (76.904, 3.0)]


def test_compound_lines_are_blue_and_red_and_the_solvent_is_grey(draw: Draw) -> None:
    image = np.asarray(draw_inspection(inspect(draw("13C", [(140.0, 1.0), (20.0, 1.0), *CDCL3]))).image(), dtype=int)

    assert image.shape == (720, 1600, 3)
    red = (image[..., 0] > 150) & (image[..., 1] < 90)
    blue = (image[..., 2] - image[..., 0] > 40) & (image[..., 0] < 90)
    grey = (np.ptp(image, axis=2) < 16) & (image[..., 0] > 120) & (image[..., 0] < 200)
    columns = np.flatnonzero(grey[300:600].sum(axis=0) > 100)
    assert red.any()
    assert blue[300:600].any()
    # The solvent is half-way between the outer lines.
    assert columns.size
    assert 700 < columns.mean() < 900


@pytest.mark.parametrize("count", [1, 300])
def test_few_and_many_lines(draw: Draw, count: int) -> None:
    lines = [(ppm, 1.0) for ppm in np.linspace(10, 200, count)]

    assert draw_inspection(inspect(draw("13C", lines))).image().size == (1600, 720)


def test_the_file_is_a_png_or_an_error(draw: Draw, tmp_path: Path) -> None:
    recognition = inspect(draw("1H", [(7.0, 1.0), (2.0, 1.0)]))
    write_inspection(tmp_path / "p.png", recognition)

    with Image.open(tmp_path / "p.png") as image:
        assert image.format == "PNG"
    with pytest.raises(OutputError):
        write_inspection(tmp_path / "none" / "p.png", recognition)

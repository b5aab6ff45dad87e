from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from specmol_core.drawing.png_canvas import PngCanvas
from specmol_core.errors import OutputError
from specmol_core.evaluation.measured.line_fit import pseudo_voigt
from specmol_core.evaluation.simulator.mirror_panel import REAL_COLOUR, SIMULATED_COLOUR, Curve, draw_mirror_panel
from specmol_core.evaluation.simulator.mirror_plots import MirrorPlot, draw_overview, draw_page, write_pages
from specmol_core.spectra.axis import PpmAxis

AXIS = PpmAxis(10.0, 0.0, 4096)
SIZE = (500, 222)
"""Two halves of 100 pixels and the axis between them."""


def curve(ppm: float, height: float = 1.0) -> Curve:
    return Curve(AXIS, pseudo_voigt(AXIS.grid(), ppm, height, 0.05, 1.0, 0.0))


def panel_of(real: Curve, simulated: Curve, magnification: float = 1.0) -> Image.Image:
    canvas = PngCanvas(*SIZE)
    draw_mirror_panel(canvas, (0, 0), SIZE, (real, simulated), (10.0, 0.0), magnification=magnification)
    return canvas.image()


def coloured(panel: Image.Image | np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Pixels with at least a third of a colour: the measured one is blue, the simulated one red."""
    red, _, blue = np.moveaxis(np.asarray(panel).astype(int), 2, 0)
    return (blue - red if colour == REAL_COLOUR else red - blue) > 30


def test_the_measured_line_points_up_and_the_simulated_one_down() -> None:
    panel = panel_of(curve(8.0), curve(3.0))
    up, down = coloured(panel, REAL_COLOUR), coloured(panel, SIMULATED_COLOUR)

    assert np.flatnonzero(up[10]).mean() == pytest.approx(100, abs=1)
    assert np.flatnonzero(down[-10]).mean() == pytest.approx(350, abs=1)
    assert not up[122:].any()
    assert not down[:100].any()


def test_a_magnified_line_is_cut_off_at_the_edge() -> None:
    low = panel_of(curve(5.0, 0.01), curve(5.0, 0.01))
    tall = panel_of(curve(5.0, 0.01), curve(5.0, 0.01), 1000)

    assert not coloured(low, REAL_COLOUR)[:90].any()
    assert coloured(tall, REAL_COLOUR)[1].any()
    assert not coloured(tall, SIMULATED_COLOUR)[:110].any()


def test_no_column_of_a_thin_line_is_lost() -> None:
    thin = np.zeros(AXIS.points)
    thin[2000] = 1.0  # one sample among eight a pixel

    assert coloured(panel_of(Curve(AXIS, thin), curve(5.0)), REAL_COLOUR)[:50].any()


def mirror(compound: str = "64-17-5", nucleus: str = "1H") -> MirrorPlot:
    return MirrorPlot(compound, "CCO", nucleus, "500 MHz", (10.0, 0.0), curve(1.2), curve(1.25), 500.0)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_page_shows_both_traces_and_is_small(tmp_path: Path) -> None:
    pages = write_pages([mirror(), mirror("no name/../x")], tmp_path / "new")

    assert [p.name for p in pages] == ["64_17_5_1H.png", "no_name_x_1H.png", "overview.png"]
    for path in pages:
        assert 1_000 < path.stat().st_size < 60_000
        image = Image.open(path).convert("RGB")
        assert coloured(image, REAL_COLOUR).any()
        assert coloured(image, SIMULATED_COLOUR).any()


def test_regions_are_shown_about_their_own_centres() -> None:
    page = np.asarray(draw_page(mirror()))
    zoom = page[-220:, :300]

    up, down = (coloured(zoom, colour) for colour in (REAL_COLOUR, SIMULATED_COLOUR))
    assert np.flatnonzero(up.any(0)).mean() == pytest.approx(np.flatnonzero(down.any(0)).mean(), abs=12)


def test_the_overview_has_a_row_for_each_compound() -> None:
    one, three = (draw_overview([mirror(str(i), n) for i in range(k) for n in ("1H", "13C")]) for k in (1, 3))

    assert one.width == three.width
    assert three.height > 1.8 * one.height


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="cannot be written"):
        write_pages([mirror()], tmp_path / "file")

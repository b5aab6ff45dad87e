from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps
from PIL.PngImagePlugin import PngInfo

from specmol_core.errors import SpectrumError
from specmol_core.spectra.canonical_image import canonical_image, write_image, write_plot
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.images.image import read_image
from specmol_core.spectra.readers.source import Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

LINES = {
    "1H": [(11.2, 0.3), (7.26, 1.0), (3.68, 0.6), (2.17, 0.8), (0.0, 0.2)],
    "13C": [(205.1, 0.15), (128.4, 1.0), (77.2, 0.7), (21.0, 0.6), (0.5, 0.3)],
}
WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
SIZES = [(256, 256), (900, 300), (3000, 800)]


def read(path: Path, nucleus="1H", window=None) -> Spectrum:
    return read_image(SourceFile.load(path), Request(nucleus, window, WINDOWS[nucleus]))


def assert_lines(spectrum: Spectrum, lines, height: float = 0.05) -> None:
    """Each line is the highest column near its shift, within half a pixel, and as high as it should be."""
    grid, step = spectrum.axis.grid(), spectrum.axis.step
    for shift, intensity in lines:
        near = np.flatnonzero(np.abs(grid - shift) <= 4 * step)
        top = spectrum.intensities[near].max()
        highest = near[spectrum.intensities[near] >= top - 0.03]
        assert np.abs(grid[highest] - shift).min() <= step / 2 + 1e-9, shift
        assert top == pytest.approx(intensity, abs=height), shift


def drawn_by_pillow(lines, window, size, *, width=1, ink="black", paper="white", mode="RGB") -> Image.Image:
    """Triangular peaks two pixels wide at the base, without anti-aliasing; independent of our renderer."""
    columns, rows = size
    base, points = round(0.9 * rows), [(0.0, round(0.9 * rows))]
    for shift, intensity in sorted(lines, reverse=True):
        x = int((window[0] - shift) / (window[0] - window[1]) * columns)
        points += [(x - 1, base), (x, base - round(0.8 * rows * intensity)), (x + 1, base)]
    image = Image.new("RGB", size, paper)
    ImageDraw.Draw(image).line([*points, (columns, base)], fill=ink, width=width)
    return image.convert(mode)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("nucleus", ["1H", "13C"])
@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_our_plot_reads_back(lorentzians, tmp_path: Path, nucleus, size, noise: float) -> None:
    write_plot(tmp_path / "p.png", lorentzians(nucleus, LINES[nucleus], noise=noise, points=32_768), *size)

    spectrum = read(tmp_path / "p.png", nucleus)

    assert len(spectrum.intensities) == size[0]
    assert spectrum.warnings == ()
    assert_lines(spectrum, LINES[nucleus])


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_foreign_plot_reads_back(tmp_path: Path, nucleus, size) -> None:
    drawn_by_pillow(LINES[nucleus], WINDOWS[nucleus], size).save(tmp_path / "p.png")

    assert_lines(read(tmp_path / "p.png", nucleus), LINES[nucleus], height=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_no_peak_is_lost_on_the_way_to_the_canonical_image(tmp_path: Path, geometry: Geometry, size) -> None:
    drawn_by_pillow(LINES["13C"], WINDOWS["13C"], size).save(tmp_path / "p.png")

    canonical = canonical_image(read(tmp_path / "p.png", "13C"), geometry)

    rows = (255 - canonical.astype(float)).sum(axis=0) / 255 - 1
    for shift, intensity in LINES["13C"]:
        column = int(geometry.axis("13C").position(shift))
        assert rows[column - 1 : column + 2].max() == pytest.approx(251 * intensity**0.5, abs=6)


def test_window_of_the_user_is_used(tmp_path: Path, geometry: Geometry) -> None:
    lines = [(7.26, 1.0), (6.9, 0.5)]
    drawn_by_pillow(lines, (8.0, 6.0), (900, 300)).save(tmp_path / "p.png")

    spectrum = read(tmp_path / "p.png", window=(8.0, 6.0))

    assert_lines(spectrum, lines)
    darkest = (canonical_image(spectrum, geometry) == 0).sum(axis=0).argmax()
    assert geometry.axis("1H").grid()[darkest] == pytest.approx(7.26, abs=geometry.axis("1H").step / 2)


def test_window_in_the_text_is_used(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "p.png", lorentzians("1H", [(7.26, 1.0)], window=(9.0, 5.0)))

    spectrum = read(tmp_path / "p.png")

    assert (spectrum.axis.high, spectrum.axis.low) == (9.0, 5.0)
    assert_lines(spectrum, [(7.26, 1.0)])


def test_window_of_the_user_overrides_the_text_with_a_warning(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "p.png", lorentzians("1H", [(7.26, 1.0)], window=(9.0, 5.0)))

    spectrum = read(tmp_path / "p.png", window=(12.0, 4.0))

    assert (spectrum.axis.high, spectrum.axis.low) == (12.0, 4.0)
    assert spectrum.warnings == ("its own text says 9 to 5 ppm; the range given was used",)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-1.9, 12.0), st.floats(0.01, 1.0)), min_size=1, max_size=12))
def test_canonical_image_reads_back_to_the_pixel(lines) -> None:
    geometry = Geometry()
    trace = np.zeros(4096, dtype=np.float32)
    for shift, intensity in lines:
        trace[int((12.05 - shift) / 14.05 * 4096)] += intensity
    axis = geometry.axis("1H")
    canonical = canonical_image(Spectrum("1H", type(axis)(axis.high, axis.low, 4096), trace), geometry)
    stream = io.BytesIO()
    write_image(stream, canonical, "1H", geometry.h1_window)

    source = SourceFile(Path("memory.png"), stream.getvalue())
    spectrum = read_image(source, Request("1H", None, (50.0, 0.0)))

    np.testing.assert_array_equal(canonical_image(spectrum, geometry), canonical)
    assert spectrum.warnings == ()


def test_modified_canonical_image_is_read_with_its_exponent(lorentzians, geometry, tmp_path: Path) -> None:
    canonical = canonical_image(lorentzians("1H", LINES["1H"]), geometry)
    write_image(tmp_path / "a.png", canonical, "1H", geometry.h1_window)
    with Image.open(tmp_path / "a.png") as image:
        text = PngInfo()
        for key, value in image.info.items():
            text.add_text(key, value)
        image.resize((512, 512), Image.Resampling.BICUBIC).save(tmp_path / "b.png", pnginfo=text)

    redrawn = canonical_image(read(tmp_path / "b.png"), geometry)

    difference = np.abs((redrawn < 128).sum(axis=0) - (canonical < 128).sum(axis=0))
    assert np.percentile(difference, 90) <= 8


def test_other_nucleus_in_the_text_is_refused(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "c.png", lorentzians("13C", LINES["13C"]))

    with pytest.raises(SpectrumError, match=r"c\.png: is a 13C spectrum, given as 1H.*wrong way round"):
        read(tmp_path / "c.png", "1H")


@pytest.mark.parametrize("window", ["", "a,b", "1", "0,10", "nan,0", "inf,0", "1e9,0", "1,2,3"])
def test_invalid_text_is_ignored_with_a_warning(tmp_path: Path, window: str) -> None:
    text = PngInfo()
    text.add_text("specmol:window", window)
    text.add_text("specmol:exponent", "-3")
    text.add_text("specmol:nucleus", "31P")
    drawn_by_pillow(LINES["1H"], WINDOWS["1H"], (900, 300)).save(tmp_path / "p.png", pnginfo=text)

    spectrum = read(tmp_path / "p.png")

    assert (spectrum.axis.high, spectrum.axis.low) == WINDOWS["1H"]
    assert len(spectrum.warnings) == 3
    assert "states no range of shifts: 12.05 to -2 ppm was assumed" in spectrum.warnings[-1]
    assert_lines(spectrum, LINES["1H"])


@pytest.mark.parametrize(("ink", "paper"), [("white", "black"), ("#80ff80", "#101040")])
def test_inverted_colours_are_corrected(tmp_path: Path, ink: str, paper: str) -> None:
    drawn_by_pillow(LINES["1H"], WINDOWS["1H"], (900, 300), ink=ink, paper=paper).save(tmp_path / "p.png")

    spectrum = read(tmp_path / "p.png")

    assert spectrum.warnings[0] == "light ink on dark paper: the colours were inverted"
    assert_lines(spectrum, LINES["1H"])


@pytest.mark.parametrize("ink", ["red", "#ffd700", "#1f77b4", "#a0a0a0"])
def test_coloured_trace_in_a_black_frame(tmp_path: Path, ink: str) -> None:
    image = drawn_by_pillow(LINES["1H"], WINDOWS["1H"], (900, 300), ink=ink, width=2)
    ImageDraw.Draw(image).rectangle((0, 0, 899, 299), outline="black", width=2)
    image.save(tmp_path / "p.png")

    assert_lines(read(tmp_path / "p.png"), LINES["1H"])


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.png", "1", {}),
        ("a.png", "P", {}),
        ("a.png", "L", {}),
        ("a.jpg", "L", {"quality": 60}),
        ("a.jpg", "RGB", {"quality": 85}),
        ("a.jpg", "CMYK", {}),
        ("a.tif", "L", {"compression": "tiff_lzw"}),
        ("a.tif", "1", {"compression": "group4"}),
        ("a.tif", "RGB", {}),
    ],
)
def test_every_format_reads_the_same(tmp_path: Path, name: str, mode: str, options: dict[str, object]) -> None:
    drawn_by_pillow(LINES["1H"], WINDOWS["1H"], (900, 300), width=2, mode=mode).save(tmp_path / name, **options)

    assert_lines(read(tmp_path / name), LINES["1H"])


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_signals_that_point_down(tmp_path: Path, nucleus) -> None:
    image = drawn_by_pillow([LINES[nucleus][2]], WINDOWS[nucleus], (900, 300))
    wide = ImageOps.expand(image, (0, 0, 0, 150), fill="white")
    ImageDraw.Draw(wide).line((100, 270, 100, 390), fill="black")
    wide.save(tmp_path / "p.png")

    spectrum = read(tmp_path / "p.png", nucleus)

    assert "point down" in spectrum.warnings[0]
    assert (spectrum.intensities[100] > 0) == (nucleus == "13C")


def test_upside_down_proton_spectrum_is_refused(tmp_path: Path) -> None:
    ImageOps.flip(drawn_by_pillow(LINES["1H"], WINDOWS["1H"], (900, 300))).save(tmp_path / "p.png")

    with pytest.raises(SpectrumError, match="all signals point down"):
        read(tmp_path / "p.png")


def test_spectrum_knows_its_source(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "p.png", lorentzians("1H", LINES["1H"]))

    spectrum = read(tmp_path / "p.png")

    assert spectrum.source == str(tmp_path / "p.png")
    assert spectrum.sha256 == SourceFile.load(tmp_path / "p.png").sha256

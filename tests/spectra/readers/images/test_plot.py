"""Plots with a labelled axis, from the file to the spectrum."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.readers.images import ocr, shift_axis
from specmol_core.spectra.readers.images.image import read_image
from specmol_core.spectra.readers.source import NucleusError, RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

pytest.importorskip("onnxruntime")
DEFAULT = {"1H": (12.05, -2.0), "13C": (230.0, -10.0)}
LINES = [(7.26, 0.5), (3.68, 1.0), (2.17, 0.7)]


def drawn(
    lines=LINES, window=(9.0, -1.0), step=1.0, *, width=1000, labels=None, integrals=False, grid=False, scale=1.0
) -> Image.Image:
    """A plot by Pillow alone: triangular lines two pixels wide, an axis with ticks and labels."""
    image = Image.new("RGB", (width, 420), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    left, right, base, axis = 40, width - 40, 330, 360
    high, low = window

    def at(ppm: float) -> int:
        return int(left + (high - ppm) / (high - low) * (right - left))

    values = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    texts = labels or [f"{scale * value:g}" for value in values]
    for value, text in zip(values, texts, strict=True):
        if grid:
            draw.line((at(value), 20, at(value), axis), fill="#cccccc")
        draw.line((at(value), axis, at(value), axis + 8), fill="black")
        draw.text((at(value), axis + 12), text, font=font, fill="black", anchor="mt")
    draw.line((left, axis, right, axis), fill="black")
    points = [(left, base)]
    for shift, height in sorted(lines, reverse=True):
        points += [(at(shift) - 1, base), (at(shift), base - round(280 * height)), (at(shift) + 1, base)]
        if integrals:
            x = at(shift)
            draw.line((x - 20, 230, x - 2, 225, x + 2, 160, x + 20, 155), fill="black")
            draw.text((x + 30, 150), "1.00", font=font, fill="black")
    draw.line([*points, (right, base)], fill="black")
    return image


def read(image: Image.Image, nucleus="1H", window=None, **options) -> Spectrum:
    stream = io.BytesIO()
    image.save(stream, format=options.pop("format", "PNG"), **options)
    return read_image(SourceFile(Path("p.png"), stream.getvalue()), Request(nucleus, window, DEFAULT[nucleus]))


def assert_lines(spectrum: Spectrum, lines=LINES) -> None:
    """Each line is the highest column near its shift, within one pixel, and as high as it should be."""
    grid, step = spectrum.axis.grid(), spectrum.axis.step
    for shift, height in lines:
        near = np.flatnonzero(np.abs(grid - shift) <= 6 * step)
        top = near[spectrum.intensities[near].argmax()]
        assert abs(grid[top] - shift) <= step
        assert spectrum.intensities[top] == pytest.approx(height, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{}, {"integrals": True}, {"grid": True}, {"width": 2400, "step": 0.5}], ids=lambda options: str(options)
)
def test_axis_is_read_from_its_labels(options: dict[str, object]) -> None:
    spectrum = read(drawn(**options))

    assert_lines(spectrum)
    calibration = spectrum.calibration
    assert calibration is not None
    assert calibration.source == "ocr"
    assert calibration.ticks >= 10
    assert calibration.confidence > 0.9
    assert calibration.residual_ppm < abs(calibration.ppm_per_pixel)


def test_carbon_axis_is_read() -> None:
    lines = [(170.1, 0.5), (77.2, 1.0), (21.0, 0.6)]

    assert_lines(read(drawn(lines, (220.0, -10.0), 20.0), "13C"), lines)


def test_jpeg_is_read() -> None:
    assert_lines(read(drawn(), format="JPEG", quality=80))


def test_scan_askew_is_read() -> None:
    askew = drawn().rotate(2.0, Image.Resampling.BICUBIC, expand=True, fillcolor="white")

    spectrum = read(askew)

    assert any("turned by 2.0 degrees" in note for note in spectrum.warnings)
    grid = spectrum.axis.grid()
    for shift, _ in LINES:
        near = np.flatnonzero(np.abs(grid - shift) < 0.2)
        assert abs(grid[near[spectrum.intensities[near].argmax()]] - shift) < 2 * spectrum.axis.step


def test_misread_label_does_not_matter() -> None:
    labels = [f"{value:g}" for value in range(-1, 10)]
    labels[3] = "ppm"
    labels[7] = "2"

    spectrum = read(drawn(labels=labels))

    assert_lines(spectrum)
    assert spectrum.calibration is not None
    assert spectrum.calibration.confidence < 0.95


def test_range_of_the_user_overrides_the_labels() -> None:
    spectrum = read(drawn(), window=(19.0, 9.0))

    assert (spectrum.axis.high, spectrum.axis.low) == pytest.approx((19.0, 9.0), abs=0.03)
    assert any("its axis reads" in note and "the range given was used" in note for note in spectrum.warnings)
    assert spectrum.calibration is not None
    assert spectrum.calibration.source == "range option"


def test_range_of_the_user_helps_where_labels_are_unreadable() -> None:
    spectrum = read(drawn(labels=["abc"] * 11), window=(9.0, -1.0))

    assert_lines(spectrum)


@pytest.mark.parametrize(
    ("options", "nucleus", "why"),
    [
        ({"labels": ["abc"] * 11}, "1H", "no shift axis could be read.*--h1-range"),
        ({"labels": ["7", "abc", "abc"], "step": 4.0, "window": (9.0, -1.0)}, "13C", "no shift axis.*--c13-range"),
        ({"labels": ["4", "0", "9", "1", "7", "3", "3", "8", "2", "6", "5"]}, "1H", "no shift axis could be read"),
        ({"labels": [f"{2**k}" for k in range(11)][::-1]}, "1H", "no shift axis could be read"),
        ({"labels": [f"{9 - k}" for k in range(11)]}, "1H", "rises from left to right"),
        ({"scale": 10.0}, "1H", "decimal points were not read; else name the range with --h1-range"),
    ],
)
def test_uncertain_axis_is_refused(options: dict[str, object], nucleus, why: str) -> None:
    with pytest.raises(SpectrumError, match=why):
        read(drawn(**options), nucleus)


def test_two_spectra_in_one_image_are_refused() -> None:
    both = Image.new("RGB", (1000, 840), "white")
    both.paste(drawn(), (0, 0))
    both.paste(drawn(), (0, 420))

    with pytest.raises(SpectrumError, match=r"shows 2 spectra .*: crop it to one"):
        read(both)


def test_proton_and_carbon_on_one_page_are_distinguished() -> None:
    carbon = [(170.1, 0.5), (77.2, 1.0), (21.0, 0.6)]
    both = Image.new("RGB", (1000, 840), "white")
    both.paste(drawn(), (0, 0))
    both.paste(drawn(carbon, (220.0, -10.0), 20.0), (0, 420))

    assert_lines(read(both, "1H"))


def test_ticks_of_matplotlib_are_half_a_pixel_right() -> None:
    text = PngInfo()
    text.add_text("Software", "Matplotlib version3.11.2, https://matplotlib.org/")

    plain, mended = read(drawn()), read(drawn(), pnginfo=text)

    assert plain.calibration is not None
    assert plain.axis.high - mended.axis.high == pytest.approx(0.5 * abs(plain.calibration.ppm_per_pixel))


def test_missing_text_recognition_is_reported_and_a_range_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(words: object) -> list[ocr.RecognisedText]:
        raise RefusedError("pip install rapidocr onnxruntime")

    monkeypatch.setattr(shift_axis, "recognise_text", missing)

    with pytest.raises(SpectrumError, match="pip install"):
        read(drawn())
    assert_lines(read(drawn(), window=(9.0, -1.0)))


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    hits=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 419), st.integers(1, 120), st.booleans()), max_size=12)
)
def test_defaced_plot_is_read_or_refused(hits: list[tuple[int, int, int, bool]]) -> None:
    image = drawn()
    draw = ImageDraw.Draw(image)
    for x, y, size, black in hits:
        draw.rectangle((x, y, x + size, y + size // 2), fill="black" if black else "white")
    try:
        spectrum = read(image)
    except SpectrumError:
        return
    # An axis that is read despite the damage is the right one.
    assert spectrum.calibration is not None
    assert abs(spectrum.calibration.ppm_per_pixel) == pytest.approx(10 / 920, rel=0.01)


def test_spectra_in_two_colours_are_refused() -> None:
    image = drawn()
    base = 200
    ImageDraw.Draw(image).line([(40, base), (500, base), (502, 60), (504, base), (960, base)], fill="#2060d0", width=2)

    with pytest.raises(SpectrumError, match="spectra in several colours run along the axis"):
        read(image)


def test_light_plot_on_dark_paper_is_read() -> None:
    spectrum = read(Image.eval(drawn(), lambda tone: 255 - tone))

    assert_lines(spectrum)
    assert any("colours were inverted" in note for note in spectrum.warnings)


def test_plot_in_a_frame_is_read() -> None:
    image = drawn()
    ImageDraw.Draw(image).line([(40, 360), (40, 30), (960, 30), (960, 360)], fill="black")

    assert_lines(read(image))


@pytest.mark.slow
@pytest.mark.parametrize("width", [700, 1600, 2400])
def test_lines_of_a_picture_without_noise_are_picked_at_any_width(width: int) -> None:
    """All lines are in few columns; flat stretches are the baseline, and its noise is that of the rows."""
    lines = [(155.6, 0.95), (137.4, 0.86), (131.3, 0.9), (126.9, 0.93), (122.9, 1.0), (119.2, 0.7), (112.0, 0.6)]
    spectrum = read(drawn(lines, (220.0, -10.0), 20.0, width=width), "13C")

    found = [line.peak.ppm for line in recognise(spectrum).lines]

    assert found == pytest.approx([shift for shift, _ in lines], abs=spectrum.axis.step)
    assert spectrum.height_step == pytest.approx(1 / 280, rel=0.05)


def with_short_trace(image: Image.Image) -> ImageDraw.ImageDraw:
    """Erase the trace over the last 60 columns of the axis, and return a brush for something else there."""
    draw = ImageDraw.Draw(image)
    draw.rectangle((902, 0, 1000, 355), fill="white")
    return draw


@pytest.mark.slow
def test_text_beyond_the_end_of_the_trace_is_no_signal() -> None:
    image = drawn()
    draw, font = with_short_trace(image), ImageFont.load_default(13)
    for number, text in enumerate(["NAME 3a", "EXPNO 10", "zg30", "CDCl3", "NS 16", "65536", "14.05", "298.0", "K"]):
        draw.text((908, 20 + 35 * number), text, font=font, fill="black")

    spectrum = read(image)

    assert_lines(spectrum)
    assert spectrum.axis.low > -1.0 + 0.5
    assert len(recognise(spectrum).lines) == len(LINES)


@pytest.mark.parametrize(("top", "bottom"), [(100, 103), (250, 330), (20, 330)])
def test_flat_topped_mark_beyond_the_end_of_the_trace_is_no_signal(top: int, bottom: int) -> None:
    image = drawn()
    with_short_trace(image).rectangle((912, top, 950, bottom), fill="black")

    spectrum = read(image)

    assert_lines(spectrum)
    assert len(recognise(spectrum).lines) == len(LINES)


@pytest.mark.slow
@pytest.mark.parametrize("colour", ["#00a000", "#d00000"])
@pytest.mark.parametrize("falling", [False, True])
def test_integral_in_a_colour_of_its_own_over_the_whole_axis_is_no_trace(colour: str, falling: bool) -> None:
    """As Spinsolve draws it; it crosses the lines and hides parts of them."""
    image = drawn()
    columns = np.arange(40, 961)
    at = [(9.0 - shift) / 10.0 * 920 + 40 for shift, _ in LINES]
    share = sum(height / (1 + np.exp((x - columns) / 1.5)) for x, (_, height) in zip(at, LINES, strict=True)) / 2.2
    rows = 300 - 250 * (share[::-1] if falling else share)
    ImageDraw.Draw(image).line(list(zip(columns.tolist(), rows.tolist(), strict=True)), fill=colour, width=2)

    spectrum = read(image)

    assert_lines(spectrum)
    assert len(recognise(spectrum).lines) == len(LINES)


def titled(image: Image.Image, title: str) -> Image.Image:
    ImageDraw.Draw(image).text((300, 2), title, font=ImageFont.load_default(16), fill="black")
    return image


def test_title_tells_nucleus_frequency_and_solvent() -> None:
    spectrum = read(titled(drawn(), "1H NMR (400 MHz, CDCl3)"))

    assert (spectrum.frequency_mhz, spectrum.solvent, spectrum.solvent_given) == (400.0, "CDCl3", False)
    assert_lines(spectrum)


def test_title_of_another_nucleus_is_refused() -> None:
    image = titled(drawn([(40.0, 1.0), (30.0, 0.5)], (45.0, -5.0), 5.0), "19F NMR (376 MHz)")

    with pytest.raises(NucleusError, match="19F spectrum by its own text, given as 13C") as caught:
        read(image, "13C")

    assert caught.value.found_nucleus == "19F"


def test_axis_contradicts_a_title() -> None:
    spectrum = read(titled(drawn(), "13C NMR"))

    assert any("says 13C NMR, but its axis is that of a 1H spectrum" in note for note in spectrum.warnings)


@pytest.mark.parametrize(
    ("window", "step", "given", "found"), [((9.0, -1.0), 1.0, "13C", "1H"), ((200.0, 0.0), 20.0, "1H", "13C")]
)
def test_axis_tells_the_nucleus(window: tuple[float, float], step: float, given: str, found: str) -> None:
    lines = [(0.6 * window[0], 1.0), (0.2 * window[0], 0.5)]

    with pytest.raises(NucleusError, match="given the wrong way round") as caught:
        read(drawn(lines, window, step), given)

    assert caught.value.found_nucleus == found

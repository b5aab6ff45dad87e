from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from specmol_core.errors import OutputError, SpectrumError
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.canonical_image import (
    canonical_image,
    canonical_images,
    image_sha256,
    image_trace,
    is_canonical,
    write_image,
    write_plot,
)
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import Spectrum

SMALL = Geometry(size=32)


def sticks(**heights: float) -> Spectrum:
    """Intensities by column of a 32 column 1H spectrum: ``sticks(c3=1.0)``."""
    trace = np.zeros(32, dtype=np.float32)
    for column, height in heights.items():
        trace[int(column[1:])] = height
    return Spectrum("1H", SMALL.axis("1H"), trace)


def test_image_by_hand() -> None:
    canonical = canonical_image(sticks(c3=4.0, c9=1.0, c20=-3.0), SMALL)

    expected = np.full((32, 32), 255)
    expected[31] = 0
    expected[4:31, 3] = 0  # the strongest: 27 rows above the baseline, 4 rows of margin
    expected[18:31, 9] = 0  # a quarter of it: sqrt(1/4) * 27 = 13.5 rows
    expected[17, 9] = 128
    np.testing.assert_array_equal(canonical, expected)


@pytest.mark.parametrize("nucleus", ["1H", "13C"])
def test_line_stands_at_its_shift(lorentzians, geometry: Geometry, nucleus) -> None:
    axis = geometry.axis(nucleus)
    shift = axis.low + 0.37 * axis.span

    canonical = canonical_image(lorentzians(nucleus, [(shift, 1.0)]), geometry)

    darkest = (canonical == 0).sum(axis=0).argmax()
    assert axis.grid()[darkest] == pytest.approx(shift, abs=axis.step / 2)


def test_one_and_many_agree(lorentzians, geometry: Geometry) -> None:
    spectra = [lorentzians("13C", [(float(p), 1.0), (20.0, 0.1 * k + 0.05)], noise=0.01) for k, p in enumerate((5, 99))]
    traces = np.stack([spectrum.intensities for spectrum in spectra])

    many = canonical_images(traces, spectra[0].axis, "13C", geometry)

    for one, canonical in zip(spectra, many, strict=True):
        np.testing.assert_array_equal(canonical_image(one, geometry), canonical)


def test_batches_larger_than_the_working_memory_agree() -> None:
    traces = np.random.default_rng(0).random((600, 40)) + 0.01
    axis = PpmAxis(12.0, 0.0, 40)

    many = canonical_images(traces, axis, "1H", SMALL)

    for index in (0, 255, 256, 599):
        np.testing.assert_array_equal(many[index], canonical_images(traces[index : index + 1], axis, "1H", SMALL)[0])


def test_no_spectra_give_no_images() -> None:
    assert canonical_images(np.zeros((0, 40)), PpmAxis(12.0, 0.0, 40), "1H", SMALL).shape == (0, 32, 32)


def test_a_signed_spectrum_is_drawn_by_its_magnitude() -> None:
    upright = sticks(c3=1.0, c9=0.5)
    signed = Spectrum("1H", upright.axis, upright.intensities * np.where(np.arange(32) == 9, -1, 1), signed=True)

    assert np.array_equal(canonical_image(signed, SMALL), canonical_image(upright, SMALL))


def test_signal_outside_the_window_is_refused(geometry: Geometry) -> None:
    trace = np.zeros(100, dtype=np.float32)
    trace[50] = 1.0
    spectrum = Spectrum("1H", PpmAxis(60.0, 40.0, 100), trace, source="far.png")

    with pytest.raises(SpectrumError, match=r"far\.png: no 1H signal between 12\.05 and -2 ppm.*60 to 40 ppm"):
        canonical_image(spectrum, geometry)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_trace_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="trace 1 has no finite"):
        canonical_images(np.array([[1.0, 2.0], [1.0, bad]]), PpmAxis(12.0, 0.0, 2), "1H", SMALL)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=32, max_size=32), st.sampled_from([0.3, 0.5, 1.0]))
def test_trace_inverts_the_image(values: list[float], exponent: float) -> None:
    geometry = Geometry(size=32, exponent=exponent)
    trace = np.array(values)
    trace[5] = 1.0
    canonical = canonical_images(trace[None], geometry.axis("1H"), "1H", geometry)[0]

    back = image_trace(canonical, exponent)

    rows = 27 * 255  # the steps in which a height is drawn
    np.testing.assert_allclose(back.astype(np.float64) ** exponent, trace**exponent, atol=0.51 / rows)
    assert is_canonical(canonical, exponent)


def test_modified_image_is_not_canonical() -> None:
    canonical = canonical_image(sticks(c3=4.0, c9=1.0), SMALL)
    canonical[10, 9] = 0

    assert not is_canonical(canonical, 0.5)
    assert not is_canonical(canonical[:, :-1], 0.5)


def test_trace_of_an_oblong_is_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        image_trace(np.zeros((4, 5), dtype=np.uint8), 0.5)


def test_hash_sees_pixels_and_shape() -> None:
    blank = np.zeros((4, 9), dtype=np.uint8)
    changed = blank.copy()
    changed[0, 0] = 1

    assert len({image_sha256(p) for p in (blank, changed, blank.reshape(9, 4), blank.reshape(6, 6))}) == 4
    assert image_sha256(blank) == image_sha256(np.asfortranarray(blank))


def test_png_states_what_it_shows(tmp_path: Path) -> None:
    canonical = canonical_image(sticks(c3=4.0), SMALL)
    write_image(tmp_path / "a.png", canonical, "1H", (12.05, -2.0))

    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), canonical)
        assert image.info == {
            "specmol:format": "1",
            "specmol:nucleus": "1H",
            "specmol:window": "12.05,-2.0",
            "specmol:exponent": "0.5",
        }


def test_image_is_written_to_an_open_file_too(tmp_path: Path) -> None:
    canonical = canonical_image(sticks(c3=4.0), SMALL)
    stream = io.BytesIO()
    write_image(stream, canonical, "1H", (12.05, -2.0))
    write_image(tmp_path / "a.png", canonical, "1H", (12.05, -2.0))

    assert stream.getvalue() == (tmp_path / "a.png").read_bytes()


def test_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_image(tmp_path / "no" / "a.png", np.zeros((32, 32), dtype=np.uint8), "1H", (12.05, -2.0))


def test_plot_is_ink_on_paper_from_edge_to_edge(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "p.png", lorentzians("13C", [(100.0, 1.0)]), 300, 120)

    with Image.open(tmp_path / "p.png") as image:
        pixels = np.asarray(image)
        assert image.info["specmol:exponent"] == "1.0"
        assert image.info["specmol:window"] == "230.0,-2.0"
    assert pixels.shape == (120, 300)
    assert (pixels.min(axis=0) < 128).all()
    assert (pixels[:3] == 255).all()
    assert (pixels[-3:] == 255).all()


@pytest.mark.parametrize(("width", "height"), [(10, 100), (100, 10), (100_000, 100)])
def test_plot_of_absurd_size_is_refused(lorentzians, tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(ValueError, match="sides of 32"):
        write_plot(tmp_path / "p.png", lorentzians("13C", [(100.0, 1.0)]), width, height)
    assert not list(tmp_path.iterdir())

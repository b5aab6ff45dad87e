from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from specmol_core.spectra.readers.images.raster import decode, is_image
from specmol_core.spectra.readers.source import RefusedError

GREY = np.full((40, 80), 255, dtype=np.uint8)
GREY[20] = 0
GREY[5:20, 30] = 100


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


def claimed_png(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "mode"), [(k, m) for k in ("PNG", "TIFF") for m in ("L", "RGB", "RGBA", "LA")])
def test_grey_comes_back(kind: str, mode: str) -> None:
    raster = decode(encoded(Image.fromarray(GREY).convert(mode), kind))

    np.testing.assert_array_equal(raster.rgb, np.repeat(GREY[..., None], 3, axis=2))
    assert raster.warnings == ()


def test_jpeg_comes_back_roughly() -> None:
    raster = decode(encoded(Image.fromarray(GREY), "JPEG", quality=95))

    assert np.abs(raster.rgb[..., 0].astype(int) - GREY).mean() < 3


def test_one_bit_and_palette() -> None:
    for image in (Image.fromarray(GREY).convert("1", dither=Image.Dither.NONE), Image.fromarray(GREY).quantize(4)):
        assert set(np.unique(decode(encoded(image)).rgb[20])) == {0}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_greys(kind: str) -> None:
    raster = decode(encoded(Image.fromarray(GREY.astype(np.uint16) * 257), kind))

    np.testing.assert_array_equal(raster.rgb[..., 0], GREY)


def test_float_tiff_with_nan_is_refused() -> None:
    values = np.ones((40, 80), dtype=np.float32)
    values[3, 3] = np.nan

    with pytest.raises(RefusedError, match="not numbers"):
        decode(encoded(Image.fromarray(values), "TIFF"))


def test_transparency_is_composited_on_white() -> None:
    layer = np.zeros((40, 80, 4), dtype=np.uint8)
    layer[20, :, 3] = 255

    raster = decode(encoded(Image.fromarray(layer)))

    assert (raster.rgb[19] == 255).all()
    assert (raster.rgb[20] == 0).all()


def test_transparent_palette_entry_is_composited_on_white() -> None:
    image = Image.fromarray((GREY > 50).astype(np.uint8)).convert("P")

    raster = decode(encoded(image, transparency=1))

    assert (raster.rgb[0] == 255).all()
    assert (raster.rgb[20] == 0).all()


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_first_of_several_images_is_read(kind: str) -> None:
    blank = Image.new("L", (80, 40), 255)

    raster = decode(encoded(Image.fromarray(GREY), kind, save_all=True, append_images=[blank, blank]))

    np.testing.assert_array_equal(raster.rgb[..., 0], GREY)
    assert raster.warnings == ("the file holds several images; the first one was read",)


def test_text_chunks_are_read_after_the_pixels_too() -> None:
    text = PngInfo()
    text.add_text("specmol:nucleus", "1H")
    text.add(b"tEXt", b"late\0yes", after_idat=True)

    assert decode(encoded(Image.fromarray(GREY), pnginfo=text)).text == {"specmol:nucleus": "1H", "late": "yes"}


@pytest.mark.parametrize("size", [(30_000, 30_000), (2**31 - 1, 2**31 - 1), (9_000, 6_000)])
def test_huge_image_is_refused_by_its_header(size: tuple[int, int], recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(RefusedError, match="more than 50 million pixels: save the image smaller"):
        decode(claimed_png(*size))
    assert not recwarn.list


@pytest.mark.parametrize(("size", "why"), [((63, 40), "too few"), ((64, 31), "too few"), ((64, 257), "too tall")])
def test_wrong_shape_is_refused(size: tuple[int, int], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        decode(encoded(Image.new("L", size, 255)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_truncated_image_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90), dtype=np.uint8))
    content = encoded(noise, kind)

    with pytest.raises(RefusedError, match=f"truncated or damaged {kind}.*again"):
        decode(content[: len(content) // 2])


def test_png_without_its_end_gives_a_warning() -> None:
    content = encoded(Image.fromarray(GREY))

    assert decode(content[:-12]).warnings == ("the PNG ends early, after its last pixel; it may be incomplete",)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "TIFF"]),
    compression=st.sampled_from([None, "tiff_lzw", "jpeg", "packbits", "tiff_adobe_deflate"]),
    cut=st.floats(0, 1),
    hits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_garbled_file_is_read_or_refused(
    kind: str, compression: str | None, cut: float, hits: list[tuple[float, int]]
) -> None:
    options = {"compression": compression} if kind == "TIFF" else {}
    content = bytearray(encoded(Image.fromarray(GREY), kind, **options))
    for share, value in hits:
        content[int(share * len(content))] = value
    content = content[: 8 + int(cut * len(content))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            if is_image(bytes(content)):
                assert decode(bytes(content)).rgb.dtype == np.uint8
        except RefusedError:
            return


def test_damage_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    for options in ({}, {"compression": "jpeg"}, {"compression": "tiff_lzw"}):
        clean = encoded(Image.fromarray(GREY), "TIFF", **options)
        for _ in range(40):
            content = bytearray(clean)
            for index in rng.integers(4, len(content), 6):
                content[index] = rng.integers(256)
            try:
                decode(bytes(content))
            except RefusedError:
                continue

    assert capfd.readouterr() == ("", "")

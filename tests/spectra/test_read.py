from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.spectra import read as read_module
from specmol_core.spectra.canonical_image import write_plot
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.source import Reader

WINDOW = Geometry.h1_window


def refused(path: Path, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason) as caught:
        read_spectrum(path, "1H", None, WINDOW)
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_content_counts_and_the_name_does_not(lorentzians, tmp_path: Path) -> None:
    write_plot(tmp_path / "spectrum.txt", lorentzians("1H", [(7.26, 1.0)]))

    spectrum = read_spectrum(tmp_path / "spectrum.txt", "1H", None, WINDOW)

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(7.26, abs=spectrum.axis.step)


def test_text_called_png_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("Dear diary,\nno spectrum today.\n")

    refused(tmp_path / "a.png", "holds text.*accepted: .*a PNG, JPEG or TIFF image")


@pytest.mark.parametrize(
    "content", [b"\0\1\2\3" * 50, b"%!PS-Adobe-3.0 EPSF\0", b"GIF89a\1\0\1\0\0\0\0;", b"RIFF\0\0\0\0WEBP"]
)
def test_other_formats_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)

    refused(tmp_path / "a.png", "accepted: .*a PNG, JPEG or TIFF image")


def test_missing_empty_and_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()

    refused(tmp_path / "no.png", "no such file")
    refused(tmp_path / "empty.png", "is empty")
    refused(tmp_path, "holds no experiment")


def test_blank_and_photograph_are_refused(tmp_path: Path) -> None:
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.jpg")

    refused(tmp_path / "blank.png", "blank")
    refused(tmp_path / "photo.jpg", "photograph")


@pytest.mark.parametrize("window", [(0.0, 10.0), (5.0, 5.0), (float("nan"), 0.0)])
def test_invalid_range_is_a_usage_error(tmp_path: Path, window: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="high to low"):
        read_spectrum(tmp_path / "a.png", "1H", window, WINDOW)


def test_a_new_format_joins_the_registry(lorentzians, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = lorentzians("1H", [(7.26, 1.0)])
    new = Reader("an odd format", lambda head, path: head.startswith(b"%%ODD"), lambda source, request: answer)
    monkeypatch.setattr(read_module, "READERS", (*read_module.READERS, new))
    (tmp_path / "a.dx").write_text("%%ODD x\n")
    (tmp_path / "b.dx").write_text("nothing\n")

    assert read_spectrum(tmp_path / "a.dx", "1H", None, WINDOW) is answer
    refused(tmp_path / "b.dx", "image of a spectrum; an odd format")


@pytest.fixture(scope="module")
def plot(lorentzians, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plot") / "whole.png"
    write_plot(path, lorentzians("1H", [(7.26, 1.0)], points=512), 200, 100)
    return path


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(cut=st.integers(1, 5000), hits=st.lists(st.tuples(st.integers(0, 4999), st.integers(0, 255)), max_size=6))
def test_damaged_plot_is_read_or_refused(plot: Path, cut: int, hits: list[tuple[int, int]]) -> None:
    path = plot.with_name("damaged.png")
    content = bytearray(plot.read_bytes()[:cut])
    for index, value in hits:
        content[index % len(content)] = value
    path.write_bytes(content)
    try:
        spectrum = read_spectrum(path, "1H", None, WINDOW)
    except SpectrumError:
        return
    assert np.isfinite(spectrum.intensities).all()


def test_solvent_that_the_user_names_overrides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sentence.txt"
    path.write_text("1H NMR (400 MHz, CDCl3) δ 4.12 (q, 2H), 2.04 (s, 3H), 1.26 (t, 3H).")

    stated = read_spectrum(path, "1H", None, WINDOW)
    same = read_spectrum(path, "1H", None, WINDOW, "chloroform-d")
    other = read_spectrum(path, "1H", None, WINDOW, "dmso")

    assert (stated.solvent, stated.solvent_given, stated.warnings) == ("CDCl3", False, ())
    assert (same.solvent, same.solvent_given, same.warnings) == ("CDCl3", True, ())
    assert (other.solvent, other.solvent_given) == ("DMSO-d6", True)
    assert other.warnings == ("the file names the solvent CDCl3; DMSO-d6, which was given, was used",)
    with pytest.raises(UsageError, match="'gin' is unknown"):
        read_spectrum(path, "1H", None, WINDOW, "gin")

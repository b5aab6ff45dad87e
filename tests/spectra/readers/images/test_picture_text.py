"""What is written on a picture: nucleus, frequency, solvent."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from specmol_core.spectra.readers.images.picture_text import parse_picture_text, read_picture_text

pytest.importorskip("onnxruntime")
if importlib.util.find_spec("rapidocr") is None:  # not imported, because that takes a second
    pytest.skip("rapidocr is not installed", allow_module_level=True)


@pytest.mark.parametrize(
    ("rows", "nucleus", "frequencies", "solvent"),
    [
        (["¹H NMR (400 MHz, CDCI3) of compound 3a"], "1H", (400.0,), "CDCl3"),
        (["H NMR, 500 MHz, CD30D"], "1H", (500.0,), "CD3OD"),
        (["13C{1H} NMR (101 MHz, DMSO-d6)"], "13C", (101.0,), "DMSO-d6"),
        (["1H-NMR", "acetone-d6"], "1H", (), "acetone-d6"),
        (["SOLVENT CDC13", "NUC1 13C", "SFO1 100.6228298 MHz"], "13C", (100.6228298,), "CDCl3"),
        (["Solvent MeOD", "Nucleus 1H"], "1H", (), "CD3OD"),
        (["Solvent: Acetone"], "", (), "acetone-d6"),
        (["19F NMR (376 MHz, CD2C12)"], "19F", (376.0,), "CD2Cl2"),
        (["CDCl3", "DMSO-d6"], "", (), None),
        (["1H NMR", "13C NMR"], "", (), None),
        (["H2O", "acetone", "EtOAc", "benzene", "grease", "TMS", "f1 (ppm)"], "", (), None),
        (["SWH 8012.820 Hz", "AQ 4.0894 sec", "PULPROG zg30"], "", (), None),
    ],
)
def test_text_is_parsed(rows: list[str], nucleus: str, frequencies: tuple[float, ...], solvent: str | None) -> None:
    text = parse_picture_text(rows)

    assert (text.nucleus, text.frequencies_mhz, text.solvent) == (nucleus, frequencies, solvent)


def test_frequency_of_the_spectrometer_is_not_that_of_carbon() -> None:
    text = parse_picture_text(["13C NMR (400 MHz)"])

    assert text.frequency_mhz("13C") == pytest.approx(100.6, abs=0.1)
    assert text.frequency_mhz("1H") == 400.0
    assert parse_picture_text([]).frequency_mhz("1H") is None


def test_name_and_value_in_one_row_of_a_picture_belong_together() -> None:
    image = Image.new("L", (900, 300), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    for number, (name, value) in enumerate([("NAME", "3a"), ("PULPROG", "zg30"), ("SOLVENT", "Acetone"), ("NS", "16")]):
        draw.text((600, 40 + 24 * number), name, font=font, fill=0)
        draw.text((720, 40 + 24 * number), value, font=font, fill=0)
    draw.text((60, 30), "1", font=ImageFont.load_default(11), fill=0)
    draw.text((67, 34), "H NMR (300 MHz) of the product", font=font, fill=0)

    text = read_picture_text(255 - np.asarray(image))

    assert (text.nucleus, text.solvent, text.frequency_mhz("1H")) == ("1H", "acetone-d6", 300.0)


def test_picture_without_text_says_nothing() -> None:
    assert read_picture_text(np.zeros((100, 200), dtype=np.uint8)) == parse_picture_text([])

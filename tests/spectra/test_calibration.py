from __future__ import annotations

import pytest

from specmol_core.spectra.calibration import Calibration


def test_shift_of_a_pixel() -> None:
    calibration = Calibration(-0.01, 10.0, 9, 0.002, 0.97, "ocr")

    assert calibration.ppm(250.0) == pytest.approx(7.5)


def test_text_states_the_source_of_the_axis() -> None:
    read = str(Calibration(-0.01, 10.0, 9, 0.002, 0.97, "ocr"))
    given = str(Calibration(-0.01, 10.0, 0, 0.0, 1.0, "range option"))

    assert "9 tick labels" in read
    assert "confidence 0.97" in read
    assert "the range that was given" in given

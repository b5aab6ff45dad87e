from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.lists import xy_table
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

POINTS = 400
PPM = np.linspace(10.0, 0.025, POINTS)
VALUES = np.round(50 / (1 + ((PPM - 7.26) / 0.05) ** 2) - 20 / (1 + ((PPM - 2.0) / 0.05) ** 2), 3)


def table(form: str, ppm: np.ndarray = PPM, values: np.ndarray = VALUES) -> str:
    return "".join(form.format(i=i, x=x, y=y) for i, (x, y) in enumerate(zip(ppm, values, strict=True)))


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str, window: tuple[float, float] | None = None) -> Spectrum:
        path = tmp_path / "spectrum.csv"
        path.write_text(text, encoding="utf-8")
        return read_spectrum(path, "1H", window, Geometry.h1_window)

    return read_text


@pytest.mark.parametrize(
    "text",
    [
        table("{x:.4f},{y}\n"),
        table("{x:.4f}\t{y}\r\n"),
        table("  {x:.4f}   {y:e}\n"),
        "\ufeffppm;intensity\n" + table("{x:.4f};{y}\n").replace(".", ","),
        "# a comment\n" + table("{x:.4f},{y},0.5\n"),
        "index,ppm,real\n" + table("{i},{x:.4f},{y}\n"),
        table("{x:.4f},{y}\n", PPM[::-1], VALUES[::-1]),
    ],
    ids=["csv", "tsv", "blanks", "decimal comma", "imaginary", "index", "rising"],
)
def test_every_form_of_the_table_gives_the_same_trace(read, text: str) -> None:
    spectrum = read(text)

    assert spectrum.axis.grid() == pytest.approx(PPM, abs=1e-4)
    assert spectrum.intensities == pytest.approx(VALUES, abs=1e-3)
    assert spectrum.peaks == ()


def test_text_of_topspin_has_its_limits_in_the_heading(read) -> None:
    heading = (
        "# Data set = a 1 1 C:/nmr\n# LEFT = 10.0 ppm. RIGHT = 0.025 ppm.\n#\n# SIZE = 400 ( = number of points)\n"
    )

    spectrum = read(heading + table("{y}\n"))

    assert spectrum.axis.grid() == pytest.approx(PPM, abs=1e-6)


def test_given_range_overrides_the_axis_with_a_warning(read) -> None:
    spectrum = read(table("{x:.4f},{y}\n"), (12.0, 2.0))

    assert (spectrum.axis.high, spectrum.axis.low) == (12.0, 2.0)
    assert "the range given was used" in spectrum.warnings[0]


@pytest.mark.parametrize("bad", ["nan", "inf", "abc", "", "1e999"])
def test_invalid_number_is_reported_with_its_line(read, bad: str) -> None:
    lines = table("{x:.4f};{y}\n").splitlines()
    lines[300] = f"{PPM[300]:.4f};{bad}"

    with pytest.raises(SpectrumError, match="line 301: the intensity"):
        read("\n".join(lines))


def test_flat_table_is_refused(read) -> None:
    with pytest.raises(SpectrumError, match="no signal"):
        read(table("{x:.4f},1\n"))


def test_table_of_the_other_nucleus_is_refused(read) -> None:
    with pytest.raises(NucleusError, match="is a 13C spectrum"):
        read("# 13C NMR, 101 MHz\n" + table("{x:.4f},{y}\n"))


def test_carbon_peak_list_is_not_a_trace(read) -> None:
    shifts = sorted(np.random.default_rng(3).uniform(0.5, 9.0, 40).round(2), reverse=True)

    assert len(read("".join(f"{shift},1\n" for shift in shifts)).peaks) == 40


@pytest.mark.slow
def test_a_table_of_too_many_rows_is_refused_before_it_is_cut_into_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(text: str, comments: list[str]) -> None:
        pytest.fail("it was cut into cells")

    content = b"".join(b"%.6f,%d\n" % (12 - row * 1e-5, row % 7) for row in range(1024**2 + 300))
    monkeypatch.setattr(xy_table, "read_rows", never)

    with pytest.raises(SpectrumError, match="at most 1048576 are read: export fewer points"):
        xy_table.read_xy_table(SourceFile(Path("a.csv"), content), Request("1H", (12.0, -2.0), (12.0, -2.0)))


def edited_carbon() -> tuple[np.ndarray, np.ndarray]:
    """Shifts and intensities of an APT whose weaker lines point down."""
    ppm = np.linspace(200.0, 0.0, 8001)
    lines = ((170.1, 0.4), (77.3, 0.5), (77.0, 0.5), (76.7, 0.5), (60.3, 0.8), (30.1, -0.5), (14.2, -0.9))
    return ppm, sum(height / (1 + ((ppm - shift) / 0.05) ** 2) for shift, height in lines)


@pytest.mark.slow
@pytest.mark.parametrize("heading", ["ppm,intensity\n", "# pulse program jmod\n"])
def test_lines_of_an_edited_carbon_spectrum_point_down(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "apt.csv"
    path.write_text(heading + table("{x:.4f},{y:.6f}\n", *edited_carbon()))

    spectrum = read_spectrum(path, "13C", None, Geometry.c13_window)

    assert spectrum.signed
    assert [round(peak.ppm, 1) for peak in pick_peaks(spectrum) if peak.height < 0] == [30.1, 14.2]
    assert bool(spectrum.warnings) == ("jmod" not in heading)
    assert not read_spectrum(path, "1H", None, Geometry.h1_window).signed

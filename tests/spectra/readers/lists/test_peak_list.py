from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str | bytes, nucleus: Nucleus = "1H", window: tuple[float, float] | None = None) -> Spectrum:
        path = tmp_path / "peaks.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_spectrum(path, nucleus, window, WINDOWS[nucleus])

    return read_text


FULL = (
    Peak(7.26, 10.0, None, "d", (8.0,), 2.0),
    Peak(3.71, 20.0, None, "s", (), 3.0),
    Peak(2.5, 5.0, None, "dd", (8.0, 1.2), 1.0),
)


@pytest.mark.parametrize(
    "text",
    [
        'ppm,intensity,nH,multiplicity,J\n7.26,10,2,d,8.0\n3.71,20,3,s,\n2.5,5,1,dd,"8.0, 1.2"\n',
        "7.26,10,2,d,8.0\n3.71,20,3,s\n2.5,5,1,dd,8.0,1.2\n",
        "7.26\t10\t2H\td\t8.0\n3.71\t20\t3H\ts\n2.5\t5\t1H\tdd\t8.0, 1.2 Hz\n",
        "7,26;10;2;d;8,0\r\n3,71;20;3;s;\r\n2,5;5;1;dd;8,0/1,2\r\n",
        "\ufeff# exported\n\n7.26 10 2H d 8.0\n3.71 20 3H s\n2.5 5 1H dd 8.0 1.2\n",
        "1,7.26,10,2H,d,8.0\n2,3.71,20,3H,s\n3,2.5,5,1H,dd,8.0,1.2\n",
        "Peak;J (Hz);Multiplicity;Chemical shift (ppm);Height;nH\n"
        "a;8.0;d;7.26;10;2\nb;;s;3.71;20;3\nc;8.0, 1.2;dd;2.5;5;1\n",
    ],
)
def test_every_form_of_the_table_gives_the_same_peaks(read, text: str) -> None:
    assert read(text).peaks == FULL


@pytest.mark.parametrize(
    "text", ["170.1\n60.3\n14.2\n", "170,1\n60,3\n14,2\n", "δ (ppm)\n170.1\n60.3\n14.2", "170.1\r60.3\r14.2\r"]
)
def test_shifts_alone(read, text: str) -> None:
    spectrum = read(text, "13C")

    assert [peak.ppm for peak in spectrum.peaks] == [170.1, 60.3, 14.2]
    assert any("no frequency" in warning for warning in spectrum.warnings)


def test_comments_give_nucleus_frequency_and_solvent(read) -> None:
    spectrum = read("# 13C NMR, 101 MHz, CDCl3\n170.1\n60.3\n", "13C")

    assert (spectrum.frequency_mhz, spectrum.solvent) == (101.0, "CDCl3")


def test_downward_peaks_of_a_dept_are_lines(read) -> None:
    spectrum = read("170.1,0.5\n60.3,-0.9\n21.0,0.8\n", "13C")

    assert spectrum.signed
    assert spectrum.magnitudes[abs(spectrum.axis.grid() - 60.3).argmin()] > 0.5
    assert not any("point down" in text for text in inspect(spectrum).warnings)
    assert not read("7.26,1.0\n3.71,-2.0\n").signed


def test_trace_has_its_lines_at_the_shifts(read) -> None:
    spectrum = read("7.26,1\n3.71,2\n")

    assert spectrum.axis.grid()[spectrum.intensities.argmax()] == pytest.approx(3.71, abs=2 * spectrum.axis.step)
    assert spectrum.intensities.max() == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7.26 singlet aromatic\n3.71 OMe\n", "line 1: 'aromatic' is not a number"),
        ("7.26,1\n3.71,high\n2.1,3\n", "line 2: 'high' is not"),
        ("7.26,1\n\nfoo,1\n2.1,3\n", "line 3: 'foo' is not a shift"),
        ("ppm,intensity\n7.26,1\nnan,1\n", "line 3: 'nan' is not a shift"),
        ("ppm,J\n7.26,wide\n", "line 2: 'wide' is not a coupling"),
        ("ppm,multiplicity\n7.26,zz\n", "line 2: 'zz' is not a multiplicity"),
        ("name,value\n7.26,1\n3.71,1\n2.1,4\n", "line 1: the word 'name'"),
        ("7.26,0\n3.71,0\n", "no signal"),
        ("7.26,1\n7.26,-1\n", "cancel each other"),
        ("ppm,intensity\n", "empty"),
        ("7000\n6000\n5000\n", "not 1H shifts"),
    ],
)
def test_error_names_line_and_word(read, text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_range_without_a_peak_is_refused(read) -> None:
    with pytest.raises(SpectrumError, match="none is between 5 and 0 ppm"):
        read("7.26\n6.9\n", window=(5.0, 0.0))


def test_carbon_list_as_1h_is_detected(read) -> None:
    with pytest.raises(NucleusError, match="13C list in --h1") as caught:
        read("170.1\n60.3\n14.2\n")
    assert caught.value.found_nucleus == "13C"


def test_list_that_names_the_other_nucleus_is_refused(read) -> None:
    with pytest.raises(NucleusError, match="is a 1H spectrum"):
        read("# 1H NMR\n7.26\n3.71\n", "13C")


def test_doubtful_entries_give_warnings(read) -> None:
    warnings = " ".join(read("7.26,1,1.5,d,45\n3.71,1,3,s,7\n").warnings)

    assert "not whole" in warnings
    assert "too large for two protons" in warnings
    assert "more couplings at 3.71 ppm" in warnings


@pytest.mark.slow
@pytest.mark.parametrize("count", [501, 4_999])
def test_a_list_longer_than_that_of_any_compound_is_refused(read, count: int) -> None:
    text = "".join(f"{(7919 * place) % 10_007 / 1000:.3f},{1 + place % 3}\n" for place in range(count))

    with pytest.raises(SpectrumError, match=rf"lists {count:,} peaks; no compound has more than 500: pick"):
        read(text)

"""The lists of the vendor files, if the shared data are here."""

from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
CARBONS = [167.34, 161.31, 144.24, 129.68, 127.18, 115.75, 114.29, 77.48, 77.16, 76.84, 60.34, 55.37, 14.36]
"""Lines of ethyl 4-methoxycinnamate in CDCl3."""
PROTONS = [7.66, 7.62, 7.47, 7.45, 6.90, 6.88, 6.33, 6.29, 4.26, 3.83, 1.33]


@pytest.fixture
def folder(shared: Path) -> Path:
    lists = shared / "data" / "vendor_files" / "lists"
    if not lists.is_dir():
        pytest.skip("the vendor files (shared/data/vendor_files) are not here")
    return lists


def read(path: Path, nucleus: Nucleus) -> Spectrum:
    return read_spectrum(path, nucleus, None, WINDOWS[nucleus])


@pytest.mark.parametrize("name", ["topspin_peak_old.txt", "topspin_peaks.txt", "topspin_peaklist.xml", "acd_peaks.txt"])
def test_carbon_lists_of_programs(folder: Path, name: str) -> None:
    spectrum = read(folder / name, "13C")

    assert [peak.ppm for peak in spectrum.peaks] == CARBONS
    assert spectrum.frequency_mhz in ((None,) if name.endswith("xml") else (pytest.approx(100.61, abs=0.01),))
    assert spectrum.warnings == (
        ("the list states no frequency: 100.6 MHz was assumed",) if name.endswith("xml") else ()
    )
    with pytest.raises(SpectrumError, match="a 13C list in --h1"):
        read(folder / name, "1H")


def test_the_proton_list_of_an_old_topspin(folder: Path) -> None:
    spectrum = read(folder / "old1h.txt", "1H")

    assert [peak.ppm for peak in spectrum.peaks] == PROTONS
    assert spectrum.frequency_mhz == pytest.approx(400.13, abs=0.01)
    assert spectrum.warnings == ()


@pytest.mark.parametrize("name", ["mnova_md.txt", "mnova_shifted.txt"])
def test_multiplets_of_mestrenova_without_couplings(folder: Path, name: str) -> None:
    spectrum = read(folder / name, "1H")

    assert [(p.ppm, p.protons, p.multiplicity, p.couplings_hz) for p in spectrum.peaks] == [
        (8.45, 1.0, "d", (3.14,)),
        (4.3, 1.0, "s", ()),
        (4.15, 1.0, "dd", (9.83, 3.02)),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convbin2asc.txt", "sep_euro.csv", "y_first.csv"])
def test_tables_of_points(folder: Path, name: str) -> None:
    spectrum = read(folder / name, "1H")

    assert (spectrum.axis.high, spectrum.axis.low) == (pytest.approx(12.0, abs=0.002), pytest.approx(-1.0, abs=0.002))
    lines = [peak.ppm for peak in pick_peaks(spectrum)]
    for shift in (7.26, 3.83):
        assert any(abs(line - shift) < 0.02 for line in lines)
    if name == "convbin2asc.txt":
        assert spectrum.frequency_mhz == pytest.approx(400.13, abs=0.02)


def test_an_nmredata_list_that_mixes_counts_and_integrals(folder: Path) -> None:
    spectrum = read(folder.parent / "nmredata" / "mixed.nmredata.sdf", "1H")

    assert [(p.ppm, p.protons) for p in spectrum.peaks] == [(3.4302, 1.0), (2.1895, 1.0), (0.9493, 3.0), (0.8311, 3.0)]


def test_a_shift_that_nmredata_assigns_is_of_the_compound(folder: Path) -> None:
    spectrum = read(folder.parent / "nmredata" / "assigned_only.sdf", "1H")

    assert sorted(line.peak.ppm for line in recognise(spectrum).of_kind("compound")) == [
        3.8143, 7.2778, 7.4896, 7.715, 8.4004,
    ]  # fmt: skip

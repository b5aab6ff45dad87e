from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.matchnet_x.observed_signals import observed_of
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.analysis.proton_coupled import join_proton_multiplets
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum

MHZ = 100.6


def multiplet(ppm: float, heights: tuple[float, ...], j_hz: float = 128.0) -> list[Peak]:
    first = -(len(heights) - 1) / 2
    return [Peak(ppm + (first + k) * j_hz / MHZ, height, 2.0) for k, height in enumerate(heights)]


def shifts(peaks: list[Peak]) -> list[float]:
    return sorted(round(peak.ppm, 2) for peak in join_proton_multiplets(peaks, MHZ))


def test_each_carbon_of_a_coupled_spectrum_is_one_line() -> None:
    """Ethyl crotonate; the carbonyl is one line, and CH doublets are unequal by noise."""
    carbons = [
        *multiplet(14.2, (1, 3.2, 2.9, 1.1), 127.0),
        *multiplet(17.8, (1, 2.9, 3.1, 0.9), 126.5),
        *multiplet(60.0, (1, 2.1, 1), 147.0),
        *multiplet(122.9, (1, 1.2), 161.0),
        *multiplet(144.2, (0.9, 1), 154.0),
        Peak(166.4, 0.3, 2.0),
    ]

    assert shifts(carbons) == [14.2, 17.8, 60.0, 122.9, 144.2, 166.4]


def test_the_joined_line_has_the_height_of_its_lines() -> None:
    (joined,) = join_proton_multiplets(multiplet(18.0, (1, 3, 3, 1)), MHZ)

    assert joined.height == pytest.approx(8.0)


def test_pairs_of_lines_alone_may_be_carbons() -> None:
    """Anisole has pairs of lines that are 1.2 to 1.6 ppm apart in many of its derivatives."""
    decoupled = [Peak(ppm, 1.0, 2.0) for ppm in (112.0, 113.4, 119.8, 121.3, 128.0, 129.5, 141.2, 142.6)]

    assert join_proton_multiplets(decoupled, MHZ) == decoupled


def test_one_triplet_by_chance_changes_nothing() -> None:
    decoupled = [Peak(ppm, 1.0, 2.0) for ppm in (13.6, 19.2, 30.6, 52.1, 55.4, 121.3, 127.5, 159.0)]
    peaks = [*decoupled, *multiplet(70.0, (1, 2, 1))]

    assert join_proton_multiplets(peaks, MHZ) == peaks


def test_carbons_of_a_measured_coupled_spectrum_stand_where_catalogues_list_them(shared: Path) -> None:
    """Butyl acrylate in CDCl3; shifts of the decoupled spectrum as catalogues give them."""
    path = shared / "data" / "raw_spectra" / "cheminfo_nmr-dataset1" / "141-32-2" / "c13.dx"

    observed = observed_of(Analysis(read_spectrum(path, "13C", None, (225.0, -15.0))))

    listed = (13.7, 19.2, 30.7, 64.4, 128.6, 130.4, 166.3)
    assert all(min(abs(ppm - found) for found in observed.ppm) < 0.25 for ppm in listed)
    assert len(observed) == len(listed) + 1

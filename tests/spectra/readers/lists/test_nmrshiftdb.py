from __future__ import annotations

from pathlib import Path

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.lists.nmrshiftdb import shiftdb_entries, shiftdb_peaks
from specmol_core.spectra.readers.sentence.inline import spectrum_source
from specmol_core.spectra.spectrum import Spectrum

C13 = "167.3;0.0S;0|129.7;0.0D;3|129.7;0.0D;5|60.3;0.0T;9|14.4;0.0Q;10|"
H1 = "7.64;1.0d;1|3.83;0.0s;7|1.33;0.0t;9|"
C13_PEAKS = [(167.3, None, (0,)), (129.7, 2.0, (1,)), (60.3, None, (2,)), (14.4, None, (3,))]
MOLECULE = "\n  CDK\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0    0.0    0.0 C   0  0\nM  END\n"


def of(spectrum: Spectrum) -> list[tuple[float, float | None, tuple[int, ...]]]:
    return [(peak.ppm, peak.protons, peak.hydrogens) for peak in spectrum.peaks]


def test_an_entry_for_each_atom_counts_the_carbons() -> None:
    assert of(read_spectrum(spectrum_source(C13), "13C", None, Geometry.c13_window)) == C13_PEAKS


def test_atoms_of_protons_are_no_counts() -> None:
    assert shiftdb_peaks(H1, "1H")[0] == Peak(7.64, 1.0, None, "d")
    assert [peak.protons for peak in shiftdb_peaks(H1, "1H")] == [None, None, None]


def test_a_record_is_read_by_the_nucleus_of_its_tags(tmp_path: Path) -> None:
    path = tmp_path / "record.sdf"
    path.write_text(
        f"{MOLECULE}> <Spectrum 13C 0>\n{C13}\n\n> <Spectrum 1H 1>\n{H1}\n\n> <Spectrum 13C 2>\n60.0;0.0T;9|\n\n$$$$\n"
    )
    carbon = read_spectrum(path, "13C", None, Geometry.c13_window)
    proton = read_spectrum(path, "1H", None, Geometry.h1_window)

    assert of(carbon) == C13_PEAKS
    assert any("Spectrum 13C 0 was read, not Spectrum 13C 2" in warning for warning in carbon.warnings)
    assert [peak.ppm for peak in proton.peaks] == [7.64, 3.83, 1.33]


@pytest.mark.parametrize("text", ["167.3; 60.3; 14.4", "7.26;2;d;8.0\n3.71;3;s;\n", "167.3;60.3", ""])
def test_other_lists_are_no_such_entries(text: str) -> None:
    assert shiftdb_entries(text) == []

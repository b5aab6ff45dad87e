from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.lists.topspin_xml import READER
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<PeakList modified="2024-05-02T10:11:12">
  <PeakList1D>
    <PeakList1DHeader creator="nmr" date="2024" expNo="2" name="a" owner="nmr" procNo="1" source="/opt/topspin">
      <PeakPickDetails>F1=220.0ppm, F2=-10.0ppm, MI=0.30cm, MAXI=10000.00cm, PC=1.400</PeakPickDetails>
    </PeakList1DHeader>
    <Peak1D F1="170.123" intensity="1.20" type="0"/>
    <Peak1D F1="77.160" intensity="9.00" type="0" annotation="CDCl3"/>
  </PeakList1D>
  <PeakList1D>
    <Peak1D F1="60.340" intensity="2.50e+00" type="0" annotation="C-2"/>
    <Peak1D F1="-1.250" intensity="0.70" type="0"/>
  </PeakList1D>
</PeakList>
"""


def read(path: Path, nucleus: str = "13C"):
    window = Geometry.c13_window if nucleus == "13C" else Geometry.h1_window
    return read_spectrum(path, nucleus, None, window)  # type: ignore[arg-type]


def test_the_peaks_of_all_lists_are_read(tmp_path: Path) -> None:
    path = tmp_path / "peaklist.xml"
    path.write_text(DOCUMENT)
    spectrum = read(path)

    assert [(p.ppm, p.height) for p in spectrum.peaks] == [(170.123, 1.2), (60.34, 2.5), (-1.25, 0.7)]
    assert "left out 1 peaks, which are annotated as solvent" in spectrum.warnings[0]


def test_the_experiment_beside_the_list_tells_nucleus_frequency_and_solvent(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "2" / "pdata" / "1"
    folder.mkdir(parents=True)
    (folder / "peaklist.xml").write_text(DOCUMENT)
    (tmp_path / "a" / "2" / "acqus").write_text("##$NUC1= <13C>\n##$SFO1= 100.6238\n##$SOLVENT= <CDCl3>\n")
    spectrum = read(folder / "peaklist.xml")

    assert (spectrum.frequency_mhz, spectrum.solvent) == (100.6238, "CDCl3")
    with pytest.raises(NucleusError, match="is a 13C spectrum, given as 1H"):
        read(folder / "peaklist.xml", "1H")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (DOCUMENT.replace("Peak1D", "Peak2D"), "two-dimensional spectrum"),
        (DOCUMENT.replace("60.340", "abc"), "'abc' is not a shift"),
        (DOCUMENT.replace("0.70", "nan"), "'nan' is not an intensity"),
        (DOCUMENT[:-30], "damaged peak list of TopSpin"),
        ("<PeakList></PeakList>", "list of 13C peaks is empty"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + DOCUMENT.partition("\n")[2], "declares entities"),
        (DOCUMENT.replace("170.123", "1e9"), "13C shifts: check the unit|not a chemical shift"),
    ],
)
def test_other_documents_are_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "peaklist.xml"
    path.write_text(text)
    with pytest.raises(SpectrumError, match=reason) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["UTF-9", "utf-7", "shift_jis"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n<PeakList/>'.encode()

    with pytest.raises(SpectrumError, match="unsupported encoding"):
        READER.read(SourceFile(Path("peaklist.xml"), content), Request("13C", None, Geometry.c13_window))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    cut=st.integers(0, len(DOCUMENT)),
    hits=st.lists(st.tuples(st.integers(0, len(DOCUMENT)), st.integers(0, 255)), max_size=5),
)
def test_damaged_documents_are_read_or_refused(cut: int, hits: list[tuple[int, int]]) -> None:
    content = bytearray(DOCUMENT.encode()[: cut if cut % 3 == 0 else None])
    for index, value in hits:
        if content:
            content[index % len(content)] = value
    with contextlib.suppress(SpectrumError):
        READER.read(SourceFile(Path("peaklist.xml"), bytes(content)), Request("13C", None, Geometry.c13_window))

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.lists.nmredata import READER
from specmol_core.spectra.readers.source import NucleusError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

PROTON = """Larmor=400.13\\
Spectrum_Location=file:./nmr/10\\
7.26, S=d, N=2, L=H3, E=2.01, J=8.0(H5), 1.2(H2)\\
7.10-7.16, S=m, L=H4, E=1.0 ; a comment\\
3.71, S=s, N=3, L=H8\\"""
CARBON = "Larmor=100.61\\\n128.1, L=C2, N=2\\\n55.2, L=C8\\"


def record(smiles: str = "COc1ccccc1", **tags: str) -> str:
    text = Chem.MolToMolBlock(Chem.MolFromSmiles(smiles))
    return text + "".join(f">  <NMREDATA_{tag}>\n{value}\n\n" for tag, value in tags.items()) + "$$$$\n"


def read(text: str | bytes, nucleus: str = "1H", experiment: str = "") -> Spectrum:
    content = text.encode() if isinstance(text, str) else text
    source = SourceFile(Path("a.sdf"), content, experiment)
    assert READER.matches(content[:4096], source.path)
    window = Geometry.h1_window if nucleus == "1H" else Geometry.c13_window
    return READER.read(source, Request(nucleus, None, window))


FULL = record(VERSION="1.1\\", SOLVENT="CDCl3\\", **{"1D_1H": PROTON, "1D_13C": CARBON})


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_signals_of_a_proton_spectrum(newline: str) -> None:
    found = read(FULL.replace("\n", newline))

    assert [(p.ppm, p.multiplicity, p.protons) for p in found.peaks] == [
        (7.26, "d", 2.0),
        (pytest.approx(7.13), "m", 1.0),
        (3.71, "s", 3.0),
    ]
    assert found.peaks[0].couplings_hz == (8.0, 1.2)
    assert (found.frequency_mhz, found.solvent) == (400.13, "CDCl3")
    assert found.referencing == "ppm of the tag NMREDATA_1D_1H"
    near = np.abs(found.axis.grid() - 3.71) < 0.05
    assert found.axis.grid()[near][found.intensities[near].argmax()] == pytest.approx(3.71, abs=0.002)


def test_the_signals_of_a_carbon_spectrum() -> None:
    found = read(FULL, "13C")

    assert [(p.ppm, p.height, p.protons) for p in found.peaks] == [(128.1, 2.0, None), (55.2, 1.0, None)]
    assert found.frequency_mhz == 100.61


def test_assigned_shifts_are_read_without_a_spectrum() -> None:
    text = record(ASSIGNMENT="Me, 55.2, 1\\\northo, 113.9, 4, 8\\\nHMe, 3.71, H1\\\nO, 20.0, 2\\")

    assert [(p.ppm, p.height) for p in read(text, "13C").peaks] == [(55.2, 1.0), (113.9, 2.0)]
    assert [p.ppm for p in read(text).peaks] == [3.71]
    assert any("assigned to atoms" in note for note in read(text).warnings)


def test_explicit_hydrogens_of_an_assignment_are_counted() -> None:
    mol = Chem.MolToMolBlock(Chem.AddHs(Chem.MolFromSmiles("C")))
    text = f"{mol}>  <NMREDATA_ASSIGNMENT>\nme, 0.23, 2, 3, 4, 5\nc, -2.3, 1\n\n$$$$\n"

    assert [(p.ppm, p.protons) for p in read(text).peaks] == [(0.23, 4.0)]
    assert [p.ppm for p in read(text, "13C").peaks] == [-2.3]


def test_the_first_record_with_the_nucleus_is_read_with_a_warning() -> None:
    text = record(**{"1D_13C": CARBON}) + record(**{"1D_1H": "1.00, S=s"}) + record(**{"1D_1H#2": "2.00, S=s"})

    assert read(text).peaks[0].ppm == 1.0
    assert "holds 3 records: number 2, the first with 1H signals" in read(text).warnings[0]
    assert read(text, experiment="3").peaks[0].ppm == 2.0
    with pytest.raises(SpectrumError, match="no record '7'; its records are 1 to 3"):
        read(text, experiment="7")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (record(), "an SDF without 1H signals"),
        (record(**{"1D_1H": "seven, S=s"}), "holds 'seven', which is not a shift"),
        (record(**{"1D_1H": "7.26x, S=s"}), "which is not a shift"),
        (record(**{"1D_1H": "1e9, S=s"}), "which is not a chemical shift"),
        (record(**{"1D_1H": "Larmor=400\\"}), "without 1H signals"),
        (record(**{"1D_1H": "1.0\\" * 20_000}), "more than 10000 entries"),
    ],
)
def test_unreadable_content_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason):
        read(text)


def test_a_record_of_the_other_nucleus_is_named() -> None:
    with pytest.raises(NucleusError, match="is a 13C spectrum, given as 1H"):
        read(record(**{"1D_13C": CARBON}))


SEED = FULL.encode()


@settings(max_examples=40, deadline=None)
@given(
    cut=st.integers(0, len(SEED)), hits=st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 255)), max_size=6)
)
def test_damaged_files_are_read_or_refused(cut: int, hits: list[tuple[int, int]]) -> None:
    content = bytearray(SEED[:cut] if cut % 3 == 0 else SEED)
    for index, value in hits:
        if content:
            content[index % len(content)] = value
    try:
        found = READER.read(SourceFile(Path("a.sdf"), bytes(content)), Request("1H", None, Geometry.h1_window))
    except SpectrumError:
        return
    assert np.isfinite(found.intensities).all()

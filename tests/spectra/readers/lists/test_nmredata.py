from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from specmol_core.errors import SpectrumError
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
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

    # N is the number of hydrogens on a carbon, not that of carbons.
    assert [(p.ppm, p.height, p.protons) for p in found.peaks] == [(128.1, 1.0, None), (55.2, 1.0, None)]
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


def counts(text: str) -> list[float | None]:
    return [peak.protons for peak in read(text).peaks]


MIXED = "3.43, S=td, N=1, L=a, E=28.9\\\n2.18, S=m, N=1, E=32.6\\\n0.94, S=d, E=95.2, J=7.0\\\n0.83, S=d, E=64.1\\"


@pytest.mark.parametrize(
    ("entries", "expected", "note"),
    [
        (MIXED, [1.0, 1.0, 3.0, 2.0], "divided by 30.75, the integral of one proton by the signals with both"),
        (
            "7.12, S=d, E=351.3\\\n2.35, S=s, E=984.0\\\n7.67, S=m, E=713.2\\\n8.8, S=d, E=340.1",
            [1, 3, 2, 1],
            "by whole numbers",
        ),
        ("3.83, S=qd, E=2\\\n1.24, S=t, E=3\\\n0.34, S=t, E=1.1", [2.0, 3.0, 1.1], ""),
        # The area of a single line is not in the unit of the multiplets.
        (
            "1.55, L=18, I=1713.3, E=8.28\\\n1.14, S=dd, E=178.1\\\n0.93, S=td, E=184.0",
            [None, 1.0, 1.0],
            "whole numbers",
        ),
        ("7.2, S=d, N=2\\\n3.7, S=s", [2.0, None], ""),
    ],
)
def test_the_integrals_of_a_list_have_one_unit(entries: str, expected: list[float | None], note: str) -> None:
    text = record(**{"1D_1H": entries})

    assert counts(text) == [None if n is None else pytest.approx(n) for n in expected]
    assert (note in " ".join(read(text).warnings)) if note else "integral of one proton" not in str(read(text).warnings)


def test_assigned_atoms_tell_the_numbers_of_protons() -> None:
    mol = Chem.MolToMolBlock(Chem.AddHs(Chem.MolFromSmiles("CO")))
    text = (
        f"{mol}>  <NMREDATA_ASSIGNMENT>\ns0, 3.34, 3, 4, 5\\\ns1, 4.79, 6\\\nc, 50.2, 1\\\n\n"
        ">  <NMREDATA_1D_1H>\n3.34, L=s0\\\n4.79, L=s1\\\n\n$$$$\n"
    )

    assert counts(text) == [3.0, 1.0]


def test_repeated_entries_are_one_signal_and_unknown_shifts_none() -> None:
    text = record(**{"1D_1H": "1.14, S=dd, L=28, E=1.0\\\n1.14, S=dd, L=29, E=1.0\\\n777.777, L=x\\\n2.0, S=s, E=3.0"})
    carbon = record(
        "CC(C)(C)O",
        **{
            "1D_13C": "31.2, L=a, I=9\\\n31.2, L=b, I=9\\\n69.1, L=c",
            "ASSIGNMENT": "a, 31.2, 1\\\nb, 31.2, 3, 4\\\nc, 69.1, 2",
        },
    )

    assert [peak.ppm for peak in read(text).peaks] == [1.14, 2.0]
    assert [(peak.ppm, peak.protons) for peak in read(carbon, "13C").peaks] == [(31.2, 3.0), (69.1, None)]


def test_of_two_spectra_the_plain_one_is_read_and_the_dept_tells_the_hydrogens() -> None:
    plain = "Larmor=100.57\\\n63.5, L=5, I=120.0\\\n18.8, L=2, I=130.0\\\n170.2, L=7, I=30"
    dept = "Larmor=100.57\\\nSequence=DEPT135\\\n63.5, L=5, I=-120.0\\\n18.8, L=2, I=130.0"

    for name in ("1D_13C", "1D_13C#2"):
        first, second = (f">  <NMREDATA_{tag}>\n{value}\n\n" for tag, value in (("1D_13C", plain), (name, dept)))
        for tags in (first + second, second + first):
            found = read(record().replace("$$$$\n", tags + "$$$$\n"), "13C")
            assert [(p.ppm, p.hydrogens) for p in found.peaks] == [(63.5, (2,)), (18.8, (1, 3)), (170.2, (0,))]
            assert any("holds 2 lists of 13C" in text for text in found.warnings)
    alone = read(record(**{"1D_13C": dept}), "13C")
    assert any("is a DEPT: it shows no carbon without a proton" in text for text in alone.warnings)


def test_the_attributes_of_a_carbon_are_its_hydrogens() -> None:
    text = record(**{"1D_13C": "170.2, N=0, L=a\\\n60.3, N=2, L=b\\\n14.2, S=3, L=c"})

    assert [peak.hydrogens for peak in read(text, "13C").peaks] == [(0,), (2,), (3,)]


def test_assigned_shifts_that_a_list_lacks_are_added() -> None:
    text = record(**{"1D_1H": "7.26, S=d, L=a", "ASSIGNMENT": "a, 7.26, H3\\\nb, 3.71, H1\\\nc, 777.777, H4"})
    found = read(text)

    assert [peak.ppm for peak in found.peaks] == [7.26, 3.71]
    assert "1 shifts that are assigned to atoms and that its list lacks were added" in found.warnings


def test_an_assigned_shift_is_not_masked_as_solvent() -> None:
    entries = "a, 7.26, H3\\\nb, 7.72, H4\\\nc, 1.56, H5\\\nd, 3.81, H1"
    recognition = recognise(read(record(SOLVENT="CDCl3\\", ASSIGNMENT=entries)))
    tags = {"1D_1H": "7.26\\\n7.72, L=b\\\n1.56, L=c\\\n3.81, L=d"}
    partly = recognise(read(record(SOLVENT="CDCl3\\", **tags)))

    assert [line.kind for line in recognition.lines] == ["compound"] * 4
    assert {line.peak.ppm: line.kind for line in partly.lines} == {
        7.72: "compound", 7.26: "solvent", 3.81: "compound", 1.56: "compound",
    }  # fmt: skip


def test_the_spectrum_of_a_record_is_read_before_its_list(spectrometers, tmp_path: Path) -> None:
    spectrometers.bruker(tmp_path / "in" / "nmr" / "10", spectrometers.Decay("1H"))
    (tmp_path / "in" / "compound1.nmredata.sdf").write_text(FULL)
    archive = tmp_path / "record.zip"
    archive.write_bytes(spectrometers.zipped(spectrometers.files_of(tmp_path / "in")))

    for path in (archive, tmp_path / "in"):
        spectrum = read_spectrum(path, "1H", None, Geometry.h1_window)
        assert spectrum.peaks == ()
        assert any("left out compound1.nmredata.sdf" in text for text in spectrum.warnings)
        named = read_spectrum(Path(f"{path}::compound1.nmredata.sdf"), "1H", None, Geometry.h1_window)
        assert [peak.ppm for peak in named.peaks] == pytest.approx([7.26, 7.13, 3.71])
        carbon = read_spectrum(path, "13C", None, Geometry.c13_window)
        assert [peak.ppm for peak in carbon.peaks] == [128.1, 55.2]


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


@pytest.mark.slow
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

"""Peak lists in the forms that programs write, authors type and databases print."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from specmol_core.errors import SpectrumError
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Nucleus, Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str | bytes, nucleus: Nucleus = "13C") -> Spectrum:
        path = tmp_path / "peaks.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_spectrum(path, nucleus, None, WINDOWS[nucleus])

    return read_text


def listed(spectrum: Spectrum) -> list[tuple[float, float]]:
    return [(peak.ppm, peak.height) for peak in spectrum.peaks]


CARBONS = [(170.12, 1.5), (60.31, 2.5), (14.2, 3.1)]
MHZ = 100.62
FREQUENCIES = {ppm: f"{ppm * MHZ:.3f}" for ppm, _ in CARBONS}
NUMBERED = [(index, ppm, FREQUENCIES[ppm], height) for index, (ppm, height) in enumerate(CARBONS, 1)]
OLD = """\tDU=/u, USER=nmr, NAME=x, EXPNO=2, PROCNO=1
     F1=230.000ppm, F2=-10.000ppm, MI=0.50cm, MAXI=10000.00cm, PC=1.000

{mark}     ADDRESS    FREQUENCY                INTENSITY
                [Hz]          [PPM]

"""


@pytest.mark.parametrize("mark", ["  #", "#", "   "])
def test_the_text_lists_of_xwinnmr(read, mark: str) -> None:
    rows = "".join(
        f"  {i}      {3000 + 811.5 * i:.1f}    {hz}      {ppm:.4f}        {y:.2f}\n" for i, ppm, hz, y in NUMBERED
    )
    spectrum = read(OLD.format(mark=mark) + rows)

    assert listed(spectrum) == CARBONS
    assert spectrum.frequency_mhz == pytest.approx(MHZ, abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "Peak\tν(F1) [ppm]\tν(F1) [Hz]\tIntensity [rel]\tAnnotation\n"
        + "".join(f"{i}\t{ppm}\t{hz}\t{y}\t\n" for i, ppm, hz, y in NUMBERED),
        "No.\t(ppm)\t(Hz)\tHeight\n" + "".join(f"{i}\t{ppm}\t{hz}\t{y}\n" for i, ppm, hz, y in NUMBERED),
        "Table of Peaks\nNo.  (ppm)  (Hz)  Height\n" + "".join(f"{i}  {p}  {hz}  {y}\n" for i, p, hz, y in NUMBERED),
        "      Hz        ppm      Int.\n" + "".join(f"  {hz}   {ppm}   {y}\n" for _, ppm, hz, y in NUMBERED),
        "index    frequency    ppm    height\n" + "".join(f"{i}   {hz}   {p}   {y}\n" for i, p, hz, y in NUMBERED),
        "".join(f"{i} {hz} {ppm} {y}\n" for i, ppm, hz, y in NUMBERED),
        "".join(f"{i},{ppm},{hz},{y}\n" for i, ppm, hz, y in NUMBERED),
    ],
    ids=["TopSpin", "ACD/Labs", "HMDB", "SDBS", "VnmrJ", "Hz first", "ppm first"],
)
def test_shifts_beside_their_frequencies(read, text: str) -> None:
    spectrum = read(text)

    assert listed(spectrum) == CARBONS
    assert spectrum.frequency_mhz == pytest.approx(MHZ, abs=0.05)


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nppm;Intensit\u00e4t\n170,12;1,5\n60,31;2,5\n14,20;3,1\n".encode("cp1252"),
        b'"ppm","intensity"\n"170,12","1,5"\n"60,31","2,5"\n"14,20","3,1"\n',
        "| Shift (ppm) | Int. |\n|:---|---:|\n| 170.12 | 1.5 |\n| 60.31 | 2.5 |\n| 14.20 | 3.1 |\n",
        "+--------+-----+\n| ppm    | Y   |\n+========+=====+\n| 170.12 | 1.5 |\n| 60.31  | 2.5 |\n| 14.2   | 3.1 |\n",
        "intensity,ppm\n1.5,170.12\n2.5,60.31\n3.1,14.2\n",
        "# intensity ppm\n1.5 170.12\n2.5 60.31\n3.1 14.2\n",
        "Peak list of sample AB-12\nppm\tintensity\n170.12\t1.5\n60.31\t2.5\n14.2\t3.1\n",
        "Shift\tIntensity\n[ppm]\t[a.u.]\n170.12\t1.5\n60.31\t2.5\n14.2\t3.1\n",
        "X(ppm)\tY\n170.12\t1.5\n60.31\t2.5\n14.2\t3.1\n",
        "x,y\n170.12,1.5\n60.31,2.5\n14.2,3.1\n",
        "C-1 170.12 1.5\nC-2 60.31 2.5\nC-3 14.2 3.1\n",
        "13C NMR (101 MHz, CDCl3)\n170.12 1.5\n60.31 2.5\n14.2 3.1\n",
        "<table><tr><th>ppm</th><th>height</th></tr><tr><td>170.12</td><td>1.5</td></tr>"
        "<tr><td>60.31</td><td>2.5</td></tr><tr><td>14.2</td><td>3.1</td></tr></table>",
    ],
)
def test_forms_of_one_table(read, text: str | bytes) -> None:
    assert listed(read(text)) == CARBONS


MULTIPLETS = [(8.45, 1.0, "d", (3.1,)), (4.3, 3.0, "s", ()), (4.15, 1.0, "dd", (9.8, 3.0))]


@pytest.mark.parametrize(
    "text",
    [
        "\tName\tShift\tRange\tH's\tIntegral\tClass\tJ's\tMethod\n"
        "1\tA (d)\t8.45\t8.47 .. 8.41\t1\t1.02\td\t3.1\tPeaks\n"
        "2\tB (s)\t4.30\t4.33 .. 4.25\t3\t3.05\ts\tPeaks\n"
        "3\tC (dd)\t4.15\t4.23 .. 4.07\t1\t0.97\tdd\t9.8, 3.0\tPeaks\n",
        "| | Name | Shift | Range | H's | Class | J's | Method |\n|---|---|---|---|---|---|---|---|\n"
        "| 1 | M01 (d) | 8.45 | 8.47 .. 8.41 | 1 | d | 3.1 | Sum |\n"
        "| 2 | M02 (s) | 4.30 | 4.33 .. 4.25 | 3 | s | Sum | |\n"
        "| 3 | M03 (dd) | 4.15 | 4.23 .. 4.07 | 1 | dd | 9.8, 3.0 | Sum |\n",
        "No.\tShift1 (ppm)\tH's\tType\tJ (Hz)\tAtom1\tMultiplet1\t (ppm)\n1\t8.45\t1\td\t3.1\t8\tM04\t[8.41 .. 8.47]\n"
        "2\t4.30\t3\ts\t5\tM03\t[4.25 .. 4.33]\n3\t4.15\t1\tdd\t9.8 3.0\t4\tM02\t[4.07 .. 4.23]\n",
        "No.\tShift1 (ppm)\tH's\tType\tJ (Hz)\tMultiplet1\t(ppm)\n1\t8.45\t1\td\t3.1\tM04\t8.41 .. 8.47\n"
        "2\t4.30\t3\ts\t-\tM03\t4.25 .. 4.33\n3\t4.15\t1\tdd\t9.8 3.0\tM02\t4.07 .. 4.23\n",
        "Shift  H's  Mult  J\n8.45   1H   d     3.1\n4.30   3H   s\n4.15   1H   dd    9.8, 3.0\n",
    ],
    ids=["MestReNova", "MestReNova in Markdown", "ACD/Labs without J", "ACD/Labs", "aligned"],
)
def test_tables_of_multiplets(read, text: str) -> None:
    spectrum = read(text, "1H")

    assert [(p.ppm, p.protons, p.multiplicity, p.couplings_hz) for p in spectrum.peaks] == MULTIPLETS


def test_ranges_and_integrals(read) -> None:
    spectrum = read("Range;Integral;Multiplicity\n7.43 - 7.50;2.1;m\n[3.80 .. 3.84];3;s\n", "1H")

    assert [(round(p.ppm, 3), p.protons) for p in spectrum.peaks] == [(7.465, 2.1), (3.82, 3.0)]


def test_of_several_tables_the_multiplets_are_read_for_1h(read) -> None:
    text = (
        "Table of Peaks\nNo.\t(ppm)\t(Hz)\tHeight\n"
        "1\t1.182\t709.20\t0.98\n2\t1.194\t716.40\t1.00\n3\t3.154\t1892.40\t0.1\n\n"
        "Table of Multiplets\nNo.\tShift1 (ppm)\tH's\tType\tJ (Hz)\tAtom1\tMultiplet1\t (ppm)\n"
        "1\t1.188\t3\td\t7.06\t8\tM04\t1.170 .. 1.204\n2\t3.154\t1\tm\t-\t5\tM03\t3.1 .. 3.2\n\n"
        "Table of Assignments\nNo.\tAtom\tExp. Shift (ppm)\tMultiplet\n1\t8\t1.188\tM04\n2\t5\t3.154\tM03\n"
    )
    spectrum = read(text, "1H")

    assert [(p.ppm, p.protons, p.multiplicity) for p in spectrum.peaks] == [(1.188, 3.0, "d"), (3.154, 1.0, "m")]
    assert spectrum.frequency_mhz == pytest.approx(600.0, abs=0.1)
    assert "the table of line 8 was read; those of line 2, 13 were not" in spectrum.warnings


def test_what_the_table_names_as_solvent_is_left_out(read) -> None:
    heading = "\tppm\tIntensity\tWidth\tArea\tType\tFlags\tImpurity/Compound\tAnnotation\n"
    rows = "1\t77.16\t100.3\t1.4\t166.2\tSolvent\tNone\tCDCl3\t\n2\t44.47\t18.6\t1.3\t155.3\tCompound\tNone\t\t\n"
    rows += "3\t12.84\t22.8\t1.5\t233.1\tCompound\tNone\t\t\n4\t1.02\t2.8\t1.5\t33.1\tImpurity\tNone\tgrease\t\n"

    for text in (heading + rows, rows):
        spectrum = read(text)
        assert listed(spectrum) == [(44.47, 18.6), (12.84, 22.8)]
        assert "left out 77.16 (Solvent), 1.02 (Impurity): the table names them so" in spectrum.warnings
    annotated = read("Peak,Position(ppm),Intensity,Annotation\n1,7.26,10,CDCl3\n2,3.71,30,\n3,2.1,3,OH\n", "1H")
    assert listed(annotated) == [(3.71, 30.0), (2.1, 3.0)]


TYPES = [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("text", "hydrogens"),
    [
        ("ppm,intensity,type\n170.1,1,C\n128.5,2,CH\n60.3,1,CH2\n14.2,1,CH3\n", TYPES),
        ("170.1,1,C\n128.5,2,CH\n60.3,1,CH2\n14.2,1,CH3\n", TYPES),
        ("170.1\tCq\n128.5\tCH\n60.3\tCH2\n14.2\tCH3\n", TYPES),
        ("C 170.1\nCH 128.5\nCH2 60.3\nCH3 14.2\n", TYPES),
        ("ppm,multiplicity\n170.1,s\n128.5,d\n60.3,t\n14.2,q\n", TYPES),
        ("170.1 s\n128.5 d\n60.3 t\n14.2 q\n", TYPES),
        ("Shift (ppm)\tInt\tDEPT-135\n170.1\t1\t\n128.5\t1\t+\n60.3\t1\t-\n14.2\t1\t+\n", [(0,), (1, 3), (2,), (1, 3)]),
        ("170.1,1,-\n128.5,2,+\n60.3,1,-\n14.2,1,+\n", [(0, 2), (1, 3), (0, 2), (1, 3)]),
        ("ppm,intensity\n170.1,1\n128.5,-2\n60.3,1\n14.2,-1\n", [(0, 2), (1, 3), (0, 2), (1, 3)]),
        ("ppm,assignment\n170.1,C-1\n128.5,C-4\n60.3,C-2\n14.2,C-3\n", [()] * 4),
    ],
)
def test_a_column_of_carbon_types_is_kept_with_the_signals(read, text: str, hydrogens: list[tuple[int, ...]]) -> None:
    spectrum = read(text)

    assert [peak.ppm for peak in spectrum.peaks] == [170.1, 128.5, 60.3, 14.2]
    assert [peak.hydrogens for peak in spectrum.peaks] == hydrogens


def test_a_table_with_columns_of_both_nuclei_serves_both(read) -> None:
    text = "position;δC;type;δH\n1;170.1;C;\n2;128.5;CH;7.26 (d, J = 8.0 Hz)\n3;60.3;CH2;4.25 (q)\n"

    assert [(p.ppm, p.hydrogens) for p in read(text).peaks] == [(170.1, (0,)), (128.5, (1,)), (60.3, (2,))]
    assert [(p.ppm, p.multiplicity, p.couplings_hz) for p in read(text, "1H").peaks] == [
        (7.26, "d", (8.0,)),
        (4.25, "q", ()),
    ]


def test_a_numbered_list_of_many_peaks_is_no_trace(read) -> None:
    shifts = np.round(np.linspace(170, 12, 24) + np.random.default_rng(5).normal(0, 1.5, 24), 2)

    assert [p.ppm for p in read("".join(f"{i}\t{x}\n" for i, x in enumerate(shifts, 1))).peaks] == shifts.tolist()
    assert len(read("".join(f"{x}\t{1 + i % 3}\n" for i, x in enumerate(shifts))).peaks) == 24


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Peak\tν(F2) [ppm]\tν(F1) [ppm]\tIntensity [abs]\n1\t7.5\t133.4\t100\n2\t6.6\t111.1\t100\n",
            "two-dimensional",
        ),
        ("\tf2 (ppm)\tf1 (ppm)\tIntensity\n1\t7.5\t133.4\t100\n2\t6.6\t111.1\t100\n", "two-dimensional"),
        ("ppm\tppm\n170.1\t169.2\n60.3\t61.1\n", "2 columns of shifts"),
        ("# Integrated Region   Integral\n1 7.30 7.20 1.00\n2 3.80 3.60 3.00\n", "a list of integrals without peaks"),
        ("freq (Hz)\tHeight\n12900.1\t1\n5500.2\t3\n", "line 1: gives frequencies in Hz and no shifts"),
        ("1 7252.2 3064.998 7.66 2.51\nppm\n7.66\n7.62\n", "line 1: numbers before the heading"),
        ("".join(f"{x},{x + 0.7:.1f}\n" for x in (170.1, 128.5, 115.2, 60.3, 21.1, 14.2)), "two columns of shifts"),
    ],
)
def test_other_lists_are_refused_with_the_reason(read, text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_1h_list_with_its_frequencies_is_no_13c_list(read) -> None:
    with pytest.raises(SpectrumError, match="those of 1H at 400"):
        read("ppm\tHz\tIntensity\n7.26\t2904.73\t1\n3.71\t1484.37\t3\n1.30\t520.13\t3\n")


LONG = [(167.3, 0.1), (144.2, 0.26), (129.7, 0.61), (114.3, 0.65), (60.3, 0.9), (55.4, 0.29), (14.4, 0.31)]


def numbered(numbers: range | list[int], form: str = "{n}\t{ppm}\t{y}\n") -> str:
    return "".join(form.format(n=n, ppm=ppm, y=y) for n, (ppm, y) in zip(numbers, LONG, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        numbered(range(7, 0, -1)),
        numbered(range(11, 18)),
        numbered([1, 2, 3, 5, 6, 9, 10]),
        numbered([5, 2, 7, 1, 3, 6, 4]),
        numbered(range(1, 8), "{n}. {ppm} {y}\n"),
        numbered(range(1, 8), ",{n},{ppm},{y}\n"),
        numbered(range(1, 8), "{ppm} ppm\t{y}\n"),
        numbered(range(1, 8), "{y},{ppm} ppm\n"),
        numbered(range(1, 8), "{ppm} ppm {y}\n"),
        numbered(range(1, 8), "{y}\t{ppm}\n"),
        "Peak list of sample 12\n" + numbered(range(1, 8)),
        numbered(range(1, 8)) + "7 peaks\n",
        "Rel. int.   Chem. shift (ppm)\n" + numbered(range(1, 8), "{y}   {ppm}\n"),
        "Position\t?C\tInt.\n" + numbered(range(1, 8)),
        "N°\tDéplacement (ppm)\tIntensité\n" + numbered(range(1, 8)),
        "Peak\t?(F1) [ppm]\tIntensity [rel]\n" + numbered(range(1, 8)),
        "Peak\tv(F1) [ppm]\tIntensity [rel]\n" + numbered(range(1, 8)),
        "Peak\tResonanz [ppm]\tHöhe\n" + numbered(range(1, 8)),
        "# exported by nmr\n#\tShift (ppm)\tInt.\n" + numbered(range(1, 8)),
        "Peak   X   Y\n       [ppm]   [abundance]\n" + numbered(range(1, 8), "{n}   {ppm}   {y}\n"),
        "No.\tppm\tInt.\n1\t167.3\t0.1\n2\t144.2\t0.26\n3\t129.7\t0.61\nNo.\tppm\tInt.\n"
        "4\t114.3\t0.65\n5\t60.3\t0.9\n6\t55.4\t0.29\n7\t14.4\t0.31\n",
        "No.  (Hz)  ppm  Int.\n"
        + "".join(f"{n}  {ppm * 100.6:,.1f}  {ppm}  {y}\n" for n, (ppm, y) in enumerate(LONG, 1)),
    ],
)
def test_numbers_units_and_words_around_the_shifts(read, text: str) -> None:
    assert listed(read(text)) == LONG


def test_shifts_that_stand_second_are_said(read) -> None:
    (warning,) = [w for w in read(numbered(range(1, 8), "{y}\t{ppm}\n")).warnings if "column" in w]

    assert warning == "column 2 was read as the shifts: the one before it cannot hold them"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (numbered([2, 9, 4, 8, 1, 3, 7], "{n}.5\t{ppm}\n"), "column 2 or the one before it may hold the shifts"),
        (
            "Position\tResonance\n" + numbered(range(1, 8), "{n}\t{ppm}\n"),
            "the column 'Position' only numbers the rows",
        ),
        ("1,167.3", "1 may be a shift or number the row"),
        ("Strength  Resonance\n" + numbered(range(1, 8), "{y}  {ppm}\n"), "neither a shift nor the name of a column"),
        ("Predicted (ppm)\n" + numbered(range(1, 8), "{ppm}\n"), "neither a shift nor the name of a column"),
    ],
)
def test_columns_that_cannot_be_told_are_refused(read, text: str, reason: str) -> None:
    with pytest.raises(SpectrumError, match=reason):
        read(text)

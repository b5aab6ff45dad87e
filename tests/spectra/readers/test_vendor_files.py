"""FIDs and JCAMP-DX tables of real instruments and programs, if the folder of vendor files is here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from specmol_core.api.ranking import rank
from specmol_core.options import LibraryOptions
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.instruments import decay
from specmol_core.spectra.readers.instruments.filter_delay import settle_delay
from specmol_core.spectra.spectrum import Nucleus, Spectrum

DATA = Path(__file__).parents[4] / "shared" / "data"
FOLDER = DATA / "vendor_files"
PAIRS = DATA / "raw_spectra"
WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}
ISOMERS = """\
Oc1ccc(/C=C/c2ccc(O)c(O)c2)cc1 4-(3,4-dihydroxystyryl)phenol
Oc1cccc(/C=C/c2cc(O)cc(O)c2)c1 5-(3-hydroxystyryl)resorcinol
Oc1ccc(/C=C/c2cc(O)cc(O)c2)cc1 resveratrol
Oc1ccc(/C=C/c2ccc(O)cc2O)cc1 4-(4-hydroxystyryl)resorcinol
Oc1ccccc1/C=C/c1cc(O)cc(O)c1 5-(2-hydroxystyryl)resorcinol
C=C(c1ccc(O)cc1)c1cc(O)cc(O)c1 5-(1-(4-hydroxyphenyl)vinyl)resorcinol
O=C(Cc1ccc(O)cc1)c1ccc(O)cc1 4,4'-dihydroxydeoxybenzoin
COc1ccc(C(=O)c2ccc(O)cc2)cc1 4-hydroxy-4'-methoxybenzophenone
O=C(O)C(O)(c1ccccc1)c1ccccc1 benzilic acid
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the vendor files (shared/data/vendor_files) are not here"),
]


def read(path: Path, nucleus: Nucleus) -> Spectrum:
    return read_spectrum(path, nucleus, None, WINDOWS[nucleus])


def tops(spectrum: Spectrum, share: float = 0.05) -> np.ndarray:
    """Shifts of the maxima above a share of the tallest (ppm)."""
    trace, grid = spectrum.magnitudes, spectrum.axis.grid()
    at = np.flatnonzero((trace[1:-1] > trace[:-2]) & (trace[1:-1] >= trace[2:])) + 1
    return grid[at[trace[at] > share * trace.max()]]


def has_lines(spectrum: Spectrum, expected: Sequence[float], within: float) -> bool:
    found = tops(spectrum)
    return all(np.abs(found - ppm).min() <= within for ppm in expected)


@pytest.mark.parametrize(
    ("name", "nucleus", "solvent", "lines", "within"),
    [
        # Doublets at their lines: the middle plus and minus half of 8.5 or 16 Hz at 600 MHz.
        ("resveratrol_1h_600_cd3od.jdf", "1H", "CD3OD", (7.32, 6.93, 6.78, 6.74, 6.42, 6.14, 3.31), 0.03),
        # Of rutin in DMSO-d6, the carbons that stand above a twentieth of the solvent.
        ("rutin_13c_400_dmso.jdf", "13C", "DMSO-d6", (39.52,), 0.02),
        ("rutin_1h_400_dmso.jdf", "1H", "DMSO-d6", (12.60, 7.54, 6.84, 6.38, 6.19, 5.34, 4.38, 2.50, 1.00), 0.03),
        ("sample_a_13c_400_cd3od.jdf", "13C", "CD3OD", (49.0,), 0.03),
        ("sample_b_1h_400_cd3od.jdf", "1H", "CD3OD", (4.87, 3.31), 0.035),
        ("sample_c_13c_400_278k.jdf", "13C", "CD3OD", (49.0,), 0.03),
    ],
)
def test_jeol_fids(name: str, nucleus: Nucleus, solvent: str, lines, within: float) -> None:
    spectrum = read(FOLDER / "jeol" / name, nucleus)
    found = Analysis(spectrum).recognition

    assert has_lines(spectrum, lines, within)
    assert (found.solvent, found.has_solvent_lines) == (solvent, True)
    assert not any("phase" in note or "delay" in note or "mirrored" in note for note in spectrum.warnings)
    assert spectrum.intensities.min() > -0.1


def test_the_solvent_stands_at_one_place_in_all_jeol_files_of_a_solvent() -> None:
    """The lock places the axis: the same error in each file of one spectrometer and solvent."""
    moves = {}
    for path in sorted((FOLDER / "jeol").glob("sample_*_13c_*.jdf")):
        moves[path.name] = float(read(path, "13C").referencing.split("moved by ")[1].split(" ppm")[0])

    assert len(moves) == 2
    assert np.ptp(list(moves.values())) < 0.1


def test_resveratrol_is_far_before_its_isomers(tmp_path: Path) -> None:
    library = tmp_path / "isomers.smi"
    library.write_text(ISOMERS)

    result = rank(
        FOLDER / "jeol" / "resveratrol_1h_600_cd3od.jdf", None, library, libraries=LibraryOptions(use_cache=False)
    )

    # Whether the verdict is *identified* depends on the probability that the library lacks the compound.
    # `specmol evaluate readers` reports it.
    assert result.verdict.name in ("identified", "probable")
    assert result.candidates[0].name == "resveratrol"
    first, second = (candidate.probability or 0.0 for candidate in result.candidates[:2])
    assert first > 50 * second


@pytest.mark.parametrize(
    ("name", "nucleus", "lines"),
    [
        ("mestrec.jdx", "1H", (7.11, 2.50, 1.27, 0.0)),
        ("jcamp-difdup.jdx", "1H", (3.86, 3.67)),
        ("13c.jcamp", "13C", (49.0,)),
        ("trunc_toward_zero.jdx", "1H", (7.28, 6.84, 3.78, 2.30, 0.0)),
    ],
)
def test_mestrenova_tables(name: str, nucleus: Nucleus, lines) -> None:
    assert has_lines(read(FOLDER / "mnova_jcamp" / name, nucleus), lines, 0.02)


def test_the_peak_table_of_mestrenova_agrees_with_the_spectrum_beside_it() -> None:
    trace = read(Path(f"{FOLDER}/mnova_jcamp/mestrec.jdx::4"), "1H")
    table = read(Path(f"{FOLDER}/mnova_jcamp/mestrec.jdx::5"), "1H")

    found = tops(trace, 0.0005)
    tall = [peak.ppm for peak in table.peaks if peak.height > 0.002 * trace.intensities.max()]
    assert (len(table.peaks), len(tall) > 20) == (81, True)
    assert max(np.abs(found - ppm).min() for ppm in tall) < 0.015  # broad lines of NH


def test_one_spectrum_in_several_conventions_of_abscissas() -> None:
    spectra = [
        read(FOLDER / "mnova_jcamp" / f"{name}.jdx", "1H")
        for name in ("floor", "round", "trunc_toward_zero", "npoints_plus_one")
    ]
    for other in spectra[1:]:
        assert other.axis == spectra[0].axis
        np.testing.assert_array_equal(other.intensities, spectra[0].intensities)
    assert [len(spectrum.warnings) for spectrum in spectra] == [0, 0, 0, 1]


@pytest.mark.parametrize("name", ["bruker_sense", "reverse_yes", "reverse_no_ref", "reverse_no_swh", "noreverse_conj"])
def test_ethyl_crotonate_whatever_the_sense_of_its_fid(name: str) -> None:
    spectrum = read(FOLDER / "jcamp_fid" / f"{name}.dx", "1H")

    # The middles of the multiplets at 60 MHz.
    for ppm in (6.97, 5.84, 4.18, 1.87, 1.28):
        near = np.abs(tops(spectrum, 0.1) - ppm)
        assert near.min() < 0.12, ppm
    assert not has_lines(spectrum, (8.7,), 0.2)  # 1.28 ppm mirrored about 5 ppm
    assert bool(spectrum.warnings) == (name == "noreverse_conj")


@pytest.mark.parametrize("points", [8192, 16384])
def test_an_even_grid_of_pairs_is_a_spectrum(points: int) -> None:
    spectrum = read(FOLDER / "jcamp_tables" / f"spectrum_{points}.jdx", "1H")

    assert (spectrum.peaks, spectrum.axis.points) == ((), points)
    assert has_lines(spectrum, (7.28, 6.84, 3.78, 2.30), 0.02)


def bruker_folders() -> list[tuple[str, Nucleus]]:
    manifest = PAIRS / "manifest.json"
    entries = json.loads(manifest.read_text()) if manifest.is_file() else []
    keys: tuple[tuple[str, Nucleus], ...] = (("h1", "1H"), ("c13", "13C"))
    found = [(pair[key]["path"], nucleus) for pair in entries for key, nucleus in keys]
    return [
        (path, nucleus)
        for path, nucleus in found
        if all((PAIRS / path / name).is_file() for name in ("fid", "acqus", "pdata/1/1r"))
    ]


@pytest.mark.parametrize(("path", "nucleus"), bruker_folders())
def test_the_fid_has_the_lines_of_the_spectrum_that_was_processed_from_it(path: str, nucleus: Nucleus) -> None:
    folder = PAIRS / path
    processed = read(folder, nucleus)
    from_fid = read(Path(f"{folder}::fid"), nucleus)

    within = {"1H": 0.02, "13C": 0.15}[nucleus]
    strong = tops(processed, 0.3)
    assert has_lines(from_fid, strong[:: max(1, len(strong) // 40)], within)


@pytest.mark.parametrize(("path", "nucleus"), bruker_folders())
def test_the_delay_is_seen_in_the_fid(path: str, nucleus: Nucleus, monkeypatch) -> None:
    settled = []
    monkeypatch.setattr(decay, "settle_delay", lambda fid, stated: settled.append((fid, stated)) or (stated, ()))
    read(Path(f"{PAIRS / path}::fid"), nucleus)

    fid, stated = settled[0]
    assert settle_delay(fid, None)[0] == pytest.approx(stated, abs=1.0)


@pytest.mark.parametrize(("path", "nucleus"), bruker_folders())
@pytest.mark.parametrize("clockwise", [False, True])
def test_a_real_fid_written_as_jcamp_dx(tmp_path: Path, path: str, nucleus: Nucleus, clockwise: bool) -> None:
    """The points of a Bruker FID in the form of TopSpin, or conjugated with $REVERSE as benchtop makers write them."""
    folder = PAIRS / path
    values = {
        line[3:].split("=")[0]: line.split("=", 1)[1].strip()
        for line in (folder / "acqus").read_text(errors="replace").splitlines()
        if line.startswith("##$")
    }
    order = ">" if values["BYTORDA"] == "1" else "<"
    kind = {"0": "i4", "1": "f4", "2": "f8"}[values.get("DTYPA", "0")]
    numbers = np.fromfile(folder / "fid", order + kind)[: int(values["TD"])].astype(np.float64)
    numbers = np.rint(numbers / max(np.abs(numbers).max(), 1.0) * 2e9)
    parts = (numbers[::2], numbers[1::2] * (-1 if clockwise else 1))
    count = len(parts[0])
    labels = ("BF1", "SFO1", "SW_h", "GRPDLY", "DSPFVS", "DECIM", "DIGMOD", "PULPROG")
    head = "".join(f"##${label}= {values[label]}\n" for label in labels if label in values)
    origin = "Benchtop\n##$REVERSE= yes" if clockwise else "Bruker BioSpin GmbH"
    text = (
        f"##TITLE= x\n##JCAMP-DX= 6.0\n##DATA TYPE= NMR FID\n##ORIGIN= {origin}\n##.OBSERVE NUCLEUS= ^{nucleus}\n"
        f"##.OBSERVE FREQUENCY= {values['SFO1']}\n##.SOLVENT NAME= {values['SOLVENT'].strip('<>')}\n{head}"
        "##NTUPLES= NMR FID\n##VAR_NAME= TIME, FID/REAL, FID/IMAG\n##SYMBOL= X, R, I\n"
        f"##VAR_DIM= {count}, {count}, {count}\n##UNITS= SECONDS, , \n##FACTOR= 1, 1, 1\n"
        f"##FIRST= 0, 0, 0\n##LAST= {(count - 1) / float(values['SW_h'])}, 0, 0\n"
    )
    for symbol, part in zip("RI", parts, strict=True):
        lines = (f"{k} " + " ".join(f"{v:.0f}" for v in part[k : k + 16]) for k in range(0, count, 16))
        text += f"##PAGE= N\n##DATA TABLE= (X++({symbol}..{symbol})), XYDATA\n" + "\n".join(lines) + "\n"
    file = tmp_path / "fid.dx"
    file.write_text(text + "##END NTUPLES= NMR FID\n##END=\n")

    of_folder, of_file = read(Path(f"{folder}::fid"), nucleus), read(file, nucleus)

    shift = of_file.axis.high - of_folder.axis.high  # the folder may state the frequency of 0 ppm, the file does not
    found = tops(of_file, 0.3) - shift
    assert all(np.abs(found - ppm).min() < {"1H": 0.01, "13C": 0.1}[nucleus] for ppm in tops(of_folder, 0.3))
    assert abs(shift) < {"1H": 0.2, "13C": 3.0}[nucleus]


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        (FOLDER / "jeol" / "sample_b_1h_400_cd3od.jdf", 6.373),
        (FOLDER / "jeol" / "rutin_1h_400_dmso.jdf", 59.272),
        (PAIRS / "cheminfo_nmr-dataset1" / "485-35-8" / "h1.dx", 5.056),
        (PAIRS / "simpleNMR" / "Problem90" / "h1", 3.048),
    ],
)
def test_time_between_scans(path: Path, seconds: float) -> None:
    if not path.exists():
        pytest.skip(f"{path} is not here")
    assert read(path, "1H").repetition_s == pytest.approx(seconds, abs=0.001)

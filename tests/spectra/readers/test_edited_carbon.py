"""One APT spectrum in the files of several programs: each reading gives the same lines with the same signs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from specmol_core.spectra.analysis.picking import pick_peaks
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Spectrum

# Ethyl 4-methoxycinnamate: C and CH2 up, CH and CH3 down; weaker than the solvent.
LINES = (
    (167.3, 0.07), (161.3, 0.06), (144.2, -0.15), (129.7, -0.3), (127.2, 0.08), (115.8, -0.15), (114.3, -0.3),
    (77.48, 1.0), (77.16, 1.0), (76.84, 1.0), (60.3, 0.15), (55.4, -0.2), (14.4, -0.18),
)  # fmt: skip
POINTS, HIGH, LOW, MHZ = 16384, 200.0, -10.0, 100.0


@pytest.fixture(scope="module")
def ppm() -> np.ndarray:
    step = (HIGH - LOW) / POINTS
    return HIGH - (np.arange(POINTS) + 0.5) * step


@pytest.fixture(scope="module")
def trace(ppm: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(5).normal(scale=0.002, size=POINTS)
    return noise + sum(height / (1 + ((ppm - shift) / 0.02) ** 2) for shift, height in LINES)


Writer = Callable[[Path, np.ndarray, np.ndarray, type], Path]


def bruker(folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Path:
    decay = spectrometers.Decay("13C", points=256)
    spectrometers.bruker(folder / "10", decay, processed=False, pulse_program="jmod")
    width = (HIGH - LOW) * MHZ
    spectrometers.spectrum(folder / "10/pdata/1", decay, POINTS, 0.0, OFFSET=HIGH, SW_p=width)
    (folder / "10/pdata/1/1r").write_bytes(np.rint(trace * 1e7).astype("<i4").tobytes())
    return folder / "10"


def table(folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Path:
    path = folder / "apt.csv"
    path.write_text("ppm,intensity\n" + "".join(f"{x:.5f},{y:.6f}\n" for x, y in zip(ppm, trace, strict=True)))
    return path


def jcamp(folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Path:
    numbers = np.rint(trace * 1e6).astype(int)
    rows = "\n".join(f"{ppm[at]:.6f} " + " ".join(map(str, numbers[at : at + 8])) for at in range(0, POINTS, 8))
    path = folder / "apt.jdx"
    path.write_text(
        "##TITLE=apt\n##JCAMP-DX=5.01\n##DATA TYPE=NMR SPECTRUM\n##.OBSERVE FREQUENCY=100.0\n##.OBSERVE NUCLEUS=^13C\n"
        f"##XUNITS=PPM\n##YUNITS=ARBITRARY UNITS\n##XFACTOR=1.0\n##YFACTOR=1.0\n##FIRSTX={ppm[0]:.6f}\n"
        f"##LASTX={ppm[-1]:.6f}\n##NPOINTS={POINTS}\n##XYDATA=(X++(Y..Y))\n{rows}\n##END=\n"
    )
    return path


def nmrml(folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Path:
    packed = base64.b64encode(trace.astype("<f8").tobytes()).decode()
    path = folder / "apt.nmrML"
    path.write_text(
        '<nmrML xmlns="http://nmrml.org/schema"><acquisition><acquisition1D><acquisitionParameterSet>'
        '<acquisitionNucleus name="carbon-13 atom"/><irradiationFrequency value="100.0" unitName="megaHertz"/>'
        "</acquisitionParameterSet></acquisition1D></acquisition>"
        f'<spectrumList><spectrum1D numberOfDataPoints="{POINTS}">'
        f'<spectrumDataArray compressed="false" byteFormat="float64">{packed}</spectrumDataArray>'
        f'<xAxis unitName="parts per million" startValue="{ppm[0]}" endValue="{ppm[-1]}"/>'
        "</spectrum1D></spectrumList></nmrML>"
    )
    return path


def magritek(folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Path:
    path = spectrometers.magritek(folder / "apt", spectrometers.Decay("13C", points=256))
    (path / "spectrum_processed.1d").write_bytes(spectrometers.one_d(ppm[::-1], trace[::-1] + 0j))
    (path / "acqu.par").write_text((path / "acqu.par").read_text().replace("1D PROTON", "APT"))
    return path


def read(write: Writer, folder: Path, ppm: np.ndarray, trace: np.ndarray, spectrometers: type) -> Spectrum:
    return read_spectrum(write(folder, ppm, trace, spectrometers), "13C", None, Geometry.c13_window)


@pytest.mark.parametrize("write", [bruker, table, jcamp, nmrml, magritek])
def test_each_format_keeps_the_downward_lines(spectrometers, tmp_path, ppm, trace, write: Writer) -> None:
    spectrum = read(write, tmp_path, ppm, trace, spectrometers)

    found = {round(peak.ppm, 1): peak.height for peak in pick_peaks(spectrum)}
    strongest = max(abs(height) for height in found.values())
    assert spectrum.signed
    for shift, height in LINES:
        nearest = min(found, key=lambda at: abs(at - shift))
        assert abs(nearest - shift) < 0.06
        assert found[nearest] / strongest == pytest.approx(height, abs=0.05)


@pytest.mark.slow
def test_all_formats_give_the_same_picture(spectrometers, tmp_path, ppm, trace) -> None:
    spectra = []
    for write in (bruker, table, jcamp, nmrml, magritek):
        folder = tmp_path / write.__name__
        folder.mkdir()
        spectra.append(read(write, folder, ppm, trace, spectrometers))

    first = spectra[0].magnitudes / spectra[0].magnitudes.max()
    for other in spectra[1:]:
        assert other.axis.high == pytest.approx(spectra[0].axis.high, abs=2 * spectra[0].axis.step)
        assert other.magnitudes / other.magnitudes.max() == pytest.approx(first, abs=0.01)

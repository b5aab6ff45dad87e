"""Write files of a spectrometer for benchmarks: simulated free induction decays, and their spectra.

A seed determines the shifts of the compound's multiplets and carbons. Solvent, water,
tetramethylsilane and noise are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["FORMATS", "spectrometer_pair"]

FORMATS = ("JCAMP-DX", "Bruker, processed", "Bruker, FID")

_COUPLINGS = ((), (), (7.2,), (7.1, 7.1), (7.1, 7.1, 7.1), (8.2, 1.6), (8.0, 8.0, 1.4), (15.9, 6.9, 6.9), (6.8,) * 6)
"""Coupling constants of the multiplets (Hz)."""
_NOISE = 0.002
"""Noise of one point of the decay, relative to one proton."""
_ORDINATES_PER_LINE = 30
"""Ordinates of one line of a JCAMP-DX table."""


@dataclass(frozen=True)
class _Instrument:
    mhz: float
    middle_ppm: float
    width_hz: float


_INSTRUMENTS: Mapping[Nucleus, _Instrument] = {
    "1H": _Instrument(400.0, 5.0, 6400.0),
    "13C": _Instrument(100.0, 100.0, 24_000.0),
}


def spectrometer_pair(folder: Path, file_format: str, points: int, number: int) -> tuple[Path, Path]:
    """Write a 1H and a 13C spectrum of this many points unless they exist; return their paths.

    Each number is a different compound.
    """
    h1, c13 = (_write_spectrum(folder, file_format, points, number, nucleus) for nucleus in NUCLEI)
    return h1, c13


def _write_spectrum(folder: Path, file_format: str, points: int, number: int, nucleus: Nucleus) -> Path:
    path = folder / f"{file_format.replace(', ', '-').lower()}-{points}-{number}-{nucleus}"
    if path.exists():
        return path
    decay = _decay(nucleus, points // 2, number)
    if file_format == "JCAMP-DX":
        path.write_text(_jcamp(nucleus, _spectrum(decay)))
    else:
        _write_bruker(path, nucleus, decay, processed=file_format == "Bruker, processed")
    return path


def _decay(nucleus: Nucleus, points: int, number: int) -> NDArray[np.complex128]:
    """Decay (points,) whose lines need no phase correction."""
    instrument, generator = _INSTRUMENTS[nucleus], np.random.default_rng((number, NUCLEI.index(nucleus)))
    time = np.arange(points) / instrument.width_hz
    decay = np.zeros(points, np.complex128)
    for ppm, area, width_hz in _lines(nucleus, instrument.mhz, generator):
        hertz = (ppm - instrument.middle_ppm) * instrument.mhz
        decay += area * np.exp((2j * np.pi * hertz - np.pi * width_hz) * time)
    decay[0] /= 2
    return decay + _NOISE * (generator.normal(size=points) + 1j * generator.normal(size=points))


def _lines(nucleus: Nucleus, mhz: float, generator: np.random.Generator) -> list[tuple[float, float, float]]:
    """Shift (ppm), area and width (Hz) of each line."""
    count = int(generator.integers(9, 14))
    if nucleus == "13C":
        carbons = [(ppm, generator.uniform(0.3, 1.0), 1.2) for ppm in generator.uniform(12.0, 175.0, count)]
        return [*carbons, *((77.16 + k * 32.0 / mhz, 1.5, 1.0) for k in (-1, 0, 1)), (0.0, 0.4, 0.8)]
    lines = [(7.26, 0.4, 0.8), (1.56, 0.5, 3.0), (0.0, 0.5, 0.6)]
    for ppm in generator.uniform(0.8, 8.2, count):
        at, protons = np.zeros(1), int(generator.integers(1, 4))
        for coupling in _COUPLINGS[generator.integers(len(_COUPLINGS))]:
            at = (at[:, None] + np.array([-0.5, 0.5]) * coupling).ravel()
        lines += [(ppm + hertz / mhz, protons / len(at), 1.0) for hertz in at]
    return lines


def _spectrum(decay: NDArray[np.complex128]) -> NDArray[np.int64]:
    """Spectrum of twice as many points, from high to low shift."""
    broadened = decay * np.exp(-np.linspace(0.0, 2.5, len(decay)))
    real = np.fft.fftshift(np.fft.fft(broadened, 2 * len(decay)))[::-1].real
    return np.rint(real / np.abs(real).max() * 1e8).astype(np.int64)


def _write_bruker(folder: Path, nucleus: Nucleus, decay: NDArray[np.complex128], *, processed: bool) -> None:
    instrument = _INSTRUMENTS[nucleus]
    numbers = np.rint(np.stack([decay.real, decay.imag], axis=1).ravel() * 1e6).astype("<i4")
    (folder / "pdata" / "1").mkdir(parents=True)
    (folder / "fid").write_bytes(numbers.tobytes())
    common = {"AQ_mod": 3, "BF1": instrument.mhz, "BYTORDA": 0, "DTYPA": 0, "GRPDLY": 0.0, "DIGMOD": 0}
    observed = repr(instrument.mhz * (1 + instrument.middle_ppm * 1e-6))
    parameters = {"NUC1": f"<{nucleus}>", "SFO1": observed, "SW_h": instrument.width_hz, "TD": len(numbers)}
    (folder / "acqus").write_text(_parameters({**common, **parameters, "PULPROG": "<zg30>", "SOLVENT": "<CDCl3>"}))
    if processed:
        trace = _spectrum(decay)
        high = _first_shift(instrument, len(trace))
        values = {"BYTORDP": 0, "DTYPP": 0, "NC_proc": 0, "OFFSET": repr(high), "SF": repr(instrument.mhz + 1e-6)}
        (folder / "pdata" / "1" / "1r").write_bytes(trace.astype("<i4").tobytes())
        (folder / "pdata" / "1" / "procs").write_text(
            _parameters({**values, "SI": len(trace), "SW_p": instrument.width_hz, "AXNUC": f"<{nucleus}>"})
        )


def _first_shift(instrument: _Instrument, points: int) -> float:
    """Shift of the first point of a spectrum (ppm)."""
    return instrument.middle_ppm + (0.5 - 1 / points) * instrument.width_hz / instrument.mhz


def _parameters(values: Mapping[str, object]) -> str:
    return "".join(["##TITLE= Parameters\n", *(f"##${name}= {value}\n" for name, value in values.items()), "##END=\n"])


def _jcamp(nucleus: Nucleus, trace: NDArray[np.int64]) -> str:
    """Content of a JCAMP-DX file whose table has differences (DIF), as spectrometers export it."""
    instrument, count = _INSTRUMENTS[nucleus], len(trace)
    span = instrument.width_hz / instrument.mhz * (count - 1) / count
    high = _first_shift(instrument, count)
    head = {
        "TITLE": "benchmark",
        "JCAMP-DX": "5.01",
        "DATA TYPE": "NMR SPECTRUM",
        ".OBSERVE FREQUENCY": instrument.mhz,
        ".OBSERVE NUCLEUS": f"^{nucleus}",
        ".SOLVENT NAME": "CDCl3",
        "XUNITS": "PPM",
        "YUNITS": "ARBITRARY UNITS",
        "FIRSTX": repr(high),
        "LASTX": repr(high - span),
        "XFACTOR": repr(span / (count - 1)),
        "YFACTOR": 1,
        "NPOINTS": count,
        "XYDATA": "(X++(Y..Y))",
    }
    origin = round(high / (span / (count - 1)))
    values = trace.tolist()
    lines = [f"##{label}= {value}" for label, value in head.items()]
    for start in range(0, count - 1, _ORDINATES_PER_LINE):
        part = values[start : start + _ORDINATES_PER_LINE + 1]  # the last value is the check value of the next line
        differences = (_pseudo_digits(b - a, "%JKLMNOPQR", "jklmnopqr") for a, b in pairwise(part))
        lines.append(f"{origin - start}{_pseudo_digits(part[0], '@ABCDEFGHI', 'abcdefghi')}{''.join(differences)}")
    lines += [f"{origin - count + 1}{_pseudo_digits(values[-1], '@ABCDEFGHI', 'abcdefghi')}", "##END="]
    return "\n".join(lines) + "\n"


def _pseudo_digits(value: int, positive: str, negative: str) -> str:
    """A number with its sign and first digit as one letter."""
    digits = str(abs(value))
    return (positive[int(digits[0])] if value >= 0 else negative[int(digits[0]) - 1]) + digits[1:]

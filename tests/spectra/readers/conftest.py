"""Free induction decays with known lines, and spectrometer files that hold them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

Lines = Sequence[tuple[float, float]]
"""Shift (ppm) and area of each line."""


class Decay:
    """A FID of given lines and what a spectrometer notes about it."""

    frequency: ClassVar = {"1H": 400.0, "13C": 100.0}
    carrier: ClassVar = {"1H": 5.0, "13C": 100.0}
    width: ClassVar = {"1H": 6000.0, "13C": 24000.0}
    h1: Lines = ((7.26, 1.0), (3.70, 3.0), (1.25, 2.0))
    c13: Lines = ((170.0, 0.6), (128.5, 1.0), (77.48, 0.5), (77.16, 0.5), (76.84, 0.5), (60.0, 1.0), (14.2, 1.0))

    def __init__(
        self,
        nucleus: str,
        lines: Lines | None = None,
        *,
        points: int = 4096,
        delay: float = 0.0,
        noise: float = 0.002,
        phase: tuple[float, float] = (0.9, 0.0),
    ) -> None:
        self.nucleus = nucleus
        self.lines = lines if lines is not None else (self.h1 if nucleus == "1H" else self.c13)
        self.mhz, self.middle, self.sw = (table[nucleus] for table in (self.frequency, self.carrier, self.width))
        self.delay = delay
        time = np.arange(points) / self.sw
        fid = np.zeros(points, dtype=complex)
        for ppm, area in self.lines:
            hertz = (ppm - self.middle) * self.mhz
            angle = phase[0] + phase[1] * hertz / self.sw
            fid += area * np.exp(2j * np.pi * hertz * time - time / 0.15 + 1j * angle)
        fid[0] /= 2
        if delay:
            # A filter that delays by a fraction of a point does so to each frequency alike.
            frequency = np.fft.fftfreq(2 * points)
            fid = np.fft.ifft(np.fft.fft(fid, 2 * points) * np.exp(-2j * np.pi * delay * frequency))[:points]
        rng = np.random.default_rng(3)
        self.fid: NDArray[np.complex128] = fid + noise * (rng.normal(size=points) + 1j * rng.normal(size=points))


def bruker(folder: Path, decay: Decay, *, processed: bool = True, pulse_program: str = "zg30", **more: object) -> Path:
    """Write ``acqus`` and ``fid`` and, with lines of 1 Hz width, ``pdata/1``."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = np.rint(np.stack([decay.fid.real, decay.fid.imag], axis=1).ravel() * 1e6).astype("<i4")
    (folder / "fid").write_bytes(numbers.tobytes())
    observed = decay.mhz * (1 + decay.middle * 1e-6)
    acqus: dict[str, object] = {
        "AQ_mod": 3, "BF1": decay.mhz, "BYTORDA": 0, "DECIM": 16, "DIGMOD": 1, "DSPFVS": 20, "DTYPA": 0,
        "GRPDLY": decay.delay, "NUC1": f"<{decay.nucleus}>", "PARMODE": 0, "PULPROG": f"<{pulse_program}>",
        "SFO1": repr(observed), "SOLVENT": "<CDCl3>", "SW_h": decay.sw, "TD": len(numbers), **more,
    }  # fmt: skip
    (folder / "acqus").write_text(parameter_file(acqus))
    if processed:
        spectrum(folder / "pdata" / "1", decay)
    return folder


def spectrum(folder: Path, decay: Decay, points: int = 16384, shift_hz: float = 40.0, **more: object) -> Path:
    """Write ``1r`` and ``procs`` of the lines of a decay; SF is off BF1 by ``shift_hz``."""
    folder.mkdir(parents=True, exist_ok=True)
    mhz = decay.mhz + shift_hz * 1e-6
    high = decay.middle + decay.sw / mhz / 2
    ppm = high - np.arange(points) * decay.sw / mhz / points
    trace = sum(area / (1 + ((ppm - shift) * mhz / 0.8) ** 2) for shift, area in decay.lines)
    (folder / "1r").write_bytes(np.rint(trace * 1e7).astype("<i4").tobytes())
    procs: dict[str, object] = {
        "BYTORDP": 0, "DTYPP": 0, "NC_proc": -2, "OFFSET": repr(high), "SF": repr(mhz), "SI": points,
        "SW_p": decay.sw, "AXNUC": f"<{decay.nucleus}>", **more,
    }  # fmt: skip
    (folder / "procs").write_text(parameter_file(procs))
    return folder


def parameter_file(values: Mapping[str, object]) -> str:
    lines = ["##TITLE= Parameter file, TopSpin 4.1", "##JCAMPDX= 5.0", "$$ 2024-01-01 12:00:00"]
    lines += [f"##${name}= {value}" for name, value in values.items()]
    lines += ["##$D= (0..3)", "0 1 2 3", "##END="]
    return "\n".join(lines) + "\n"


def varian(folder: Path, decay: Decay, *, traces: int = 1, sequence: str = "s2pul", **more: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    fid = decay.fid.conj()
    numbers = np.stack([fid.real, fid.imag], axis=1).ravel().astype(">f4").tobytes()
    header = struct.pack(">6l2hl", traces, 1, 2 * len(fid), 4, len(numbers), len(numbers) + 28, 0, 0x49, 1)
    block = struct.pack(">4hl4f", 0, 0x49, 1, 0, 8, 0.0, 0.0, 0.0, 0.0)
    (folder / "fid").write_bytes(header + traces * (block + numbers))
    right = decay.middle - decay.sw / decay.mhz / 2
    values: dict[str, object] = {
        "sw": decay.sw, "sfrq": decay.mhz, "reffrq": decay.mhz, "rfl": -right * decay.mhz, "rfp": 0.0, "ni": 0,
        "tn": {"1H": "H1", "13C": "C13"}[decay.nucleus], "solvent": "cdcl3", "seqfil": sequence, **more,
    }  # fmt: skip
    (folder / "procpar").write_text("".join(procpar_record(name, value) for name, value in values.items()))
    return folder


def procpar_record(name: str, value: object) -> str:
    kind = "2 2" if isinstance(value, str) else "1 1"
    written = f'"{value}"' if isinstance(value, str) else repr(value)
    return f"{name} {kind} 9e+18 -9e+18 0 2 1 0 1 64\n1 {written}\n0\n"


def magritek(folder: Path, decay: Decay, *, processed: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    low = (decay.middle - decay.sw / decay.mhz / 2) * decay.mhz
    (folder / "acqu.par").write_text(
        f'Solvent = "CDCl3"\nb1Freq = {decay.mhz}\nbandwidth = {decay.sw / 1000}\nlowestFrequency = {low}\n'
        f'rxChannel = "{decay.nucleus}"\nexpName = "1D PROTON"\nnrPnts = {len(decay.fid)}\n'
    )
    fid = decay.fid.conj()
    (folder / "data.1d").write_bytes(one_d(np.arange(len(fid)) / decay.sw * 1000, fid))
    if processed:
        ppm = (low + (np.arange(8192) + 0.5) * decay.sw / 8192) / decay.mhz
        trace = sum(area / (1 + ((ppm - shift) * decay.mhz / 1.0) ** 2) for shift, area in decay.lines)
        (folder / "spectrum_processed.1d").write_bytes(one_d(ppm, trace + 0j))
    return folder


def one_d(scale: NDArray[np.float64], values: NDArray[np.complex128]) -> bytes:
    pairs = np.stack([values.real, values.imag], axis=1).ravel()
    return (
        struct.pack("<8I", 0x50524F53, 0x44415441, 0x56312E31, 504, len(scale), 1, 1, 1)
        + np.concatenate([scale, pairs]).astype("<f4").tobytes()
    )


def jdf(
    decay: Decay,
    *,
    dimensions: int = 1,
    little: bool = True,
    spectrum: bool = False,
    unit_bytes: tuple[int, int] | None = None,
    axis_scale: float = 1.0,
    **more: object,
) -> bytes:
    """A JEOL file of the decay, or of its spectrum; padded with zeros to a power of two.

    As an ECZ spectrometer writes it, the second section of a FID is minus the imaginary part, and
    the lists of the digital filter stand in columns of three characters.
    """
    order = "<" if little else ">"
    if spectrum:
        ppm = decay.middle + (0.5 - (np.arange(8192) + 0.5) / 8192) * decay.sw / decay.mhz
        data = sum(area / (1 + ((ppm - shift) * decay.mhz / 1.0) ** 2) for shift, area in decay.lines) + 0j
        unit, start, stop = 26, ppm[0], ppm[-1]
    else:
        data, unit, start, stop = decay.fid.conj(), 28, 0.0, (len(decay.fid) - 1) / decay.sw
    kept, size = len(data), 2 ** int(np.ceil(np.log2(len(data))))
    sections = np.zeros((2, size), dtype=order + "f8")
    sections[:, :kept] = data.real, data.imag
    parameters: dict[str, object] = {
        "x_domain": {"1H": "Proton", "13C": "Carbon13"}[decay.nucleus], "x_freq": decay.mhz * 1e6, "x_sweep": decay.sw,
        "x_offset": decay.middle, "solvent": "CHLOROFORM-D", "experiment": "proton.jxp",
    }  # fmt: skip
    if decay.delay:
        parameters |= {"digital_filter": "TRUE", "orders": "2 54 73", "factors": "8  2", "filter_factor": 16.0}
    parameters |= more
    records = b"".join(jdf_record(order, name, value) for name, value in parameters.items())
    header = bytearray(1360)
    header[:8] = b"JEOL.NMR"
    header[8] = little
    header[14] = 1  # 64-bit numbers, one dimension
    header[24 : 24 + dimensions] = [3] * dimensions
    header[32:34] = bytes(unit_bytes or (1, unit))
    struct.pack_into(">I", header, 176, size)
    struct.pack_into(">I", header, 240, kept - 1)
    struct.pack_into(">d", header, 272, start * axis_scale)
    struct.pack_into(">d", header, 336, stop * axis_scale)
    struct.pack_into(">I", header, 1212, 1360)
    struct.pack_into(">I", header, 1284, 1376 + len(records))
    count = struct.pack(order + "4I", 64, 0, len(parameters) - 1, len(records))
    return bytes(header) + count + records + sections.tobytes()


def jdf_record(order: str, name: str, value: object) -> bytes:
    """A parameter: a text, a number, or a number with the two bytes of its unit."""
    value, unit = value if isinstance(value, tuple) else (value, (1, 0))
    if isinstance(value, str):
        written, kind = value.encode().ljust(16, b"\0"), 0
    else:
        written, kind = struct.pack(order + "d8x", value), 2
    return (
        bytes(4)
        + struct.pack(order + "h2B8x", 0, *unit)
        + written
        + struct.pack(order + "i", kind)
        + name.encode().ljust(28)
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Spectrometers:
    """What the tests call: the writers above by their names."""

    Decay = Decay
    bruker = staticmethod(bruker)
    spectrum = staticmethod(spectrum)
    varian = staticmethod(varian)
    magritek = staticmethod(magritek)
    one_d = staticmethod(one_d)
    jdf = staticmethod(jdf)
    zipped = staticmethod(zipped)
    files_of = staticmethod(files_of)


@pytest.fixture(scope="session")
def spectrometers() -> type[Spectrometers]:
    return Spectrometers


@pytest.fixture(scope="session")
def lines_of() -> Callable[..., list[float]]:
    """Shifts of the local maxima of a spectrum above a share of its strongest (ppm), high to low."""

    def find(spectrum, share: float = 0.1) -> list[float]:
        trace, grid = spectrum.magnitudes, spectrum.axis.grid()
        tops = np.flatnonzero((trace[1:-1] > trace[:-2]) & (trace[1:-1] >= trace[2:])) + 1
        return [float(grid[top]) for top in tops if trace[top] > share * trace.max()]

    return find

"""Files that hold a series of spectra, as spectrometers and programs write them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.spectrum import Spectrum

__all__ = [
    "decay_of",
    "parameter_file",
    "write_jcamp_pages",
    "write_jdf_array",
    "write_link_blocks",
    "write_magritek",
    "write_magritek_array",
    "write_matrix",
    "write_ser",
    "write_varian_array",
]


def parameter_file(values: Mapping[str, object]) -> str:
    """A file of Bruker's parameters."""
    lines = ["##TITLE= Parameter file, TopSpin 4.1", "##JCAMPDX= 5.0"]
    return "\n".join([*lines, *(f"##${name}= {value}" for name, value in values.items()), "##END="]) + "\n"


def decay_of(spectrum: Spectrum, points: int = 4096) -> NDArray[np.complex128]:
    """The FID (points,) of a spectrum; a positive frequency is a shift above the middle of its axis."""
    trace = spectrum.intensities.astype(np.float64)
    decay = np.fft.ifft(np.fft.ifftshift(np.roll(trace[::-1], 1)))[:points]
    decay[0] /= 2
    return decay * 1e3 / np.abs(decay).max()


def acquisition(spectrum: Spectrum, points: int, **more: object) -> dict[str, object]:
    """Parameters of ``acqus``; the middle of the axis is the carrier."""
    mhz = float(spectrum.frequency_mhz or 0.0)
    axis = spectrum.axis
    middle = (axis.high + axis.low) / 2
    return {
        "AQ_mod": 3, "BF1": mhz, "BYTORDA": 0, "DECIM": 1, "DIGMOD": 0, "DS": 0, "DSPFVS": 20, "DTYPA": 0, "GRPDLY": 0,
        "NS": 4, "NUC1": f"<{spectrum.nucleus}>", "PARMODE": 1, "PULPROG": "<zg2d>",
        "SFO1": repr(mhz * (1 + middle * 1e-6)), "SOLVENT": "<CDCl3>", "SW_h": axis.span * mhz, "TD": 2 * points,
        "D": "(0..3)\n0 2.5 0 0", **more,
    }  # fmt: skip


def write_ser(
    folder: Path, spectra: Sequence[Spectrum], *, rows: int | None = None, points: int = 4000, **more: object
) -> Path:
    """Write a Bruker pseudo-2D of FIDs; rows that are not measured yet are zeros. A FID is padded to 1,024 bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    width = -(-2 * points // 256) * 256
    matrix = np.zeros((rows or len(spectra), width), "<i4")
    for row, spectrum in enumerate(spectra):
        fid = decay_of(spectrum, points)
        matrix[row, : 2 * points] = np.rint(np.stack([fid.real, fid.imag], axis=1).ravel() * 1e5)
    (folder / "ser").write_bytes(matrix.tobytes())
    (folder / "acqus").write_text(parameter_file(acquisition(spectra[0], points, **more)))
    (folder / "acqu2s").write_text(parameter_file({"FnMODE": 0, "NUC1": "<off>", "TD": len(matrix)}))
    return folder


def write_matrix(folder: Path, spectra: Sequence[Spectrum], *, block: tuple[int, int] = (4, 1024)) -> Path:
    """Write a Bruker pseudo-2D that is transformed along its rows: ``pdata/1/2rr`` in blocks of rows and columns."""
    folder.mkdir(parents=True, exist_ok=True)
    first, (high, wide) = spectra[0], block
    axis, mhz = first.axis, float(first.frequency_mhz or 0.0)
    rows = -(-len(spectra) // high) * high
    matrix = np.zeros((rows, axis.points), "<i4")
    for row, spectrum in enumerate(spectra):
        matrix[row] = np.rint(spectrum.intensities * 1e2)
    blocks = matrix.reshape(rows // high, high, axis.points // wide, wide).swapaxes(1, 2)
    processed = folder / "pdata" / "1"
    processed.mkdir(parents=True, exist_ok=True)
    (processed / "2rr").write_bytes(np.ascontiguousarray(blocks).tobytes())
    procs = {
        "BYTORDP": 0, "DTYPP": 0, "NC_proc": 0, "OFFSET": repr(axis.high - axis.step / 2), "SF": mhz,
        "SI": axis.points, "SW_p": axis.span * mhz, "XDIM": wide, "FT_mod": 6,
    }  # fmt: skip
    (processed / "procs").write_text(parameter_file(procs))
    (processed / "proc2s").write_text(parameter_file({"SI": rows, "XDIM": high, "FT_mod": 0}))
    (folder / "acqus").write_text(parameter_file(acquisition(first, 4000)))
    (folder / "acqu2s").write_text(parameter_file({"FnMODE": 1, "NUC1": f"<{first.nucleus}>", "TD": len(spectra)}))
    return folder


def write_varian_array(
    folder: Path, spectra: Sequence[Spectrum], pads: Sequence[float], *, points: int = 4000, **more: object
) -> Path:
    """Write a Varian experiment that is arrayed over ``pad``."""
    folder.mkdir(parents=True, exist_ok=True)
    first = spectra[0]
    axis, mhz = first.axis, float(first.frequency_mhz or 0.0)
    length = 8 * points
    blocks = [struct.pack(">6l2hl", len(spectra), 1, 2 * points, 4, length, length + 28, 0, 0x49, 1)]
    for number, spectrum in enumerate(spectra, 1):
        fid = decay_of(spectrum, points).conj()
        blocks.append(struct.pack(">4hl4f", 0, 0x49, number, 0, 8, 0.0, 0.0, 0.0, 0.0))
        blocks.append(np.stack([fid.real, fid.imag], axis=1).ravel().astype(">f4").tobytes())
    (folder / "fid").write_bytes(b"".join(blocks))
    values: dict[str, object] = {
        "sw": axis.span * mhz, "sfrq": mhz, "reffrq": mhz, "rfl": -axis.low * mhz, "rfp": 0.0, "ni": 0, "tn": "H1",
        "solvent": "cdcl3", "seqfil": "s2pul", "arraydim": len(spectra), "nt": 4, "d1": 2.0, "at": 1.0, **more,
    }  # fmt: skip
    records = [_record(name, [value]) for name, value in values.items()] + [_record("pad", list(pads))]
    (folder / "procpar").write_text("".join(records))
    return folder


def _record(name: str, values: Sequence[object]) -> str:
    if isinstance(values[0], str):
        return f'{name} 2 2 9e+18 -9e+18 0 2 1 0 1 64\n1 "{values[0]}"\n0\n'
    return f"{name} 1 1 9e+18 -9e+18 0 2 1 0 1 64\n{len(values)} {' '.join(map(repr, values))} \n0\n"


def _jcamp_table(spectrum: Spectrum) -> tuple[dict[str, object], list[str]]:
    axis = spectrum.axis
    values = np.rint(spectrum.intensities).astype(int)
    first = axis.high - axis.step / 2
    rows = [f"{first - i * axis.step:.6f} {' '.join(map(str, values[i : i + 8]))}" for i in range(0, len(values), 8)]
    ends = {"first": first, "last": axis.low + axis.step / 2, "points": len(values)}
    return ends, rows


def write_link_blocks(path: Path, blocks: Sequence[tuple[Spectrum, str]]) -> Path:
    """Write a JCAMP-DX file of blocks, each with its ``LONG DATE``; their nuclei may differ."""
    lines = ["##TITLE= series", "##JCAMP-DX= 5.01", "##DATA TYPE= LINK", f"##BLOCKS= {len(blocks) + 1}"]
    for spectrum, date in blocks:
        ends, rows = _jcamp_table(spectrum)
        head = {
            "TITLE": "row", "JCAMP-DX": "5.01", "DATA TYPE": "NMR SPECTRUM", "DATA CLASS": "XYDATA", "LONG DATE": date,
            ".OBSERVE FREQUENCY": spectrum.frequency_mhz, ".OBSERVE NUCLEUS": f"^{spectrum.nucleus}",
            ".SOLVENT NAME": "CDCl3", "XUNITS": "PPM", "YUNITS": "ARBITRARY UNITS", "FIRSTX": ends["first"],
            "LASTX": ends["last"], "XFACTOR": 1, "YFACTOR": 1, "NPOINTS": ends["points"],
        }  # fmt: skip
        lines += [*(f"##{key}= {value}" for key, value in head.items()), "##XYDATA= (X++(Y..Y))", *rows, "##END="]
    path.write_text("\n".join([*lines, "##END=", ""]))
    return path


def write_jcamp_pages(path: Path, spectra: Sequence[Spectrum], minutes: Sequence[float]) -> Path:
    """Write a JCAMP-DX block of NTUPLES with a page for each time."""
    ends, _ = _jcamp_table(spectra[0])
    lines = [
        "##TITLE= series", "##JCAMP-DX= 5.01", "##DATA TYPE= NMR SPECTRUM", "##DATA CLASS= NTUPLES",
        f"##.OBSERVE FREQUENCY= {spectra[0].frequency_mhz}", f"##.OBSERVE NUCLEUS= ^{spectra[0].nucleus}",
        "##.SOLVENT NAME= CDCl3", "##NTUPLES= NMR SPECTRUM", "##VAR_NAME= SHIFT, INTENSITY, REACTION TIME",
        "##SYMBOL= X, Y, T", "##VAR_TYPE= INDEPENDENT, DEPENDENT, INDEPENDENT", "##VAR_FORM= AFFN, AFFN, AFFN",
        f"##VAR_DIM= {ends['points']}, {ends['points']}, {len(spectra)}",
        "##UNITS= PPM, ARBITRARY UNITS, MINUTES", f"##FIRST= {ends['first']}, 0, {minutes[0]}",
        f"##LAST= {ends['last']}, 0, {minutes[-1]}", "##FACTOR= 1, 1, 1",
    ]  # fmt: skip
    for spectrum, minute in zip(spectra, minutes, strict=True):
        lines += [f"##PAGE= T={minute}", "##DATA TABLE= (X++(Y..Y)), XYDATA", *_jcamp_table(spectrum)[1]]
    path.write_text("\n".join([*lines, "##END NTUPLES= NMR SPECTRUM", "##END=", ""]))
    return path


def write_jdf_array(path: Path, spectra: Sequence[Spectrum], *, points: int = 4000, **more: float) -> Path:
    """Write a JEOL file of FIDs whose second axis is a list of times: two sections in blocks of 32 by 32 numbers."""
    first, edge = spectra[0], 32
    mhz, axis = float(first.frequency_mhz or 0.0), first.axis
    wide, high = -(-points // edge) * edge, -(-len(spectra) // edge) * edge
    matrix = np.zeros((2, high, wide), "<f8")
    for row, spectrum in enumerate(spectra):
        fid = decay_of(spectrum, points).conj()
        matrix[:, row, :points] = fid.real, fid.imag
    blocks = matrix.reshape(2, high // edge, edge, wide // edge, edge).swapaxes(2, 3)
    texts = {"x_domain": "Proton", "solvent": "CHLOROFORM-D", "experiment": "array.jxp"}
    numbers: dict[str, tuple[float, int]] = {
        "x_freq": (mhz * 1e6, 13), "x_sweep": (axis.span * mhz, 13), "x_offset": ((axis.high + axis.low) / 2, 26),
        "scans": (4.0, 0), "repetition_time": (5.0, 28), **{name: (value, 0) for name, value in more.items()},
    }  # fmt: skip
    records = [_jdf_record(name, text.encode().ljust(16, b"\0"), 0, 0) for name, text in texts.items()]
    records += [_jdf_record(name, struct.pack("<d8x", value), 2, unit) for name, (value, unit) in numbers.items()]
    header = bytearray(1360)
    header[:9] = b"JEOL.NMR\1"
    header[12:15] = bytes([2, 0xC0, 2])
    header[24:26] = bytes([3, 1])
    header[32:36] = bytes([1, 28, 1, 28])
    for at, pair in ((176, (wide, high)), (208, (0, 0)), (240, (points - 1, len(spectra) - 1))):
        struct.pack_into(">2I", header, at, *pair)
    struct.pack_into(">6I", header, 184, *[1] * 6)
    struct.pack_into(">2d", header, 336, (points - 1) / (axis.span * mhz), 100.0)
    body = b"".join(records)
    struct.pack_into(">2I", header, 1212, 1360, 16 + len(body))
    struct.pack_into(">I", header, 1284, 1376 + len(body))
    count = struct.pack("<4I", 64, 0, len(records) - 1, len(body))
    path.write_bytes(bytes(header) + count + body + np.ascontiguousarray(blocks).tobytes())
    return path


def _jdf_record(name: str, value: bytes, kind: int, unit: int) -> bytes:
    start = bytes(4) + struct.pack("<h2B8x", 0, 1, unit)
    return start + value + struct.pack("<i", kind) + name.encode().ljust(28)


def write_magritek_array(
    folder: Path, spectra: Sequence[Spectrum], *, points: int = 4000, rows: int | None = None, **more: object
) -> Path:
    """Write a Spinsolve experiment with several FIDs; those that are not measured yet are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    axis, mhz = spectra[0].axis, float(spectra[0].frequency_mhz or 0.0)
    values = {
        "Solvent": '"CDCl3"', "b1Freq": mhz, "bandwidth": axis.span * mhz / 1000, "lowestFrequency": axis.low * mhz,
        "rxChannel": f'"{spectra[0].nucleus}"', "experiment": '"Proton"', "expName": '"261130-120000 Proton (run)"',
        "nrScans": 4, "nrSteps": len(spectra), "repTime": 7000, "duration": 150, **more,
    }  # fmt: skip
    (folder / "acqu.par").write_text("".join(f"{name} = {value}\n" for name, value in values.items()))
    fids = np.stack([decay_of(spectrum, points).conj() for spectrum in spectra])
    head = struct.pack("<8I", 0x50524F53, 0x44415441, 0x56312E31, 501, points, rows or len(spectra), 1, 1)
    (folder / "data.2d").write_bytes(head + fids.astype("<c8").tobytes())
    return folder


def write_magritek(folder: Path, spectrum: Spectrum, **more: object) -> Path:
    """Write a Spinsolve experiment with the processed spectrum."""
    folder.mkdir(parents=True, exist_ok=True)
    axis, mhz = spectrum.axis, float(spectrum.frequency_mhz or 0.0)
    values = {
        "Solvent": '"CDCl3"', "b1Freq": mhz, "bandwidth": axis.span * mhz / 1000, "lowestFrequency": axis.low * mhz,
        "rxChannel": f'"{spectrum.nucleus}"', "expName": '"1D PROTON"', **more,
    }  # fmt: skip
    (folder / "acqu.par").write_text("".join(f"{name} = {value}\n" for name, value in values.items()))
    pairs = np.zeros(2 * axis.points)
    pairs[::2] = spectrum.intensities[::-1]
    head = struct.pack("<8I", 0x50524F53, 0x44415441, 0x56312E31, 504, axis.points, 1, 1, 1)
    (folder / "spectrum_processed.1d").write_bytes(
        head + np.concatenate([axis.grid()[::-1], pairs]).astype("<f4").tobytes()
    )
    return folder

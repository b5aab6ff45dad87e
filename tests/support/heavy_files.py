"""Files that are small or within every limit, and cost as much as they can; and what reading them takes."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specmol_core.errors import SpecmolError

__all__ = ["HEAVY", "measure"]


def _image(tones: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(tones).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def _specks(share: float) -> bytes:
    """Black specks on 50 megapixels of white."""
    return _image(np.where(np.random.default_rng(0).random((5000, 10_000)) < share, 0, 255).astype(np.uint8))


def _stripes() -> bytes:
    tones = np.full((5000, 10_000), 255, np.uint8)
    tones[::8] = 0
    return _image(tones)


def _rows() -> bytes:
    """A spectrum as a table of a million rows."""
    shifts = np.linspace(12, -1, 10**6)
    heights = 1000 / (1 + ((shifts - 3) / 0.01) ** 2)
    return ("ppm,intensity\n" + "".join(f"{x:.6f},{y:.3f}\n" for x, y in zip(shifts, heights, strict=True))).encode()


def _nmrml(tag: str, values: NDArray[np.generic]) -> bytes:
    """An nmrML file of 2 million points, the most that is read."""
    packed = base64.b64encode(zlib.compress(values.tobytes(), 1)).decode()
    array = f'<{tag} compressed="true" byteFormat="{values.dtype.name}">{packed}</{tag}>'
    trace = (
        f'<spectrum1D id="s" numberOfDataPoints="{len(values)}">{array}'
        '<xAxis unitName="parts per million" startValue="12" endValue="-1"/></spectrum1D>'
    )
    return f"""<nmrML xmlns="http://nmrml.org/schema" version="v1.0.rc1"><acquisition><acquisition1D>
<acquisitionParameterSet><DirectDimensionParameterSet><acquisitionNucleus name="hydrogen atom"/>
<irradiationFrequency value="400.0" unitName="megaHertz"/><irradiationFrequencyOffset value="2000" unitName="hertz"/>
<sweepWidth value="4000" unitName="hertz"/></DirectDimensionParameterSet></acquisitionParameterSet>
{array if tag == "fidData" else ""}</acquisition1D></acquisition>
<spectrumList>{"" if tag == "fidData" else trace}</spectrumList></nmrML>""".encode()


def _nmrml_trace() -> bytes:
    return _nmrml("spectrumDataArray", np.random.default_rng(0).normal(size=2 * 1024**2))


def _nmrml_decay() -> bytes:
    rng = np.random.default_rng(0)
    return _nmrml("fidData", rng.normal(size=2 * 1024**2) + 1j * rng.normal(size=2 * 1024**2))


def _xypoints() -> bytes:
    """A JCAMP-DX table of pairs of 2 million points."""
    pairs = "".join(f"{12 - k * 6e-6:.6f},{k % 977}\n" for k in range(2 * 1024**2))
    return (
        "##TITLE=x\n##JCAMP-DX=5.01\n##DATA TYPE=NMR SPECTRUM\n##.OBSERVE FREQUENCY=400\n##.OBSERVE NUCLEUS=^1H\n"
        "##XUNITS=PPM\n##YUNITS=ARBITRARY UNITS\n##XFACTOR=1\n##YFACTOR=1\n##FIRSTX=12\n##LASTX=-0.58291\n"
        f"##NPOINTS={2 * 1024**2}\n##XYPOINTS=(XY..XY)\n{pairs}##END=\n"
    ).encode()


def _blank_lines() -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1) as file:
        file.write(b"CCO ethanol\n")
        for _ in range(1000):
            file.write(b"\n" * 10**6)
    return stream.getvalue()


HEAVY: dict[str, Callable[[], bytes]] = {
    "image of 2 % specks": lambda: _specks(0.02),
    "image of 30 % specks": lambda: _specks(0.3),
    "image of 25,000 specks": lambda: _specks(0.0005),
    "image of noise": lambda: _image(np.random.default_rng(0).integers(0, 256, (7071, 7071), dtype=np.uint8)),
    "image of stripes": _stripes,
    "table of a million rows": _rows,
    "nmrML trace of 2 million points": _nmrml_trace,
    "nmrML decay of 2 million points": _nmrml_decay,
    "JCAMP-DX pairs of 2 million points": _xypoints,
    "library of a billion blank lines": _blank_lines,
}
"""Contents by a name; one that begins with "library" is a library, the others are 1H spectra."""


def measure(path: str, what: str) -> int:
    """Read a file in this process, and print seconds, peak memory (MB) and the outcome as JSON."""
    start = time.monotonic()
    try:
        if what == "library":
            from specmol_core.molecules.library import open_library

            outcome = f"{sum(1 for _ in open_library(path).records())} records"
        else:
            from specmol_core.api.spectra import inspect_spectrum

            outcome = f"{inspect_spectrum(path, '1H')['points']} points"
    except SpecmolError as error:
        outcome = str(error).replace(path, "it")
    # Not ru_maxrss: a child process inherits that of its parent.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    json.dump([time.monotonic() - start, peak, outcome], sys.stdout)
    return 0


def main() -> None:
    """Print what every heavy file takes."""
    import tempfile

    from specmol_core.runtime.child_processes import Limits, run

    with tempfile.TemporaryDirectory() as folder:
        for name, make in HEAVY.items():
            path = Path(folder) / "file"
            path.write_bytes(make())
            what = name.split()[0]
            done = run("support.heavy_files:measure", str(path), what, content=b"", timeout=300, limits=Limits())
            seconds, peak, outcome = json.loads(done.stdout)
            print(f"{name:36} {seconds:6.1f} s {peak:6.0f} MB  {outcome[:120]}", flush=True)


if __name__ == "__main__":
    main()

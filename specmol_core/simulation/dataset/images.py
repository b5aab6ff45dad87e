"""Write the canonical images of simulated spectra as files."""

from __future__ import annotations

from pathlib import Path

from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.dataset.dataset import decode_trace
from specmol_core.simulation.dataset.writer import DrawnMolecule
from specmol_core.spectra.canonical_image import canonical_image, write_image
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.spectrum import NUCLEI, Spectrum

__all__ = ["image_names", "write_images"]

_NAME_LIMIT = 60
_STEMS = {"1H": "h1", "13C": "c13"}


def image_names(molecule: DrawnMolecule, copy: int) -> dict[str, str]:
    """Return the image file name of each nucleus.

    It starts with the record's index and is unique.
    """
    # Names in a library may contain slashes or dots; ASCII letters and digits are safe everywhere.
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in molecule.name)[:_NAME_LIMIT]
    stem = f"{molecule.record:07d}" + (f"_{safe}" if safe.strip("_") else "")
    suffix = f"_{copy}" if len(molecule.parameters) > 1 else ""
    return {nucleus: f"{stem}{suffix}_{short}.png" for nucleus, short in _STEMS.items()}


def write_images(folder: Path, molecule: DrawnMolecule, settings: SimulationConfig, geometry: Geometry) -> None:
    """Write one image per nucleus and draw of a molecule; a nucleus without a signal gets none.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    signed = settings.experiment not in ("1D", "DEPT-90")
    for copy in range(len(molecule.parameters)):
        names = image_names(molecule, copy)
        for nucleus, codes in zip(NUCLEI, molecule.traces, strict=True):
            trace = decode_trace(codes[copy])
            if not trace.any():
                continue
            spectrum = Spectrum(nucleus, settings.axis(nucleus), trace, signed=signed and nucleus == "13C")
            window = geometry.h1_window if nucleus == "1H" else geometry.c13_window
            image = canonical_image(spectrum, geometry)
            write_image(folder / names[nucleus], image, nucleus, window, geometry.exponent)

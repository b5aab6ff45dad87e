"""Draw the image of docs/guide/reading-spectra.md, from simulated lines: python docs/make_inspect_image.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rdkit import Chem

from specmol_core.shifts.predictor import ShiftPredictor
from specmol_core.simulation.protons import proton_lines
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.inspection.inspection import inspect
from specmol_core.spectra.inspection.plot import write_inspection
from specmol_core.spectra.spectrum import Spectrum

SMILES = "CCOC(=O)/C=C/c1ccc(OC)cc1"
FREQUENCY_MHZ, WIDTH_HZ = 400.0, 1.2
CONTAMINANTS = ((7.26, 0.08, 1.2), (1.56, 0.25, 3.0), (0.0, 0.12, 1.0))
"""Residual CHCl3, water, tetramethylsilane: shift (ppm), area and width (Hz)."""


def main() -> None:
    """Draw ethyl 4-methoxycinnamate in CDCl3 at 400 MHz."""
    mol = Chem.MolFromSmiles(SMILES)
    rng = np.random.default_rng(4)
    lines = proton_lines(mol, ShiftPredictor.load().predict([mol])[0], FREQUENCY_MHZ, rng)
    axis = PpmAxis(12.0, -1.0, 65_536)
    trace = rng.normal(0, 0.0004, axis.points)
    signals = [(p, a, WIDTH_HZ) for p, a in zip(lines.ppm, lines.area, strict=True)]
    for ppm, area, width in (*signals, *CONTAMINANTS):
        trace += area / width / (1 + (2 * (axis.grid() - ppm) * FREQUENCY_MHZ / width) ** 2)
    spectrum = Spectrum(
        "1H",
        axis,
        trace.astype(np.float32),
        source="ethyl 4-methoxycinnamate",
        frequency_mhz=FREQUENCY_MHZ,
        solvent="CDCl3",
    )
    write_inspection(Path(__file__).parent / "images" / "inspect.png", inspect(spectrum))


if __name__ == "__main__":
    main()

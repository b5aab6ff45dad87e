"""1H spectra of mixtures, drawn from shifts and couplings that the literature gives, not from predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb

import numpy as np

from specmol_core.mixtures.species import Species, species_of_smiles
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["COMPOUNDS", "MHZ", "mixture", "species"]

MHZ = 400.0

Multiplet = tuple[float, int, int, float]
"""Shift (ppm), protons, neighbours that split it, coupling constant (Hz)."""

COMPOUNDS: dict[str, tuple[str, Sequence[Multiplet]]] = {
    "ethyl acetate": ("CCOC(C)=O", [(4.12, 2, 3, 7.1), (2.04, 3, 0, 0.0), (1.26, 3, 2, 7.1)]),
    "acetone": ("CC(C)=O", [(2.17, 6, 0, 0.0)]),
    "isopropanol": ("CC(C)O", [(4.02, 1, 6, 6.1), (1.20, 6, 1, 6.1)]),
    "tert-butyl methyl ether": ("COC(C)(C)C", [(3.22, 3, 0, 0.0), (1.19, 9, 0, 0.0)]),
    "ethyl propionate": (
        "CCOC(=O)CC",
        [(4.12, 2, 3, 7.1), (2.31, 2, 3, 7.6), (1.25, 3, 2, 7.1), (1.14, 3, 2, 7.6)],
    ),
    "1,4-dimethoxybenzene": ("COc1ccc(OC)cc1", [(6.83, 4, 0, 0.0), (3.76, 6, 0, 0.0)]),
}
"""SMILES and multiplets in CDCl3, as textbooks give them."""


def species(*names: str) -> list[Species]:
    """Return compounds of the table as species."""
    return [species_of_smiles(COMPOUNDS[name][0], "test", name=name) for name in names]


def mixture(
    amounts: Mapping[str, float],
    *,
    extra: Sequence[Multiplet] = (),
    mhz: float = MHZ,
    noise: float = 1e-4,
    width_hz: float = 1.2,
    points: int = 16_384,
    offset_ppm: float = 0.0,
    scale: float = 1e6,
) -> Spectrum:
    """Return the spectrum of amounts of compounds, with noise relative to the tallest line."""
    axis = PpmAxis(10.0, -0.5, points)
    ppm, trace = axis.grid(), np.zeros(points)
    multiplets = [(m, amount) for name, amount in amounts.items() for m in COMPOUNDS[name][1]]
    for (shift, protons, neighbours, coupling), amount in [*multiplets, *((m, 1.0) for m in extra)]:
        for k in range(neighbours + 1):
            at = shift + offset_ppm + (k - neighbours / 2) * coupling / mhz
            area = amount * protons * comb(neighbours, k) / 2**neighbours
            trace += area / (1 + ((ppm - at) * 2 * mhz / width_hz) ** 2)
    trace += np.random.default_rng(0).normal(0.0, noise * trace.max(), points)
    return Spectrum("1H", axis, (scale * trace / trace.max()).astype(np.float32), frequency_mhz=mhz, solvent="CDCl3")

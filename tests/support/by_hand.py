"""Molecules with shifts written by hand, and lists of signals, for the tests of matchnet-x."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from specmol_core.matchnet_x.matcher import ScoreFactors
from specmol_core.matchnet_x.observed_signals import MULTIPLICITIES, Observed
from specmol_core.matchnet_x.predicted_lines import pack_lines, predicted_lines
from specmol_core.matchnet_x.salt_lines import PartShifts
from specmol_core.shifts.graph import ShiftGraph, shift_graph
from specmol_core.shifts.salts import SaltPart
from specmol_core.spectra.spectrum import Nucleus

WEIGHTS = ScoreFactors(single=(0.5, 0.25), paired=(0.4, 0.2), single_trace=(0.3, 0.15), paired_trace=(0.2, 0.1))
SPREAD = (0.5, 0.05)
"""Uncertainty of every 13C and 1H shift here (ppm)."""


class Molecule(NamedTuple):
    """Predicted shifts of one molecule."""

    graph: ShiftGraph
    means: NDArray[np.float32]
    uncertainties_ppm: NDArray[np.float32]

    @property
    def stored(self) -> bytes:
        """Its lines as packed in a library."""
        return pack_lines(predicted_lines([self.graph], self.means, self.uncertainties_ppm)[0])


def molecule(smiles: str, c13: Mapping[int, float], h1: Mapping[int, float | tuple[float, float]]) -> Molecule:
    """Return a molecule with these shifts by heavy atom (ppm).

    If the protons of a CH2 group differ, the higher shift comes first.
    """
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    means = np.zeros((len(graph.atoms), 4), np.float32)
    for atom, ppm in c13.items():
        means[atom, 0] = ppm
    for atom, shifts in h1.items():
        high, low = shifts if isinstance(shifts, tuple) else (shifts, shifts)
        means[atom, 1:] = (high + low) / 2, high, low
    return Molecule(graph, means, np.full((len(means), 2), SPREAD, np.float32))


def one_part(one: Molecule) -> list[PartShifts]:
    """Return the shifts of a molecule that is no salt."""
    return [PartShifts(SaltPart(one.graph, (0,)), one.means, one.uncertainties_ppm)]


def observed(
    nucleus: Nucleus,
    ppm: Sequence[float],
    amount: Sequence[float] | None = None,
    multiplicity: Sequence[str] = (),
    *,
    error: float = 0.0,
    integrals_are_counts: bool = True,
) -> Observed:
    """Return signals at these ascending shifts, without a reading error unless one is given."""
    names = tuple(multiplicity) or ("unknown",) * len(ppm)
    return Observed(
        nucleus,
        np.array(ppm, np.float64),
        np.full(len(ppm), error),
        np.full(len(ppm), np.nan) if amount is None else np.array(amount, np.float64),
        np.array([MULTIPLICITIES.index(name) for name in names], np.int64),
        0.1 if nucleus == "13C" else 0.02,
        integrals_are_counts,
    )


ETHYL_ACETATE = molecule("CCOC(C)=O", {0: 14.2, 1: 60.5, 3: 171.4, 4: 21.0}, {0: 1.26, 1: 4.12, 4: 2.05})
ETHANOL = molecule("CCO", {0: 18.4, 1: 58.3}, {0: 1.22, 1: 3.71, 2: 2.6})
METHYL_PROPANOATE = molecule("CCC(=O)OC", {0: 9.2, 1: 27.5, 2: 174.9, 5: 51.5}, {0: 1.14, 1: 2.33, 5: 3.67})
BUTANOIC_ACID = molecule("CCCC(=O)O", {0: 13.6, 1: 18.1, 2: 36.0, 3: 180.1}, {0: 0.97, 1: 1.67, 2: 2.33, 5: 11.5})
BUTANONE = molecule("CCC(C)=O", {0: 7.9, 1: 36.9, 2: 209.3, 3: 29.4}, {0: 1.05, 1: 2.45, 3: 2.13})
TETRACHLOROMETHANE = molecule("ClC(Cl)(Cl)Cl", {1: 96.7}, {})

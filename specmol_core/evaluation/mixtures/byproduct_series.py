"""How often the by-product of a simulated reaction is named by the unknown signals of a series, as ``monitor`` does."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rdkit import Chem

from specmol_core.evaluation.mixtures.byproducts import NamedByProduct, SimulatedReaction, embed_candidates, named
from specmol_core.evaluation.mixtures.simulated import simulated_h1
from specmol_core.matcher.protocol import Matcher
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.mixtures.species import Species
from specmol_core.monitoring.unknowns import UnknownCompound, unknown_compounds
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["SERIES", "measure_series", "simulated_series"]

SERIES = "1H, series"
"""Name of the rows."""
_CONVERSIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Conversion of each spectrum of a series."""
_SHARE = 0.05
"""Mole fraction of the by-product at full conversion; it is proportional to the conversion."""
_MHZ, _NOISE = 400.0, 0.0005
_WINDOW, _POINTS = (13.0, -1.0), 32_768
_SOLVENT = "CDCl3"


def measure_series(
    reactions: Iterator[SimulatedReaction], matcher: Matcher, predictor: ShiftBackend, seed: int
) -> Iterator[NamedByProduct]:
    """Yield the rank of each by-product by the largest unknown compound of a series of five 1H spectra.

    The reactants and products are the species that are fitted.
    """
    rng = np.random.default_rng(seed)
    for reaction in reactions:
        try:
            spectra = simulated_series(reaction, predictor, rng)
        except ValueError:
            continue
        found = _unknown(reaction, spectra, predictor)
        query = None if found is None else matcher.query(analyse_pair(SpectrumPair(_as_list(found), None)))
        rank, first = named(
            query, ("1H",), reaction.candidates, embed_candidates(reaction.candidates, matcher), matcher
        )
        yield NamedByProduct(reaction.byproduct, SERIES, rank, _CONVERSIONS[-1], first)


def simulated_series(reaction: SimulatedReaction, predictor: ShiftBackend, rng: np.random.Generator) -> list[Spectrum]:
    """Return the spectra of a reaction with a by-product that rises with the conversion.

    Raises
    ------
    ValueError
        If the predictor cannot express a molecule.
    """
    axis = PpmAxis(*_WINDOW, _POINTS)
    mols = [Chem.MolFromSmiles(name) for name in (*reaction.known, reaction.byproduct)]
    shifts = predictor.predict(mols)
    pure = np.stack([simulated_h1(*pair, rng, _MHZ, axis) for pair in zip(mols, shifts, strict=True)])
    is_product = np.array([name in reaction.products for name in reaction.known])
    spectra = []
    for conversion in _CONVERSIONS:
        amounts = np.where(is_product, conversion, 1.0 - conversion)
        share = _SHARE * conversion
        fractions = np.append((1.0 - share) * amounts / amounts.sum(), share)
        trace = fractions @ pure
        trace = trace / trace.max() + rng.normal(0.0, _NOISE, _POINTS)
        spectra.append(Spectrum("1H", axis, trace.astype(np.float32), frequency_mhz=_MHZ, solvent=_SOLVENT))
    return spectra


def _unknown(reaction: SimulatedReaction, spectra: list[Spectrum], predictor: ShiftBackend) -> UnknownCompound | None:
    """Return the largest unknown compound; None if there is none."""
    species = [one for one in (Species(name, name) for name in reaction.known) if one.nuclei("1H")]
    config = QuantifyConfig()
    fitter = MixtureFitter(species, predictor, solvent=_SOLVENT, config=config)
    left = [quantification_of(fitter.fit(spectrum), config.coverage).unexplained for spectrum in spectra]
    found = unknown_compounds([[(s.ppm, s.area) for s in signals] for signals in left], "1H")
    return found[0] if found else None


def _as_list(unknown: UnknownCompound) -> Spectrum:
    """Return the signals as the list that ``monitor`` gives to ``rank``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unknown.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("ppm", "intensity"), *zip(unknown.ppm, unknown.areas, strict=True)])
        return read_spectrum(path, "1H", None, _WINDOW, _SOLVENT)

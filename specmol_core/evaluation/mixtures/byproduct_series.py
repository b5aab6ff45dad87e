"""How often the by-product of a simulated reaction is named by the unknown signals of a series, as ``monitor`` does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rdkit import Chem

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.evaluation.mixtures.byproducts import NamedByProduct, SimulatedReaction, embed_candidates, named
from specmol_core.evaluation.mixtures.simulated import simulated_h1
from specmol_core.matcher.protocol import EncodedQuery, Matcher
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.mixtures.species import Species
from specmol_core.monitoring.unknowns import UnknownCompound, unknown_compounds
from specmol_core.retrieval.known import query_without_known
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.axis import PpmAxis
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
    """Yield the rank of each by-product in a series of five 1H spectra.

    The reactants and products are the species that are fitted. As ``monitor`` does, the spectrum in
    which the largest unknown compound is largest is ranked with them as known compounds; a by-product
    without an unknown compound is not named.
    """
    rng = np.random.default_rng(seed)
    for reaction in reactions:
        try:
            spectra = simulated_series(reaction, predictor, rng)
        except ValueError:
            continue
        query = _query(reaction, spectra, _unknown(reaction, spectra, predictor), matcher)
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


def _query(
    reaction: SimulatedReaction, spectra: list[Spectrum], unknown: UnknownCompound | None, matcher: Matcher
) -> EncodedQuery | None:
    """Return the query of the unknown compound; None if there is none, or the known ones explain all."""
    if unknown is None:
        return None
    pair = analyse_pair(SpectrumPair(spectra[int(np.argmax(unknown.course))], None))
    try:
        return query_without_known(matcher, pair, reaction.known)[0]
    except (SpectrumError, UsageError):
        return None

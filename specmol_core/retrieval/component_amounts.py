"""Mole fractions of the best set of candidates by a fit of the whole 1H spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from specmol_core.retrieval.components import ComponentRanking
from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["with_fitted_fractions"]


def with_fitted_fractions(ranking: ComponentRanking, pair: AnalysedPair, known: Sequence[str]) -> ComponentRanking:
    """Return the ranking with the fractions of ``specmol quantify`` for its best set.

    It stays as it is if there is no 1H spectrum at a stated field, if the best set has one component, or
    if a component has no proton on carbon: peak lists and pictures have areas of signals only. It also
    stays if a counter-ion has protons on carbon, which a spectrum may show or not, or if two salts of
    one compound are in the set.

    Parameters
    ----------
    pair
        The spectra, before masking.
    known
        SMILES of known compounds, which are fitted as standards.
    """
    spectrum = None if pair.h1 is None else _named(pair)
    if spectrum is None or spectrum.peaks or not spectrum.frequency_mhz or not ranking.sets:
        return ranking
    # A ranking without components loads none of these.
    from specmol_core.mixtures.config import QuantifyConfig
    from specmol_core.mixtures.fitter import MixtureFitter
    from specmol_core.mixtures.quantification import quantification_of
    from specmol_core.mixtures.species import Species
    from specmol_core.shifts.predictor import ShiftPredictor

    best = ranking.sets[0]
    parts = [component.smiles.split(".") for component in best.components]
    smiles = [main for main, *_ in parts]
    species = [Species(text, text) for text in smiles]
    shown = any(Species(text, text).nuclei("1H") for _, *counter_ions in parts for text in counter_ions)
    if shown or not 2 <= len(species) == len(set(smiles)) or not all(one.nuclei("1H") for one in species):
        return ranking
    standards = [Species(text, text, "standard") for text in known if text not in smiles]
    species += [one for one in standards if one.nuclei("1H")]
    config = QuantifyConfig()
    fit = MixtureFitter(species, ShiftPredictor.load(), config=config).fit(spectrum)
    result = quantification_of(fit, config.coverage)
    components = [
        replace(component, fraction=amount.fraction, low=amount.low, high=amount.high)
        for component, amount in zip(best.components, result.amounts, strict=False)
    ]
    order = sorted(range(len(components)), key=lambda k: -(components[k].fraction or 0.0))
    return replace(
        ranking,
        amounts="fit",
        component_probability=tuple(ranking.component_probability[k] for k in order),
        sets=(replace(best, components=tuple(components[k] for k in order)), *ranking.sets[1:]),
    )


def _named(pair: AnalysedPair) -> Spectrum:
    """Return the 1H spectrum with its solvent, also if only its lines tell it."""
    assert pair.h1 is not None
    spectrum, solvent = pair.h1.spectrum, pair.h1.solvent
    return spectrum if solvent is None else replace(spectrum, solvent=solvent.name)

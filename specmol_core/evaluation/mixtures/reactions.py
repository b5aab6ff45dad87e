"""Conversions of simulated reactions, each followed through a short series of 1H spectra."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import UsageError
from specmol_core.evaluation.mixtures.byproducts import read_reactions
from specmol_core.evaluation.mixtures.simulated import simulated_h1
from specmol_core.metrics import mean_interval
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.fitter import MixtureFitter
from specmol_core.mixtures.quantification import quantification_of
from specmol_core.mixtures.reaction import reaction_species
from specmol_core.mixtures.series_fit import SeriesFit
from specmol_core.mixtures.species import Species
from specmol_core.shifts.predictor import ShiftBackend
from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FIELDS_MHZ", "METHODS", "MeasuredConversion", "conversion_figures", "measure_reactions"]

Float = NDArray[np.float64]

Method = Literal["together", "in turn"]
METHODS: tuple[Method, ...] = ("together", "in turn")
"""The spectra of a series are fitted together, or each after the other as they come."""
_IN_TURN = 12
"""Number of reactions that are fitted in turn, too."""
FIELDS_MHZ = (60.0, 80.0, 300.0, 500.0)
_CONVERSIONS = (0.1, 0.4, 0.7, 0.95)
"""Conversion of each spectrum of a series; each is moved by up to ``_SPREAD``."""
_SPREAD = 0.05
_MAX_SPECIES, _MAX_ATOMS = 6, 30
_NOISE = {60.0: 0.003, 80.0: 0.003, 300.0: 0.001, 500.0: 0.0005}
"""Standard deviation of the noise, relative to the tallest line."""
_DRIFT_PPM = 0.002
"""Standard deviation of the movement of the axis from one spectrum to the next."""
_SIGNAL_DRIFT_PPM = 0.005
"""Standard deviation of the movement of each compound over the series."""
_WINDOW = (13.0, -1.0)
_POINTS = 32_768
_SOLVENT = "CDCl3"


@dataclass(frozen=True)
class MeasuredConversion:
    """The conversion of one simulated spectrum, found and true."""

    reaction: str
    """Reaction SMILES without stereochemistry."""
    mhz: float
    method: Method
    spectrum: int
    truth: float
    found: float
    low: float
    high: float
    seconds: float


def measure_reactions(
    path: Path, count: int, predictor: ShiftBackend, config: QuantifyConfig, seed: int
) -> Iterator[MeasuredConversion]:
    """Yield the conversions of reactions of a table, each at all fields.

    The shifts of each compound differ from the predicted ones by draws from the distribution of the
    predictor's error, and its couplings are drawn. The axis drifts, and the compounds drift apart.

    Parameters
    ----------
    count
        Number of reactions; one with more than six species, a species of more than 30 heavy atoms
        or no balance is left out.

    Raises
    ------
    DatasetError
        If the table cannot be read, or holds no reaction.
    """
    rows = read_reactions(path)
    rng = np.random.default_rng(seed)
    made = 0
    for k in rng.permutation(len(rows)).tolist():
        if made == count:
            return
        text = ">>".join(".".join(side) for side in rows[k])
        species = _species(text)
        if species is not None:
            made += 1
            for mhz in FIELDS_MHZ:
                series = _simulated_series(text, species, mhz, predictor, rng)
                for method in METHODS if made <= _IN_TURN else METHODS[:1]:
                    yield from _measured(series, species, method, predictor, config)


def _species(text: str) -> list[Species] | None:
    """Return the species of a reaction; None if it does not balance or is large."""
    try:
        species = reaction_species(text)[0]
    except UsageError:
        return None
    large = any(one.mol.GetNumAtoms() > _MAX_ATOMS for one in species)
    return None if large or len(species) > _MAX_SPECIES else species


@dataclass(frozen=True)
class _Series:
    """The spectra of one reaction at one field, and the conversion of each."""

    reaction: str
    mhz: float
    spectra: tuple[Spectrum, ...]
    conversions: tuple[float, ...]


def _simulated_series(
    text: str, species: list[Species], mhz: float, predictor: ShiftBackend, rng: np.random.Generator
) -> _Series:
    axis = PpmAxis(*_WINDOW, _POINTS)
    shifts = predictor.predict([one.mol for one in species])
    pure = [simulated_h1(one.mol, s, rng, mhz, axis) for one, s in zip(species, shifts, strict=True)]
    offset = 0.0
    moved = rng.normal(0.0, _SIGNAL_DRIFT_PPM, len(species))
    spectra, truths = [], []
    for number, planned in enumerate(_CONVERSIONS):
        truth = float(planned + rng.uniform(-_SPREAD, _SPREAD))
        offset += float(rng.normal(0.0, _DRIFT_PPM))
        amounts = [one.coefficient * (truth if one.role == "product" else 1.0 - truth) for one in species]
        places = offset + moved * number / (len(_CONVERSIONS) - 1)
        trace = sum(a * _moved(p, axis, d) for a, p, d in zip(amounts, pure, places.tolist(), strict=True))
        assert isinstance(trace, np.ndarray)
        trace = trace / trace.max() + rng.normal(0.0, _NOISE[mhz], axis.points)
        spectra.append(Spectrum("1H", axis, trace.astype(np.float32), source=text, frequency_mhz=mhz, solvent=_SOLVENT))
        truths.append(truth)
    return _Series(text, mhz, tuple(spectra), tuple(truths))


def _measured(
    series: _Series, species: list[Species], method: Method, predictor: ShiftBackend, config: QuantifyConfig
) -> Iterator[MeasuredConversion]:
    start = time.perf_counter()
    fitter = MixtureFitter(species, predictor, solvent=_SOLVENT, config=config)
    fit = fitter.fit if method == "in turn" else SeriesFit.of(fitter, series.spectra).fit
    results = [quantification_of(fit(spectrum), config.coverage) for spectrum in series.spectra]
    seconds = (time.perf_counter() - start) / len(results)
    for number, (result, truth) in enumerate(zip(results, series.conversions, strict=True)):
        one = next(a for a in result.amounts if a.conversion is not None)
        low, high = one.conversion_low or 0.0, one.conversion_high or 0.0
        yield MeasuredConversion(
            series.reaction, series.mhz, method, number, truth, one.conversion or 0.0, low, high, seconds
        )


def _moved(trace: Float, axis: PpmAxis, ppm: float) -> Float:
    """Return a trace (points,) that is moved to higher shift."""
    grid = axis.grid()
    return np.asarray(np.interp(-(grid - ppm), -grid, trace, left=0.0, right=0.0))


def conversion_figures(rows: Sequence[MeasuredConversion], seed: int = 0) -> dict[str, dict[str, float]]:
    """Return the mean absolute error of the conversion and the coverage of its intervals, by field and method."""
    figures = {}
    for method, mhz in product(METHODS, FIELDS_MHZ):
        part = [row for row in rows if row.mhz == mhz and row.method == method]
        if not part:
            continue
        errors = np.array([abs(row.found - row.truth) for row in part])
        # Spectra of one reaction have much of their errors in common.
        names = np.array([row.reaction for row in part])
        low, high = mean_interval([errors[names == name].mean() for name in np.unique(names)], seed=seed)
        figures[f"{mhz:.0f} MHz, {method}"] = {
            "reactions": float(len({row.reaction for row in part})),
            "spectra": float(len(part)),
            "absolute_error": float(errors.mean()),
            "absolute_error_low": low,
            "absolute_error_high": high,
            "median_error": float(np.median(errors)),
            "coverage": float(np.mean([row.low <= row.truth <= row.high for row in part])),
            "seconds": float(np.mean([row.seconds for row in part])),
        }
    return figures

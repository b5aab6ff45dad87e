"""The result of a quantification: amounts with intervals, signals, what is unexplained, and warnings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specmol_core import __version__
from specmol_core.mixtures.fit import MixtureFit
from specmol_core.mixtures.posterior import indistinguishable, mean_and_interval, weighted_quantile
from specmol_core.mixtures.species import Role
from specmol_core.mixtures.unexplained import UnassignedSignal, find_unexplained
from specmol_core.mixtures.warnings import doubts

__all__ = ["Amount", "FittedSignal", "Quantification", "quantification_of"]

Float = NDArray[np.float64]

_MIN_LOW_OVER_MEAN = 0.12
"""Lower end of an interval over the mean amount, below which a species is not seen: an amount that is
zero within its error is drawn as positive."""
_MIN_FRACTION = 1e-4


@dataclass(frozen=True)
class Amount:
    """How much there is of one species, or of species that the spectrum cannot distinguish."""

    name: str
    smiles: str
    role: Role
    seen: bool
    """False if the spectrum shows none of it; ``high`` is then the upper limit."""
    fraction: float
    """Mole fraction among the species that are not standards; of a standard, its ratio to all of them."""
    low: float
    high: float
    amount: float | None = None
    """In the unit of the standard; None without one."""
    amount_low: float | None = None
    amount_high: float | None = None
    yield_percent: float | None = None
    """Of a product, where the amounts of standard and reactants are stated."""
    conversion: float | None = None
    """Share of a reactant that has become product; None without a reaction."""
    conversion_low: float | None = None
    conversion_high: float | None = None
    group: int | None = None
    """Number of its group of species that cannot be distinguished, from 1."""


@dataclass(frozen=True)
class FittedSignal:
    """One signal of a species, as it was found."""

    species: str
    atoms: tuple[int, ...]
    """Heavy atoms of the SMILES, from 0."""
    nuclei: float
    ppm: float | None
    """None if the species is not seen."""
    predicted_ppm: float
    uncertainty_ppm: float
    area: float
    """Share of the area of the spectrum."""


@dataclass(frozen=True)
class Quantification:
    """Amounts of all species of one spectrum."""

    source: str
    nucleus: str
    frequency_mhz: float
    solvent: str
    amounts: tuple[Amount, ...]
    groups: tuple[Amount, ...]
    """Sum of each group of species that cannot be distinguished."""
    background: dict[str, float]
    """Share of the area of solvent, water and standards of the table that were seen."""
    signals: tuple[FittedSignal, ...]
    unexplained_share: float
    """Share of the area of all signals of none of the species."""
    unexplained: tuple[UnassignedSignal, ...]
    excluded: tuple[tuple[float, float], ...]
    """Ranges that were left out, high to low (ppm)."""
    warnings: tuple[str, ...]
    sha256: str = ""
    version: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as the JSON output has them."""
        return asdict(self)


def quantification_of(fit: MixtureFit, coverage: float, notes: tuple[str, ...] = ()) -> Quantification:
    """Return the result of a fit.

    Parameters
    ----------
    coverage
        Probability of the intervals.
    notes
        Warnings about the input, which come first.
    """
    unexplained = find_unexplained(fit)
    groups = [g for g in indistinguishable(fit.posterior) if all(fit.species[k].role != "standard" for k in g)]
    fractions = _fractions(fit)
    amounts = tuple(
        _amount(fit, (k,), fractions, coverage, next((n for n, g in enumerate(groups, 1) if k in g), None))
        for k in range(len(fit.species))
    )
    share = sum(s.area for s in unexplained)
    return Quantification(
        fit.spectrum.source,
        fit.spectrum.nucleus,
        fit.cells.grid.mhz,
        fit.solvent,
        amounts,
        tuple(_amount(fit, g, fractions, coverage, n) for n, g in enumerate(groups, 1)),
        _background(fit),
        _signals(fit, amounts),
        share,
        unexplained,
        fit.cells.excluded,
        (*notes, *fit.spectrum.warnings, *doubts(fit, [a.seen for a in amounts], groups, share)),
        fit.spectrum.sha256,
    )


def _fractions(fit: MixtureFit) -> Float:
    """Return amounts over the sum of all species but standards (samples, species)."""
    amounts = fit.posterior.amounts[:, : len(fit.species)]
    counted = np.array([s.role != "standard" for s in fit.species])
    return np.asarray(amounts / amounts[:, counted].sum(axis=1, keepdims=True).clip(1e-300, None))


def _amount(fit: MixtureFit, members: tuple[int, ...], fractions: Float, coverage: float, group: int | None) -> Amount:
    weights = fit.posterior.weights
    values = fractions[:, members].sum(axis=1)
    mean, low, high = mean_and_interval(values, weights, coverage)
    hidden = float(fit.hidden[list(members)].sum())
    # One of several species that are not distinguished may be zero within its error, but is not missing.
    seen = bool((low > _MIN_LOW_OVER_MEAN * mean or group is not None) and mean > _MIN_FRACTION)
    if not seen:
        low, high = 0.0, max(weighted_quantile(values, weights, [coverage])[0], _hidden_fraction(fit, hidden))
    first = fit.species[members[0]]
    found = Amount(
        " + ".join(fit.species[k].name for k in members),
        ".".join(fit.species[k].smiles for k in members),
        first.role,
        seen,
        mean if seen else 0.0,
        low,
        high,
        group=group,
    )
    return _with_conversion(fit, members, _with_standard(fit, members, found, coverage), coverage)


def _hidden_fraction(fit: MixtureFit, hidden: float) -> float:
    """Return the mole fraction of a hidden amount beside the amounts that are seen."""
    counted = np.array([s.role != "standard" for s in fit.species])
    return hidden / max(hidden + float(fit.posterior.mean_amounts[: len(fit.species)][counted].sum()), 1e-300)


def _with_standard(fit: MixtureFit, members: tuple[int, ...], found: Amount, coverage: float) -> Amount:
    """Return an amount with its size in the unit of the standard, and the yield of a product."""
    standard = next((k for k, s in enumerate(fit.species) if s.role == "standard" and s.amount is not None), None)
    if standard is None or (fit.hidden[standard] > 0 and standard not in members):
        return found
    samples, weights = fit.posterior.amounts, fit.posterior.weights
    known = float(fit.species[standard].amount or 0.0)
    values = samples[:, members].sum(axis=1) / samples[:, standard].clip(1e-300, None) * known
    mean, low, high = mean_and_interval(values, weights, coverage)
    if not found.seen:
        hidden = (
            float(fit.hidden[list(members)].sum()) / float(fit.posterior.mean_amounts[standard].clip(1e-300)) * known
        )
        mean, low, high = 0.0, 0.0, max(weighted_quantile(values, weights, [coverage])[0], hidden)
    one = fit.species[members[0]]
    charged = [s.amount / s.coefficient for s in fit.species if s.role == "reactant" and s.amount is not None]
    percent = 100 * mean / one.coefficient / min(charged) if charged and one.role == "product" else None
    return replace(found, amount=mean, amount_low=low, amount_high=high, yield_percent=percent)


def _with_conversion(fit: MixtureFit, members: tuple[int, ...], found: Amount, coverage: float) -> Amount:
    """Return the amount of a reactant with its conversion.

    Products of one reaction form together: the mean over them is its extent.
    """
    products = [k for k, s in enumerate(fit.species) if s.role == "product"]
    if found.role != "reactant" or not products or len(members) > 1:
        return found
    coefficient = np.array([s.coefficient for s in fit.species], dtype=np.float64)
    extents = fit.posterior.amounts[:, : len(fit.species)] / coefficient
    formed, left = extents[:, products].mean(axis=1), extents[:, members[0]]
    values = formed / (formed + left).clip(1e-300, None)
    mean, low, high = mean_and_interval(values, fit.posterior.weights, coverage)
    # What the spectrum could hide of a product or of the reactant.
    more = float(np.mean(fit.hidden[products] / coefficient[products]))
    rest = fit.hidden[members[0]] / coefficient[members[0]]
    high = max(high, _mean_ratio(fit, formed + more, left))
    low = min(low, _mean_ratio(fit, formed, left + rest))
    return replace(found, conversion=mean, conversion_low=low, conversion_high=high)


def _mean_ratio(fit: MixtureFit, formed: Float, left: Float) -> float:
    """Return the mean of the share that has formed over the samples."""
    return float(fit.posterior.weights @ (formed / (formed + left).clip(1e-300, None)))


def _background(fit: MixtureFit) -> dict[str, float]:
    shares = fit.contributions.sum(axis=1)[len(fit.species) :]
    return {b.name: float(s) for b, s in zip(fit.background, shares.tolist(), strict=True) if s > _MIN_FRACTION}


def _signals(fit: MixtureFit, amounts: tuple[Amount, ...]) -> tuple[FittedSignal, ...]:
    found, at = [], 0
    mean, best = fit.posterior.mean_amounts, fit.states[0].amounts
    owner, parent = fit.templates.owner, fit.templates.parent
    for k, (species, part) in enumerate(zip(fit.species, fit.signals, strict=False)):
        total = float(best[parent == k].sum())
        for signal in part:
            ppm = float(fit.positions[at])
            # The forms of a species share its amount as the best state has them.
            share = float(best[owner[at]]) / total if total > 0 else 0.0
            found.append(
                FittedSignal(
                    species.name,
                    signal.atoms,
                    round(signal.nuclei, 3),
                    ppm if amounts[k].seen and ppm == ppm else None,
                    signal.ppm,
                    signal.scale,
                    float(mean[k]) * share * signal.nuclei if amounts[k].seen else 0.0,
                )
            )
            at += 1
    return tuple(found)

"""Mass balance of a stated reaction: what is formed of one product is formed of the others and lacks of reactants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.mixtures.species import Species

__all__ = ["ReactionBalance", "reaction_balance"]

Float = NDArray[np.float64]

_ERROR = 0.05
"""Scale of the relative error of the balance."""
_DOF = 2.0
"""Of its Student-t distribution: a product that is lost, or a second reaction, costs little more than a
smaller deviation."""
_LEAST = 0.1
"""Smallest extent to which the error is relative, over the amount of a reactant at the start."""


@dataclass(frozen=True)
class ReactionBalance:
    """The balance of the spectra of one series.

    In each spectrum the extents of all products agree. What is left of a reactant and what has
    formed of it is a constant share of the same sum for the first reactant.
    """

    reactants: Float
    """Extent for an amount of 1 (reactants, columns)."""
    products: Float
    """Extent for an amount of 1 (products, columns)."""
    ratios: Float
    """Amount of each reactant at the start, over that of the first, each by its coefficient (reactants,)."""

    def with_ratios(self, amounts: Float) -> ReactionBalance:
        """Return the balance with the ratios that follow from amounts (spectra, columns)."""
        formed = (amounts @ self.products.T).mean(axis=1)
        sums = amounts @ self.reactants.T + formed[:, None]
        total = float(sums[:, 0].sum())
        ratios = sums.sum(axis=0) / total if total > 0 else np.ones(len(self.reactants))
        return ReactionBalance(self.reactants, self.products, ratios)

    def precision(self, amounts: Float) -> Float:
        """Return the matrix of precisions (columns, columns) that the balance adds to those of amounts (columns,)."""
        rows, error = self._rows(amounts)
        z = rows @ amounts / error
        weight = (_DOF + 1) / (_DOF + z * z) / error**2
        return np.asarray((rows * weight[:, None]).T @ rows)

    def cost(self, amounts: Float) -> float:
        """Return the cost of the deviation of amounts (columns,) from the balance."""
        rows, error = self._rows(amounts)
        z = rows @ amounts / error
        return float((0.5 * (_DOF + 1) * np.log1p(z * z / _DOF)).sum())

    def _rows(self, amounts: Float) -> tuple[Float, Float]:
        """Return what is zero if the balance holds, per column (conditions, columns), and its error (conditions,)."""
        mean = self.products.mean(axis=0)
        formed = float(mean @ amounts)
        sums = self.reactants @ amounts + formed
        least = max(_LEAST * float(sums.max()), 1e-12)
        rows, error = [], []
        if len(self.products) > 1:
            rows += list(self.products - mean)
            error += [_ERROR * max(formed, least)] * len(self.products)
        for part, ratio, total in zip(self.reactants[1:], self.ratios[1:].tolist(), sums[1:].tolist(), strict=True):
            rows.append(part + mean - ratio * (self.reactants[0] + mean))
            error.append(_ERROR * max(total, least))
        return np.array(rows).reshape(-1, len(amounts)), np.array(error)


def reaction_balance(
    species: Sequence[Species], parent: NDArray[np.int64], seen: NDArray[np.bool_] | None = None
) -> ReactionBalance | None:
    """Return the balance of a reaction; None without one of several reactants or products.

    Parameters
    ----------
    parent
        Index of the species, or more, of each column (columns,).
    seen
        Species that are part of it (species,); None takes all. A product that is lost has no part.
    """
    parts = [k for k in range(len(species)) if seen is None or seen[k]]
    sides = []
    for role in ("reactant", "product"):
        members = [k for k in parts if species[k].role == role]
        extents = [(parent == k) / species[k].coefficient for k in members]
        sides.append(np.array(extents).reshape(len(members), len(parent)))
    reactants, products = sides
    if not len(reactants) or not len(products) or len(reactants) + len(products) < 3:
        return None
    return ReactionBalance(reactants, products, np.ones(len(reactants)))

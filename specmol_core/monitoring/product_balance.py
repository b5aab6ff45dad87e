"""Whether the products of a series have formed in the ratio of the reaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specmol_core.mixtures.species import Species

__all__ = ["product_doubts"]

_LIMITS = (0.7, 1.4)
_MIN_FRACTION = 0.05
"""Mean fraction of the other products from which they say how much there should be of one."""


def product_doubts(rows: Sequence[Mapping[str, Any]], species: Sequence[Species]) -> list[str]:
    """Return a warning for each product of which there is much less or more than of the others.

    Parameters
    ----------
    rows
        Lines of a series without those of failed spectra.
    """
    extents = {
        one.name: sum(float(row[one.name]) for row in rows) / one.coefficient / max(len(rows), 1)
        for one in species
        if one.role == "product"
    }
    doubts = []
    for name, extent in extents.items():
        others = [value for other, value in extents.items() if other != name]
        expected = sum(others) / len(others) if others else 0.0
        if expected > _MIN_FRACTION and not _LIMITS[0] <= extent / expected <= _LIMITS[1]:
            doubts.append(
                f"{name} is {extent / expected:.2f} of what the other products say: it is lost, or the reaction as "
                "written is not all that happens; the conversion is the mean over all products"
            )
    return doubts

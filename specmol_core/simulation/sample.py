"""Contents of a simulated sample besides the compound: solvents, and impurities with weights."""

from __future__ import annotations

from specmol_core.spectra.reference.impurities import impurity_named
from specmol_core.spectra.reference.solvents import SOLVENTS as ALL_SOLVENTS

__all__ = ["IMPURITIES", "IMPURITY_WEIGHTS", "SOLVENTS"]

_SOLVENT_NAMES = (
    "CDCl3", "DMSO-d6", "CD3OD", "D2O", "acetone-d6", "C6D6", "CD3CN", "CD2Cl2", "THF-d8", "dioxane-d8",
)  # fmt: skip

SOLVENTS = {name: next(s for s in ALL_SOLVENTS if s.name == name) for name in _SOLVENT_NAMES}
"""The solvents that can be simulated, by name."""

_WEIGHTS = {
    "ethyl acetate": 3.0,
    "acetone": 3.0,
    "dichloromethane": 3.0,
    "grease": 3.0,
    "n-hexane": 2.0,
    "silicone grease": 1.0,
    "diethyl ether": 1.5,
    "ethanol": 1.5,
    "methanol": 1.0,
    "toluene": 1.5,
    "dimethylformamide": 1.0,
    "tetrahydrofuran": 0.7,
    "2-propanol": 0.7,
    "acetonitrile": 0.7,
    "chloroform": 0.5,
}
"""Relative frequency of each impurity in measured spectra.

Datasets store impurities as bits in this order, so new ones go to the end.
"""

IMPURITIES = tuple(impurity_named(name) for name in _WEIGHTS)
"""The impurities that can be simulated."""
IMPURITY_WEIGHTS = tuple(_WEIGHTS.values())
"""Relative probability of each impurity, in the order of ``IMPURITIES``."""

"""Solvents of the shift network, and the units of its outputs."""

from __future__ import annotations

__all__ = [
    "CENTRE_PPM",
    "MIN_SCALE_PPM",
    "OTHER_SOLVENT",
    "SOLVENTS",
    "UNKNOWN_SOLVENT",
    "WIDTH_PPM",
    "network_solvent",
]

SOLVENTS = ("CDCl3", "DMSO-d6", "CD3OD", "D2O", "acetone-d6", "C6D6", "CD3CN", "CD2Cl2", "THF-d8", "pyridine-d5",
            "other", "unknown")  # fmt: skip
"""Solvents that the network distinguishes, by their names in ``spectra.reference.solvents``."""
OTHER_SOLVENT = SOLVENTS.index("other")
UNKNOWN_SOLVENT = SOLVENTS.index("unknown")


def network_solvent(name: str) -> str:
    """Return the solvent of the network for a solvent of ``spectra.reference.solvents``; else "other".

    >>> network_solvent("C6D6"), network_solvent("dioxane-d8"), network_solvent("")
    ('C6D6', 'other', 'unknown')
    """
    return name if name in SOLVENTS else "other" if name else "unknown"


CENTRE_PPM, WIDTH_PPM = (80.0, 4.0), (50.0, 2.5)
"""Centre and width of typical shifts, 13C and 1H (ppm), by which outputs are scaled."""
MIN_SCALE_PPM = (0.05, 0.004)
"""Smallest scale of a distribution, 13C and 1H (ppm); labels are rounded to 0.1 and 0.01."""

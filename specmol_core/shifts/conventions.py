"""What the shift network is told besides a structure, and the units of its answers."""

from __future__ import annotations

__all__ = ["CENTRE_PPM", "MIN_SCALE_PPM", "SOLVENTS", "UNKNOWN_SOLVENT", "WIDTH_PPM"]

SOLVENTS = ("CDCl3", "DMSO-d6", "CD3OD", "D2O", "other", "unknown")
"""Solvents that the network is told apart."""
UNKNOWN_SOLVENT = SOLVENTS.index("unknown")

CENTRE_PPM, WIDTH_PPM = (80.0, 4.0), (50.0, 2.5)
"""Typical shifts and their range, 13C and 1H (ppm): the network's outputs are in these units."""
MIN_SCALE_PPM = (0.05, 0.004)
"""Smallest scale of a distribution, 13C and 1H (ppm): labels are rounded to 0.1 and 0.01."""

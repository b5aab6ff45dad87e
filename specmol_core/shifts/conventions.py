"""Solvents of the shift network, and the units of its outputs."""

from __future__ import annotations

__all__ = ["CENTRE_PPM", "MIN_SCALE_PPM", "SOLVENTS", "UNKNOWN_SOLVENT", "WIDTH_PPM"]

SOLVENTS = ("CDCl3", "DMSO-d6", "CD3OD", "D2O", "other", "unknown")
"""Solvents that the network distinguishes."""
UNKNOWN_SOLVENT = SOLVENTS.index("unknown")

CENTRE_PPM, WIDTH_PPM = (80.0, 4.0), (50.0, 2.5)
"""Centre and width of typical shifts, 13C and 1H (ppm), by which outputs are scaled."""
MIN_SCALE_PPM = (0.05, 0.004)
"""Smallest scale of a distribution, 13C and 1H (ppm); labels are rounded to 0.1 and 0.01."""

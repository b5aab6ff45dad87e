"""Rank candidate molecules against a pair of NMR spectra (1H and 13C)."""

__version__ = "0.2.0"

__all__ = ["__version__"]

"""Spectra: the axis, the checked trace, its readers and the canonical image."""

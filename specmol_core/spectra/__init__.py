"""Spectra: the axis, the validated spectrum, its readers and the canonical image."""

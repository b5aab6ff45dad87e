"""Readers, one module a format; each ends in a checked :class:`~specmol_core.spectra.Spectrum`."""

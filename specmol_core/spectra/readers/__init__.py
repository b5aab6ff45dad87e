"""Readers, one module per format; each returns a validated
:class:`~specmol_core.spectra.spectrum.Spectrum`.
"""

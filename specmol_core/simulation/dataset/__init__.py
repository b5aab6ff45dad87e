"""Simulated spectra on disk: what `specmol simulate` writes."""

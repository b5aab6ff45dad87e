"""Simulated spectra on disk: the dataset that `specmol simulate` writes."""

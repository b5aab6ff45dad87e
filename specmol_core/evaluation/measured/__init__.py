"""Measured spectra of known structures, and measurements on their traces."""

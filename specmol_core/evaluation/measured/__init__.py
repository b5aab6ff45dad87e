"""Measured spectra of known structures, and what their traces show."""

"""Comparison of simulated with measured spectra."""

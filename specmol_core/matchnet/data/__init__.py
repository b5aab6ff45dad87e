"""Datasets of drawn spectra, molecular graphs and labelled pairs."""

"""Datasets of simulated spectra, molecular graphs and labelled pairs."""

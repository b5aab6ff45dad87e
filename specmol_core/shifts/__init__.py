"""Prediction of chemical shifts and their uncertainties from a structure."""

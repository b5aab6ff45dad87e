"""Fit of the parameters of matchnet-x."""

"""Simulation of paired, realistic 1H and 13C spectra from a structure and its chemical shifts."""

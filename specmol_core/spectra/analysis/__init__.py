"""Analyse spectra: noise, lines, signals, and which lines are of solvent and impurities."""

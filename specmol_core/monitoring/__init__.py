"""Series of spectra over time: their sources, what was done already, conditions, kinetics and unknowns."""

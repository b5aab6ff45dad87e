"""Reference tables: where solvents and impurities stand in 1H and 13C spectra."""

"""Reference tables: chemical shifts of solvents and impurities in 1H and 13C spectra."""

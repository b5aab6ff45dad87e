"""1H and 13C spectra of a molecule as an instrument records them, from its structure and shifts."""

"""Paired 1H and 13C spectra of a molecule as an instrument would give them, from its structure and shifts."""

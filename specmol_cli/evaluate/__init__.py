"""``specmol evaluate``: measure models on benchmark sets and measured spectra."""

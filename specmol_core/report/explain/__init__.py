"""The sheet that explains one candidate: its structure over the spectra."""

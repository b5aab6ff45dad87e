"""Training data: simulated spectra, datasets on disk, pairs."""

"""How close simulated spectra come to measured ones."""

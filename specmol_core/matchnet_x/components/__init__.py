"""Sets of candidates that explain the spectra of a mixture, and compounds that are known to be in it."""

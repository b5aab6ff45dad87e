"""Write simulated spectra in the file formats of spectrometers: Bruker, JCAMP-DX, CSV."""

"""JCAMP-DX, versions 4.24 to 6: spectra, free induction decays and peak tables."""

from specmol_core.spectra.readers.jcamp.reader import READER, read_jcamp

__all__ = ["READER", "read_jcamp"]

"""Spectra: the axis, the checked trace, its readers and the canonical picture."""

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.spectrum import Nucleus, Spectrum, SpectrumPair

__all__ = ["Nucleus", "PpmAxis", "Spectrum", "SpectrumPair"]

"""Kinds of input, for which a model is calibrated separately."""

from __future__ import annotations

from specmol_core.spectra.analysis.analysis import AnalysedPair
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["KINDS", "kind_of"]

_SOURCES = ("peak lists", "traces", "pictures")
_BOTH, _ALONE = "both nuclei", ("13C alone", "1H alone")
KINDS = tuple(f"{source}, {nuclei}" for source in _SOURCES for nuclei in (_BOTH, *_ALONE))
"""All kinds of input."""


def kind_of(pair: AnalysedPair) -> str:
    """Return the kind of input of a pair, such as ``traces, both nuclei``.

    Kinds are peak lists, traces and pictures, for both nuclei or one alone. A trace that is as coarse
    as a picture counts as one. A pair of two kinds has that of which less can be read: a picture, else
    a trace.
    """
    spectra = [analysis.spectrum for analysis in pair.analyses]
    source = max((_source(spectrum) for spectrum in spectra), key=_SOURCES.index)
    nuclei = _BOTH if len(spectra) == 2 else f"{spectra[0].nucleus} alone"
    return f"{source}, {nuclei}"


def _source(spectrum: Spectrum) -> str:
    if spectrum.peaks:
        return "peak lists"
    is_drawn = spectrum.calibration is not None or spectrum.height_step > 0 or not resolves_lines(spectrum)
    return "pictures" if is_drawn else "traces"

"""Analyse a spectrum once, for masking, for the models and for ``inspect``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from specmol_core.spectra.analysis.low_resolution import is_low_resolution, low_resolution_signals
from specmol_core.spectra.analysis.mask import MaskedLines, describe_lines, mask_contaminants
from specmol_core.spectra.analysis.multiplets import H1Signal
from specmol_core.spectra.analysis.picking import resolves_lines
from specmol_core.spectra.analysis.proton_numbers import proton_scale
from specmol_core.spectra.analysis.quality_checks import quality_warnings
from specmol_core.spectra.analysis.recognise import LineRecognition, RecognisedLine, recognise
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum, SpectrumPair

__all__ = ["AnalysedPair", "Analysis", "NamedSolvent", "analyse_pair", "analyse_unmasked"]


@dataclass(frozen=True)
class NamedSolvent:
    """The solvent of a spectrum, and who names it."""

    name: str
    """Name in the table of solvents; as the file writes it if the table lacks it."""
    source: Literal["given", "lines", "file"]
    """The user's word, the lines of the solvent in the spectra, or the file; the first one that is known."""


class Analysis:
    """The lines of one spectrum, and the spectrum that the models see, computed on first use.

    Parameters
    ----------
    spectrum
        The spectrum as it was read.
    solvent
        Name of the solvent, in place of the one that the file states.
    masking
        Whether the lines of solvent and impurities are masked in the spectrum that the models see.
    weak_lines
        As of ``recognise``.
    """

    def __init__(
        self, spectrum: Spectrum, solvent: str | None = None, *, masking: bool = True, weak_lines: bool = False
    ) -> None:
        self.spectrum = spectrum
        self._solvent, self._masking, self._weak_lines = solvent, masking, weak_lines

    def with_weak_lines(self) -> Analysis:
        """Return the analysis of a mixture, in which lines far weaker than others count."""
        return Analysis(self.spectrum, self._solvent, masking=self._masking, weak_lines=True)

    @cached_property
    def recognition(self) -> LineRecognition:
        """The lines of the spectrum as it was read."""
        return recognise(self.spectrum, self._solvent, weak_lines=self._weak_lines)

    @property
    def solvent(self) -> NamedSolvent | None:
        """The solvent of the spectrum; None if nobody names it and no lines of one were found."""
        stated = self._solvent or self.spectrum.solvent
        if self.spectrum.solvent_given and stated:
            return NamedSolvent(stated, "given")
        found = self.recognition
        if found.has_solvent_lines and found.solvent:
            return NamedSolvent(found.solvent, "lines")
        if not stated:
            return None
        known = solvent_named(stated)
        # ``_solvent`` may come from the lines of the other spectrum of the pair.
        return NamedSolvent(known.name if known else stated, "file" if self.spectrum.solvent else "lines")

    @property
    def masked_spectrum(self) -> Spectrum:
        """The spectrum that the models see: masked, with a warning that names the masked lines."""
        return self._masked[0]

    @cached_property
    def named_spectrum(self) -> Spectrum:
        """The spectrum that the models see; on a coarse axis, the solvent is named even if only its lines,
        or those of the other spectrum, tell it."""
        spectrum = self.masked_spectrum
        if spectrum.peaks or spectrum.solvent or resolves_lines(spectrum) or self.solvent is None:
            return spectrum
        return replace(spectrum, solvent=self.solvent.name)

    @property
    def contaminants(self) -> tuple[RecognisedLine, ...]:
        """The lines that were masked, high to low shift."""
        return self._masked[1]

    @cached_property
    def masked_recognition(self) -> LineRecognition:
        """The lines of ``masked_spectrum``.

        If nothing was masked, they equal ``recognition``. Otherwise lines are picked in the masked
        trace, because noise level, typical line width and least height of a line differ without the
        tall lines of a solvent.
        """
        masked, spectrum = self.masked_spectrum, self.spectrum
        is_unchanged = masked.intensities is spectrum.intensities and masked.axis is spectrum.axis
        if is_unchanged and self._solvent in (None, spectrum.solvent):
            return self.recognition
        return recognise(masked, weak_lines=self._weak_lines)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the reader, about masking, and about the quality of the spectrum as it was read."""
        masked = self.masked_spectrum
        quality = quality_warnings(self.spectrum, self.recognition, masked=self._masking)
        return tuple(dict.fromkeys((*masked.warnings, *quality)))

    @cached_property
    def signals(self) -> tuple[H1Signal, ...]:
        """The 1H signals that the models and ``inspect`` use: of the masked spectrum, high to low shift.

        Those of a coarse axis have no lines and no multiplicity, see ``low_resolution_signals``.
        """
        spectrum = self.named_spectrum
        if spectrum.nucleus != "1H" or not is_low_resolution(spectrum):
            return self.masked_recognition.signals
        cells = sorted(low_resolution_signals(spectrum), reverse=True)
        amounts = np.array([cell.amount for cell in cells], dtype=np.float64)
        scale = proton_scale(amounts, np.zeros(len(amounts), np.bool_))
        return tuple(H1Signal(c.ppm, c.ppm, c.ppm, c.amount * scale, "", (), ()) for c in cells)

    @cached_property
    def _masked(self) -> tuple[Spectrum, tuple[RecognisedLine, ...]]:
        if not self._masking:
            return self.spectrum, ()
        masked, contaminants = mask_contaminants(self.spectrum, recognition=self.recognition)
        if contaminants:
            what = describe_lines(contaminants)
            note = f"masked {what}; a line of the compound at the same place is masked, too"
            masked = replace(masked, warnings=(*masked.warnings, note))
        return masked, contaminants


@dataclass(frozen=True)
class AnalysedPair:
    """The analysed spectra of one compound; one of them may be missing.

    Raises
    ------
    ValueError
        If both spectra are missing.
    """

    h1: Analysis | None = None
    c13: Analysis | None = None

    def __post_init__(self) -> None:
        if not self.analyses:
            raise ValueError("a query needs a 1H or a 13C spectrum")

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The analyses of the given spectra, 1H first."""
        return tuple(analysis for analysis in (self.h1, self.c13) if analysis is not None)

    def with_weak_lines(self) -> AnalysedPair:
        """Return the pair, analysed as spectra of a mixture, see ``Analysis.with_weak_lines``."""
        return AnalysedPair(*(None if one is None else one.with_weak_lines() for one in (self.h1, self.c13)))

    @property
    def masked_pair(self) -> SpectrumPair:
        """The spectra that the models see."""
        return SpectrumPair(
            *(None if analysis is None else analysis.masked_spectrum for analysis in (self.h1, self.c13))
        )

    @property
    def contaminants(self) -> MaskedLines:
        """The masked lines of each spectrum, 13C first."""
        analyses = (analysis for analysis in (self.c13, self.h1) if analysis is not None)
        return {analysis.spectrum.nucleus: analysis.contaminants for analysis in analyses}


def analyse_pair(pair: SpectrumPair) -> AnalysedPair:
    """Analyse a pair and mask the lines of solvent and impurities; ``warnings`` names each of them.

    The solvent of the 1H spectrum is the one that its file names. If it names none, or if no line of
    it is found, the solvent whose multiplet is in the 13C spectrum is tried.
    """
    c13 = None if pair.c13 is None else Analysis(pair.c13)
    if pair.h1 is None:
        return AnalysedPair(None, c13)
    h1 = Analysis(pair.h1, pair.h1.solvent)
    if c13 is None or not c13.recognition.has_solvent_lines:
        return AnalysedPair(h1, c13)
    other = Analysis(pair.h1, c13.recognition.solvent)
    if not pair.h1.solvent or (not h1.recognition.has_solvent_lines and other.recognition.has_solvent_lines):
        h1 = other
    return AnalysedPair(h1, c13)


def analyse_unmasked(pair: SpectrumPair) -> AnalysedPair:
    """Analyse a pair and mask nothing."""
    return AnalysedPair(*(None if s is None else Analysis(s, masking=False) for s in (pair.h1, pair.c13)))

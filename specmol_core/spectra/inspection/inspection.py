"""Inspect a spectrum: its lines, signals and warnings as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from specmol_core.errors import SpectrumError, UsageError
from specmol_core.spectra.analysis.analysis import Analysis, NamedSolvent
from specmol_core.spectra.analysis.mask import describe_lines
from specmol_core.spectra.analysis.multiplets import H1Signal
from specmol_core.spectra.analysis.quality_checks import quality_warnings
from specmol_core.spectra.analysis.recognise import LineRecognition, RecognisedLine
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.readers.sentence.inline import SpectrumSource
from specmol_core.spectra.readers.source import NucleusError
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["Inspection", "inspect", "inspect_file"]

_SAME_LINE_PPM = 0.002
"""Largest distance of a line before and after masking (ppm)."""


@dataclass(frozen=True)
class Inspection:
    """A spectrum with its recognised lines and warnings."""

    spectrum: Spectrum
    recognition: LineRecognition
    solvent: NamedSolvent | None
    signals: tuple[H1Signal, ...]
    """1H signals of the compound as ranking uses them: of the spectrum with masked solvent."""
    warnings: tuple[str, ...]
    """Warnings of the reader, warnings about quality, and the lines that are masked for ranking."""

    def _multiplicity_at(self, line: RecognisedLine) -> str:
        """Multiplicity of the signal that has a line; empty if none has it."""
        if line.kind != "compound":
            return ""
        distances = ((abs(peak.ppm - line.peak.ppm), s.multiplicity) for s in self.signals for peak in s.peaks)
        distance, multiplicity = min(distances, default=(np.inf, ""))
        return multiplicity if distance < _SAME_LINE_PPM else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; shifts and ranges are in ppm, other units are in the names."""
        spectrum, recognition = self.spectrum, self.recognition
        return {
            "source": spectrum.source,
            "nucleus": spectrum.nucleus,
            "frequency_mhz": spectrum.frequency_mhz,
            "solvent": None if self.solvent is None else self.solvent.name,
            "solvent_source": None if self.solvent is None else self.solvent.source,
            "solvent_found": recognition.has_solvent_lines
            and self.solvent is not None
            and self.solvent.name == recognition.solvent,
            "range_ppm": [spectrum.axis.high, spectrum.axis.low],
            "points": spectrum.axis.points,
            "referencing": spectrum.referencing,
            "noise": recognition.floor.noise,
            "peaks": [
                {
                    "ppm": round(line.peak.ppm, 4),
                    "height": line.peak.height,
                    "width_hz": None if line.peak.width_hz is None else round(line.peak.width_hz, 2),
                    "multiplicity": line.peak.multiplicity or self._multiplicity_at(line),
                    "kind": line.kind,
                    "reason": line.reason,
                }
                for line in recognition.lines
            ],
            "signals": [
                {
                    "ppm": round(signal.ppm, 4),
                    "integral": round(signal.integral, 3),
                    "multiplicity": signal.multiplicity,
                    "couplings_hz": list(signal.couplings_hz),
                }
                for signal in self.signals
            ],
            "warnings": list(self.warnings),
        }


def inspect(spectrum: Spectrum) -> Inspection:
    """Pick and recognise the lines of a spectrum, and check its quality."""
    analysis = Analysis(spectrum)
    recognition = analysis.recognition
    notes = [*spectrum.warnings, *quality_warnings(spectrum, recognition)]
    contaminant_lines = recognition.of_kind("solvent", "impurity")
    if contaminant_lines:
        notes.append(
            f"masked for ranking: {describe_lines(contaminant_lines)}; a line of the compound at the same "
            "place is masked, too"
        )
    signals = analysis.signals if spectrum.nucleus == "1H" else ()
    return Inspection(spectrum, recognition, analysis.solvent, signals, tuple(dict.fromkeys(notes)))


def inspect_file(
    source: SpectrumSource,
    nucleus: Nucleus | None = None,
    window: tuple[float, float] | None = None,
    solvent: str | None = None,
) -> Inspection:
    """Read a spectrum and inspect it.

    Parameters
    ----------
    nucleus
        Nucleus of the spectrum; None if the file states it.
    window
        Range of the axis, high to low (ppm), if the file does not state it.
    solvent
        Solvent that the user names; it overrides the file.

    Raises
    ------
    UsageError
        If the solvent is unknown, no nucleus is given and the file states none, or holds spectra of both.
    SpectrumError
        As ``read_spectrum``.
    """
    geometry = Geometry()
    spectra: list[Spectrum] = []
    errors: list[SpectrumError] = []
    for name, default in zip(NUCLEI, (geometry.h1_window, geometry.c13_window), strict=True):
        if nucleus in (None, name):
            try:
                spectra.append(read_spectrum(source, name, window, default, solvent))
            except SpectrumError as error:
                errors.append(error)
    if not spectra:
        # An error about the wrong nucleus is less helpful than any other.
        raise min(errors, key=lambda error: isinstance(error, NucleusError))
    if len(spectra) > 1:
        raise UsageError(f"{source}: can be read as 1H and as 13C; say which with --nucleus 1H or --nucleus 13C")
    return inspect(spectra[0])

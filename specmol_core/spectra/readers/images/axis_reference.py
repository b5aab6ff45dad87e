"""Reference the axis of an image by the lines of the solvent, or by tetramethylsilane, as of a file.

The labels of a drawn axis are as right as the reference of the spectrum that was drawn. An axis is moved
only further than the error of reading it, so that each move is a warning.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specmol_core.spectra.analysis.coarse_solvent import carbon_offset
from specmol_core.spectra.analysis.noise import NoiseFloor, estimate_noise_floor
from specmol_core.spectra.analysis.picking import pick_peaks, resolves_lines
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.instruments.referencing import (
    MAX_SILENT_MOVE_PPM,
    SEARCH_RANGE_PPM,
    moved_axis,
    solvent_offset,
)
from specmol_core.spectra.reference.solvents import Solvent, solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["reference_image"]

_DEFAULT_FREQUENCY_MHZ = {"1H": 400.0, "13C": 100.6}
_SEEN_WITHOUT_NAME = "CDCl3"
"""The solvent whose multiplet moves an axis although nothing names it. Others are rarer, or amid usual lines."""
_TMS = "tetramethylsilane"
_MIN_TMS_SHARE, _MAX_TMS_SHARE = 0.01, 0.5
"""Heights of tetramethylsilane that may move an axis, relative to the tallest line: a taller line may be of
a silyl group."""
_MIN_TMS_GAP_PPM = 0.35
"""Least distance of tetramethylsilane, the last line, from the others (ppm)."""


def reference_image(spectrum: Spectrum) -> Spectrum:
    """Return the spectrum with its axis moved to a line of reference.

    It is unmoved if no such line is found, or if its axis was not read from the labels of an image.
    """
    if spectrum.calibration is None or spectrum.calibration.source != "ocr":
        return spectrum
    floor = estimate_noise_floor(spectrum.intensities, spectrum.height_step)
    peaks = pick_peaks(spectrum, floor)
    located = _locate(spectrum, peaks, floor, solvent_named(spectrum.solvent))
    if located is None or abs(located[0]) <= MAX_SILENT_MOVE_PPM[spectrum.nucleus] + spectrum.axis.step / 2:
        return spectrum
    axis, words, warnings = moved_axis(spectrum.axis, spectrum.nucleus, *located)
    return replace(
        spectrum,
        axis=axis,
        referencing=f"axis of the image, {words}",
        calibration=replace(spectrum.calibration, offset_ppm=spectrum.calibration.offset_ppm - located[0]),
        warnings=(*spectrum.warnings, *warnings),
    )


def _locate(
    spectrum: Spectrum, peaks: tuple[Peak, ...], floor: NoiseFloor, solvent: Solvent | None
) -> tuple[float, str, float] | None:
    """Offset of a line of reference (ppm), its name and its shift; None for none."""
    nucleus = spectrum.nucleus
    if solvent is not None and resolves_lines(spectrum):
        frequency = spectrum.frequency_mhz or _DEFAULT_FREQUENCY_MHZ[nucleus]
        found = solvent_offset(spectrum.axis, spectrum.magnitudes, nucleus, frequency, solvent.name)
        if found is not None:
            return found
    if nucleus == "1H":
        offset = _tms_offset(spectrum, peaks, solvent)
        return None if offset is None else (offset, _TMS, 0.0)
    candidate = solvent or solvent_named(_SEEN_WITHOUT_NAME)
    multiplet = next((signal for signal in candidate.c13 if signal.lines > 1), None) if candidate else None
    if candidate is None or multiplet is None:
        return None
    offset = carbon_offset(spectrum, peaks, floor, multiplet, SEARCH_RANGE_PPM["13C"])
    return None if offset is None else (offset, candidate.name, multiplet.ppm)


def _tms_offset(spectrum: Spectrum, peaks: tuple[Peak, ...], solvent: Solvent | None) -> float | None:
    """Shift of tetramethylsilane (ppm): the last line, small, and alone; None for none.

    If the solvent is known, it must have a line at the same offset.
    """
    if len(peaks) < 2:
        return None
    ppm = np.array([peak.ppm for peak in peaks])
    share = abs(peaks[-1].height) / max(abs(peak.height) for peak in peaks)
    is_alone = ppm[-2] - ppm[-1] >= _MIN_TMS_GAP_PPM
    if abs(ppm[-1]) > SEARCH_RANGE_PPM["1H"] or not is_alone or not _MIN_TMS_SHARE < share < _MAX_TMS_SHARE:
        return None
    tolerance = MAX_SILENT_MOVE_PPM["1H"] + spectrum.axis.step
    expected = [signal.ppm + ppm[-1] for signal in solvent.h1] if solvent is not None else []
    is_confirmed = all(np.abs(ppm - shift).min() <= tolerance for shift in expected)
    return float(ppm[-1]) if is_confirmed else None

"""Build a spectrum from a peak list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.readers.lists.sticks import render_peaks
from specmol_core.spectra.readers.source import RefusedError, Request, SourceFile
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["DEFAULT_FREQUENCY_MHZ", "spectrum_from_peaks"]

DEFAULT_FREQUENCY_MHZ = {"1H": 400.0, "13C": 100.6}
"""Frequency assumed for a list that states none (MHz): the usual spectrometer of 9.4 T."""

_AXIS_POINTS = 65_536
_MARGIN_SHARE = 0.05
"""Margin beside the outermost peak (share of the range)."""
_MAX_SIGNALS = 500
"""Signals of a list: no compound has as many, and the time of a ranking grows with their square."""
_MAX_SHIFT_PPM = 1000.0
"""Largest shift of a peak list, in magnitude (ppm)."""


def spectrum_from_peaks(
    source: SourceFile,
    request: Request,
    peaks: Sequence[Peak],
    *,
    frequency_mhz: float | None,
    solvent: str | None,
    referencing: str,
    warnings: Sequence[str],
) -> Spectrum:
    """Draw the trace of a spectrum from a peak list, and keep the list with it.

    The trace spans the range that the user gives, else the default one widened to hold every peak.

    Raises
    ------
    RefusedError
        If the list is empty or longer than that of any compound, a shift is invalid, or no signal is left in the
        trace.
    """
    if not peaks:
        raise RefusedError(f"its list of {request.nucleus} peaks is empty: export the peaks again")
    if len(peaks) > _MAX_SIGNALS:
        remedy = "pick the peaks with a higher threshold, or give the spectrum itself"
        raise RefusedError(f"lists {len(peaks):,} peaks; no compound has more than {_MAX_SIGNALS}: {remedy}")
    shifts = [peak.ppm for peak in peaks]
    if not all(abs(shift) <= _MAX_SHIFT_PPM for shift in shifts):
        raise RefusedError(
            f"lists a shift of {max(shifts, key=abs):g} ppm, which is not a chemical shift: check the unit of the list"
        )
    high, low = request.window or request.default_window
    if request.window is None:
        margin = _MARGIN_SHARE * (high - low)
        high, low = max(high, max(shifts) + margin), min(low, min(shifts) - margin)
    axis = PpmAxis(high, low, _AXIS_POINTS)
    notes = list(warnings)
    frequency = frequency_mhz
    if frequency is None:
        frequency = DEFAULT_FREQUENCY_MHZ[request.nucleus]
        notes.append(f"the list states no frequency: {frequency:g} MHz was assumed")
    trace = render_peaks(tuple(peaks), request.nucleus, frequency, axis)
    if not np.ptp(trace) > 0:
        where = "" if request.window is None else f", or none is between {high:g} and {low:g} ppm"
        raise RefusedError(f"its peaks cancel each other{where}: check their intensities and the range")
    return Spectrum(
        request.nucleus,
        axis,
        trace,
        source=str(source.path),
        sha256=source.sha256,
        frequency_mhz=frequency_mhz,
        solvent=solvent,
        warnings=tuple(notes),
        referencing=referencing,
        peaks=tuple(peaks),
        # A list holds no lobes of phase errors: its downward peaks were picked as lines.
        signed=request.nucleus == "13C" and min(peak.height for peak in peaks) < 0,
    )

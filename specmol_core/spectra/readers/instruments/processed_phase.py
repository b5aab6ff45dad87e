"""Correct the phase of a processed spectrum of which only the real part is known.

The FID begins at time 0. The imaginary part of its spectrum is therefore the Hilbert transform of
the real part (R. R. Ernst, J. Magn. Reson. 1969, 1, 7), and the phase can be corrected as for a FID.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.noise import estimate_noise_floor
from specmol_core.spectra.readers.instruments.phasing import Phase, autophase, negative_shares, signal_regions
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["correct_phase", "imaginary_part"]

_MIN_POINTS = 1024
"""Fewest points of a trace whose phase is corrected."""
_MIN_LOBE_SHARE, _MIN_LOBE_SNR = 0.01, 8.0
"""Least depth of the trace, relative to its height and in standard deviations of the noise, at which
an unsigned spectrum may be out of phase."""
_MIN_NEGATIVE_SHARE = 0.003
"""Least share of the power of the lines that has the wrong sign: a phase error of about 10 degrees."""
_MIN_NEGATIVE_MEAN = 0.01
"""Least mean of the lines' shares of wrong sign that is a warning; spectra in phase have 0.002 at most."""
_LOBES_NOTE = (
    "lines point down, or have lobes of the other sign, which no phase of the whole spectrum removes: phase it again"
)
_MAX_REMAINING = np.array([0.4, 0.75])
"""Largest part of the shares of wrong sign that a good correction leaves: of that of the power, and of
the mean of the lines."""

_MAX_FIRST_ORDER = 2 * np.pi
"""Largest first-order phase of a processed spectrum (rad)."""
_ZERO_ORDER_TRIALS = [Phase(float(np.radians(degrees)), 0.0, 1.0) for degrees in range(-180, 180, 3)]
"""Phases without a first order, which are tried beside the automatic phase."""


def correct_phase(spectrum: Spectrum) -> Spectrum:
    """Return the spectrum in phase; a warning states the error. Peak lists and drawings stay as they are.

    The phase is corrected only if lines have lobes of the other sign, and if these nearly vanish.
    Otherwise a warning names the lobes.
    """
    is_drawn = bool(spectrum.peaks) or spectrum.calibration is not None or spectrum.height_step > 0
    if is_drawn or len(spectrum.intensities) < _MIN_POINTS or not (spectrum.signed or _points_down(spectrum)):
        return spectrum
    values = spectrum.intensities.astype(np.float64)
    values -= np.median(values)
    # The phase of a FID's spectrum is defined with frequencies that rise.
    complex_values = (values + 1j * imaginary_part(values))[::-1]
    regions = signal_regions(complex_values, narrow=spectrum.signed)
    if not regions:
        return spectrum
    wrong = negative_shares(complex_values, regions, [Phase(0.0, 0.0, 0.0)], spectrum.signed)[0]
    corrected = _corrected(complex_values, spectrum, regions, wrong) if wrong[0] >= _MIN_NEGATIVE_SHARE else None
    if corrected is None:
        is_doubtful = wrong[0] >= _MIN_NEGATIVE_SHARE or wrong[1] >= _MIN_NEGATIVE_MEAN
        return replace(spectrum, warnings=(*spectrum.warnings, _LOBES_NOTE)) if is_doubtful else spectrum
    trace, degrees = corrected.trace[::-1], corrected.error_degrees
    if spectrum.signed and float(trace @ values) < 0:
        trace = -trace
    note = f"the lines were out of phase by about {degrees:.0f} degrees: the phase was corrected"
    return replace(spectrum, intensities=trace.astype(np.float32), warnings=(*spectrum.warnings, note))


def imaginary_part(real: NDArray[np.float64]) -> NDArray[np.float64]:
    """The imaginary part (n,) of a spectrum from its real part (n,), high to low shift.

    Examples
    --------
    >>> x = np.linspace(-50, 50, 4096)
    >>> absorption, dispersion = 1 / (1 + x**2), x / (1 + x**2)
    >>> bool(np.abs(imaginary_part(absorption) - dispersion).max() < 0.03)
    True
    """
    points = len(real)
    padded = np.zeros(1 << (points - 1).bit_length())
    padded[:points] = real
    decay = np.fft.fft(padded)
    half = len(padded) // 2
    decay[1:half] *= 2.0
    decay[half + 1 :] = 0.0
    imaginary: NDArray[np.float64] = np.fft.ifft(decay).imag[:points]
    return imaginary


@dataclass(frozen=True)
class _Corrected:
    trace: NDArray[np.float64]
    error_degrees: float
    """Median error of the lines, 0 to 180 (or to 90 if lines may point down)."""


def _points_down(spectrum: Spectrum) -> bool:
    """Whether an unsigned trace is deep enough for lines that are out of phase."""
    floor = estimate_noise_floor(spectrum.intensities)
    trace = spectrum.intensities - floor.baseline
    up, down = float(trace.max()), -float(trace.min())
    return down > max(_MIN_LOBE_SHARE * up, _MIN_LOBE_SNR * floor.noise)


def _corrected(
    spectrum: NDArray[np.complex128], measured: Spectrum, regions: list[slice], before: NDArray[np.float64]
) -> _Corrected | None:
    """The corrected real part of a complex spectrum; None if it cannot be corrected.

    Parameters
    ----------
    before
        Shares of the wrong sign, of the power and as the mean of the lines.
    """
    automatic = autophase(spectrum, measured.signed, lines_overlap=measured.nucleus == "1H")
    # Few lines leave the first order open.
    trials = [*([automatic] if abs(automatic.first) <= _MAX_FIRST_ORDER else []), *_ZERO_ORDER_TRIALS]
    shares = negative_shares(spectrum, regions, trials, measured.signed)
    best = int(np.argmin(shares[:, 0]))
    # One tall line out of phase, as of suppressed water, must not turn the others.
    if (shares[best] > _MAX_REMAINING * before).any():
        return None
    phase = trials[best]
    middles = np.array([region.start + region.stop for region in regions]) / (2 * len(spectrum)) - 0.5
    turn = np.pi if measured.signed else 2 * np.pi
    errors = np.abs((phase.zero + phase.first * middles + turn / 2) % turn - turn / 2)
    return _Corrected(phase.apply(spectrum).real, float(np.degrees(np.median(errors))))

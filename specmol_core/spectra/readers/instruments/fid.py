"""Process a free induction decay (FID) to a phased spectrum on a ppm axis."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.readers.instruments.baseline import estimate_baseline
from specmol_core.spectra.readers.instruments.phasing import autophase
from specmol_core.spectra.readers.source import RefusedError
from specmol_core.spectra.spectrum import Nucleus

__all__ = ["process_fid"]

_MIN_POINTS, _MAX_POINTS = 64, 2**21
"""Fewest and most complex points of a FID."""
_MAX_MISSING_POINTS = 64
"""Most points that are missing at the beginning of a FID."""
_BROADENING_HZ = {"1H": 0.3, "13C": 1.0}
"""Usual exponential line broadening (Hz)."""
_MIN_DECAY = 2.5
"""Least exponent of the decay over the acquisition; a truncated FID gives wiggles."""
_MIN_AGREEMENT = 0.35
"""Agreement of the lines on one phase below which a warning is given."""


def process_fid(
    fid: NDArray[np.complexfloating],
    spectral_width_hz: float,
    carrier_ppm: float,
    frequency_mhz: float,
    nucleus: Nucleus,
    group_delay: float = 0.0,
    *,
    signed: bool | None = False,
) -> tuple[PpmAxis, NDArray[np.float32], tuple[str, ...]]:
    """Apodise, zero-fill, Fourier transform and phase a FID, and correct its baseline.

    The signal of a line above the carrier is ``exp(+2 pi i f t)`` with f > 0.

    Parameters
    ----------
    fid
        Complex points (n,), evenly spaced by ``1 / spectral_width_hz``.
    spectral_width_hz
        Width of the spectrum (Hz).
    carrier_ppm
        Shift of the middle of the spectrum (ppm).
    frequency_mhz
        Frequency that converts Hz to ppm (MHz).
    group_delay
        Points before the FID begins, due to a digital filter; may be fractional. Negative if its
        first points are missing.
    signed
        Whether lines may point down, as in DEPT and APT; None where that is not known.

    Returns
    -------
    Axis of m points, intensities (m,) from high to low shift, warnings.

    Raises
    ------
    RefusedError
        If a parameter is invalid, or the FID is too short, too long, not finite or without signal.
    """
    points = _normalise_fid(fid, spectral_width_hz, carrier_ppm, frequency_mhz, group_delay)
    points = points - points[-max(8, len(points) // 8) :].mean()
    duration = len(points) / spectral_width_hz
    broadening = max(_BROADENING_HZ[nucleus], _MIN_DECAY / (math.pi * duration))
    time = np.maximum(np.arange(len(points)) - group_delay, 0.0) / spectral_width_hz
    points = points * np.exp(-math.pi * broadening * time)
    if group_delay < 1:
        points[0] *= 0.5  # the value at a jump is the mean of both sides
    filled = 2 ** math.ceil(math.log2(2 * len(points)))
    spectrum = np.fft.fftshift(np.fft.fft(points, filled))
    if group_delay:
        position = np.arange(filled) / filled - 0.5
        spectrum *= np.exp(2j * math.pi * group_delay * position)
    phase = autophase(spectrum, signed, lines_overlap=nucleus == "1H")
    real = phase.apply(spectrum).real
    real = (real - estimate_baseline(real))[::-1]
    notes: list[str] = []
    if phase.agreement == 0.0:
        notes.append("no line of the FID is strong enough to phase the spectrum")
    elif phase.agreement < _MIN_AGREEMENT:
        notes.append("the lines do not agree on one phase: look at the plot, or give a processed spectrum")
    step = spectral_width_hz / filled / frequency_mhz
    high = carrier_ppm + (filled / 2 - 0.5) * step
    peak = float(np.abs(real).max())
    if not (math.isfinite(peak) and peak > 0):
        raise RefusedError("the FID holds no signal: measure or export it again")
    return PpmAxis(high, high - filled * step, filled), (real / peak).astype(np.float32), tuple(notes)


def _normalise_fid(
    fid: NDArray[np.complexfloating], width: float, carrier: float, frequency: float, delay: float
) -> NDArray[np.complex128]:
    if not all(math.isfinite(number) for number in (width, carrier, frequency, delay)):
        raise RefusedError("the width, carrier, frequency or group delay of the FID is not a finite number")
    if not (1.0 <= frequency <= 2000.0 and 10.0 <= width <= 1e7):
        raise RefusedError(
            f"a FID {width:g} Hz wide at {frequency:g} MHz is outside the range of 1H and 13C: check the parameters"
        )
    if abs(carrier) > 1000.0:
        raise RefusedError(
            f"the middle of the spectrum at {carrier:g} ppm is outside the range of 1H and 13C: check the parameters"
        )
    if not _MIN_POINTS <= len(fid) <= _MAX_POINTS:
        raise RefusedError(f"the FID has {len(fid)} complex points; a spectrum has {_MIN_POINTS} to {_MAX_POINTS}")
    if not -_MAX_MISSING_POINTS <= delay < len(fid) / 2:
        raise RefusedError(f"a group delay of {delay:g} points does not fit a FID of {len(fid)}: check the parameters")
    points = np.asarray(fid, dtype=np.complex128)
    largest = float(np.abs(points).max())
    if not math.isfinite(largest):
        raise RefusedError("the FID holds values that are not finite: export it again")
    if not largest > 0:
        raise RefusedError("the FID holds only zeros: measure or export it again")
    return points / largest

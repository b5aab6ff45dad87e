"""Pick the lines of a spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specmol_core.spectra.analysis.lines import fit_tops, half_width
from specmol_core.spectra.analysis.noise import Floor, floor_of
from specmol_core.spectra.analysis.tops import find_tops
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["FINE", "Settings", "hertz_per_point", "is_fine", "pick_peaks"]

FINE = {"1H": 0.006, "13C": 0.06}
"""Step of an axis (ppm) up to which neighbouring lines, shoulders and widths can be told."""


@dataclass(frozen=True)
class Settings:
    """What counts as a line."""

    above_noise: float = 5.0
    """Least height, in standard deviations of the noise."""
    least: float = 0.01
    """Least height, relative to a typical strong line of the spectrum."""
    valley: float = 0.05
    """Least depth of the valley between two lines, relative to the lower one."""
    shoulder: float = 0.15
    """Least height of a shoulder, relative to the line it sits on."""
    foot: float = 0.01
    """Least height of a line near a strong one, relative to that one: below are sidebands of its shape."""
    foot_hz: float = 40.0
    """How far from a strong line its foot reaches (Hz)."""


SETTINGS = {
    "1H": Settings(above_noise=6.0, least=0.002, valley=0.04, shoulder=0.12, foot=0.004, foot_hz=60.0),
    "13C": Settings(above_noise=6.0, least=0.004, valley=0.3, shoulder=2.0, foot=0.03, foot_hz=60.0),
}
"""Broadband-decoupled carbons are single lines: no shoulders, and a notch in a top is a poor shim."""
_FREQUENCY = {"1H": 400.0, "13C": 100.0}
"""Frequency (MHz) that widths are reckoned with where the spectrum says none."""
_SMOOTHING = 0.5
"""Width of the smoothing, relative to that of the lines: it lowers the noise and merges nothing."""
_OWN = 0.22
"""Share that a shoulder has itself of the height at its place, as its bend tells."""
_BEND = 0.2
"""Standard deviation of the Gaussian that the second derivative is taken under, in widths of a line."""
_FWHM = 2.355
"""Full width at half height of a Gaussian, in standard deviations."""
_OUTSTANDING = 0.9
"""Least prominence of a line, relative to its least height over the noise."""
_FITTED = 25.0
"""Height from which a line is fitted without smoothing, in standard deviations of the noise."""
_STRONG = 5
"""A typical strong line is the median of the strongest ones of this many regions."""
_REGION = {"1H": 0.1, "13C": 1.0}
"""Width of such a region (ppm)."""
_MOST_LINES = 2000


def hertz_per_point(spectrum: Spectrum) -> float:
    """Digital resolution (Hz); that of an ordinary spectrometer where the spectrum does not say its frequency."""
    return spectrum.axis.step * (spectrum.frequency_mhz or _FREQUENCY[spectrum.nucleus])


def is_fine(spectrum: Spectrum) -> bool:
    """Whether the axis resolves lines as a spectrometer does; a picture of a few hundred columns does not."""
    return spectrum.axis.step <= FINE[spectrum.nucleus]


def pick_peaks(spectrum: Spectrum, floor: Floor | None = None) -> tuple[Peak, ...]:
    """The lines of a spectrum, high to low shift; those of a peak list as the list says.

    A line rises above the noise and above a share of the typical strong line, and a valley parts it from its
    neighbours. Position, height and width come from a Lorentzian fitted to its top. Shoulders of 1H lines are
    found where the trace is bent as only a line bends it. In a signed spectrum lines may point down.

    Parameters
    ----------
    floor
        Noise and baseline, where they are known already.
    """
    listed = spectrum.peaks
    if listed:
        return tuple(sorted(listed, key=lambda peak: -peak.ppm))
    floor = floor if floor is not None else floor_of(spectrum.intensities)
    trace = np.asarray(spectrum.intensities, dtype=np.float64) - floor.baseline
    peaks = _pick(trace, spectrum, floor.noise)
    if spectrum.signed:
        below = _pick(-trace, spectrum, floor.noise)
        strongest = max((p.height for p in (*peaks, *below)), default=0.0)
        least = SETTINGS[spectrum.nucleus].least * strongest
        peaks += [Peak(p.ppm, -p.height, p.width_hz) for p in below if p.height > least]
    return tuple(sorted(peaks, key=lambda peak: -peak.ppm))


def _pick(trace: NDArray[np.float64], spectrum: Spectrum, noise: float) -> list[Peak]:
    """The lines of a trace that point up."""
    settings, hertz = SETTINGS[spectrum.nucleus], hertz_per_point(spectrum)
    fine = is_fine(spectrum)
    width = _typical_width(trace, noise) if fine else 1.0
    blur = _SMOOTHING * width if fine else 0.0
    smooth, quiet = _smoothed(trace, noise, blur)
    least = max(settings.above_noise * quiet, settings.least * _typical_height(smooth, spectrum))
    # On the wing of a line the noise stands as high as the wing: what counts there is how far it stands out.
    outstanding = max(_OUTSTANDING * settings.above_noise * quiet, 0.3 * least)
    tops, prominences = find_tops(smooth, least, outstanding)
    tops = tops[prominences > settings.valley * smooth[tops]]
    if fine and settings.shoulder < 1:
        tops = np.union1d(tops, _shoulders(trace, tops, width, least, settings))
    tops = _without_feet(smooth, tops, settings, hertz)
    if len(tops) > _MOST_LINES:
        tops = np.sort(tops[np.argsort(-smooth[tops])[:_MOST_LINES]])
    at, height, wide = _fitted(trace, smooth, tops, noise, blur)
    ppm = spectrum.axis.high - (at + 0.5) * spectrum.axis.step
    return [
        Peak(float(p), float(h), float(w * hertz) if fine else None) for p, h, w in zip(ppm, height, wide, strict=True)
    ]


def _smoothed(trace: NDArray[np.float64], noise: float, blur: float) -> tuple[NDArray[np.float64], float]:
    """The trace under a Gaussian of this full width at half height (points), and the noise that is left in it."""
    if blur / _FWHM <= 0.5:
        return trace, noise
    smooth = gaussian_filter1d(trace, blur / _FWHM)
    # How much noise is left depends on how that of neighbouring points hangs together.
    return smooth, min(noise, max(floor_of(smooth).noise, 0.05 * noise))


def _fitted(
    trace: NDArray[np.float64], smooth: NDArray[np.float64], tops: NDArray[np.int64], noise: float, blur: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions, heights and widths (points): of strong lines on the trace itself, of weak ones on the smooth one."""
    at, height, wide = fit_tops(smooth, tops)
    if smooth is trace:
        return at, height, wide
    # What the Gaussian did to the width of a Lorentzian, undone: Olivero and Longbothum, JQSRT 1977, 17, 233.
    root = np.sqrt(np.maximum(1.1432 * wide**2 - 0.2768 * (wide**2 - blur**2), 0.0))
    narrow = np.maximum((1.0692 * wide - root) / 0.1384, 0.25 * wide)
    height = height * wide / narrow  # the area stays
    strong = np.flatnonzero(trace[tops] > _FITTED * noise)
    reach = max(1, round(blur / 2))
    moved = [_top_near(trace, int(tops[i]), reach) for i in strong]
    kept = np.array([i for i, top in zip(strong, moved, strict=True) if top is not None], dtype=np.int64)
    places = np.array([top for top in moved if top is not None], dtype=np.int64)
    if kept.size:
        at[kept], height[kept], narrow[kept] = fit_tops(trace, places)
    return at, height, narrow


def _top_near(trace: NDArray[np.float64], top: int, reach: int) -> int | None:
    """The maximum of the trace within reach, if there is one inside; a shoulder has none."""
    first, last = max(top - reach, 1), min(top + reach, len(trace) - 2)
    best = first + int(trace[first : last + 1].argmax())
    return best if trace[best - 1] <= trace[best] >= trace[best + 1] else None


def _typical_width(trace: NDArray[np.float64], noise: float) -> float:
    """Median full width at half height of the strongest lines (points)."""
    tops, _ = find_tops(trace, max(10 * noise, 0.05 * float(trace.max())), 5 * noise)
    if not len(tops):
        return 1.0
    best = tops[np.argsort(-trace[tops])[:20]]
    return float(np.median([half_width(trace, int(top)) for top in best]))


def _typical_height(trace: NDArray[np.float64], spectrum: Spectrum) -> float:
    """Height of a strong line, told so that one giant line of a solvent does not hide the compound's."""
    size = max(1, round(_REGION[spectrum.nucleus] / spectrum.axis.step))
    count = max(1, len(trace) // size)
    shortest, longer = divmod(len(trace), count)
    region = np.arange(count)
    best = np.sort(np.maximum.reduceat(trace, region * shortest + np.minimum(region, longer)))[::-1][:_STRONG]
    floor = 0.02 * best[0]
    return float(np.median(best[best > floor])) if (best > floor).any() else float(best[0])


def _shoulders(
    trace: NDArray[np.float64], tops: NDArray[np.int64], width: float, least: float, settings: Settings
) -> NDArray[np.int64]:
    """Places where a line hides on the side of another, without a top of its own.

    The second derivative of a line is most negative at its top and nowhere negative outside its inflections, a
    third of its width apart: each further minimum is a line, as tall in relation to its neighbour as it is deep.
    """
    if width < 3.0 or not len(tops):
        return np.empty(0, dtype=np.int64)
    bend = -gaussian_filter1d(trace, max(_BEND * width, 0.8), order=2)
    hidden, _ = find_tops(bend, max(6 * floor_of(bend).noise, 2 * least / width**2))
    place = np.searchsorted(tops, hidden)
    before, after = tops[np.clip(place - 1, 0, len(tops) - 1)], tops[np.clip(place, 0, len(tops) - 1)]
    nearest = np.where(np.abs(hidden - before) <= np.abs(hidden - after), before, after)
    apart = np.abs(hidden - nearest)
    own = trace[nearest] * bend[hidden] / np.maximum(bend[nearest], bend[hidden])
    keep = (own > settings.shoulder * trace[nearest]) & (own > _OWN * trace[hidden]) & (own > least)
    keep &= (apart > 0.7 * width) & (apart < 6 * width) & (hidden > 0) & (hidden < len(trace) - 1)
    return np.asarray(hidden[keep], dtype=np.int64)


def _without_feet(
    trace: NDArray[np.float64], tops: NDArray[np.int64], settings: Settings, hertz: float
) -> NDArray[np.int64]:
    """Leave out what a strong line's own shape raises beside it: truncation wiggles, and the like."""
    reach = settings.foot_hz / hertz
    kept = [top for top in tops if trace[top] >= settings.foot * trace[tops[np.abs(tops - top) < reach]].max()]
    return np.asarray(kept, dtype=np.int64)

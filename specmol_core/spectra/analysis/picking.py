"""Pick the lines of a spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.analysis.broad_lines import with_broad_lines
from specmol_core.spectra.analysis.lorentzian_fit import fit_lorentzians, half_widths
from specmol_core.spectra.analysis.maxima import find_maxima
from specmol_core.spectra.analysis.noise import NoiseFloor, estimate_noise_floor, noise_of
from specmol_core.spectra.analysis.phase_lobes import without_phase_lobes
from specmol_core.spectra.analysis.smooth import gaussian
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["MAX_FINE_STEP_PPM", "PickingSettings", "hz_per_point", "least_height", "pick_peaks", "resolves_lines"]

MAX_FINE_STEP_PPM = {"1H": 0.006, "13C": 0.06}
"""Step of an axis (ppm) up to which neighbouring lines, shoulders and widths are resolved."""


@dataclass(frozen=True)
class PickingSettings:
    """Thresholds of a line."""

    min_snr: float = 5.0
    """Least height, in standard deviations of the noise."""
    min_relative_height: float = 0.01
    """Least height, relative to a typical strong line of the spectrum."""
    min_valley_depth: float = 0.05
    """Least depth of the valley between two lines, relative to the lower line."""
    min_shoulder_height: float = 0.15
    """Least height of a shoulder, relative to the line beside it."""
    sideband_ratio: float = 0.01
    """Least height of a line near a strong line, relative to that line; lower maxima are its
    sidebands."""
    sideband_range_hz: float = 40.0
    """Largest distance of a sideband from a strong line (Hz)."""


PICKING_SETTINGS = {
    "1H": PickingSettings(
        min_snr=6.0,
        min_relative_height=0.002,
        min_valley_depth=0.04,
        min_shoulder_height=0.12,
        sideband_ratio=0.004,
        sideband_range_hz=60.0,
    ),
    "13C": PickingSettings(
        min_snr=6.0,
        min_relative_height=0.004,
        min_valley_depth=0.3,
        min_shoulder_height=2.0,
        sideband_ratio=0.03,
        sideband_range_hz=60.0,
    ),
}
"""Settings for each nucleus. Decoupled carbons are single lines, so that no shoulders are picked in
13C spectra."""
_DEFAULT_FREQUENCY_MHZ = {"1H": 400.0, "13C": 100.0}
"""Frequency assumed if the spectrum states none (MHz)."""
_SMOOTHING_WIDTHS = 0.5
"""Width of the smoothing, relative to the lines; it reduces the noise without merging lines."""
_MIN_SHOULDER_SHARE = 0.22
"""Least height of a shoulder from its curvature, relative to the trace at that point."""
_MIN_SHOULDER_PROMINENCE_SD = 6.0
"""Least prominence of a shoulder in the curvature, in standard deviations of the curvature's
noise."""
_CURVATURE_SIGMA_WIDTHS = 0.2
"""Standard deviation of the Gaussian under the second derivative, in line widths."""
_FWHM_PER_SIGMA = 2.355
"""Full width at half height of a Gaussian, in standard deviations."""
_MIN_PROMINENCE_RATIO = 0.9
"""Least prominence of a line, relative to its least height above the noise."""
_UNSMOOTHED_FIT_SNR = 25.0
"""Height above which a line is fitted without smoothing, in standard deviations of the noise."""
_STRONG_REGIONS = 5
"""Number of regions whose tallest lines define the typical strong line (their median)."""
_REGION_PPM = {"1H": 0.1, "13C": 1.0}
"""Width of such a region (ppm)."""
_MAX_LINES = 2000
"""Most lines picked; the strongest are kept."""


def hz_per_point(spectrum: Spectrum) -> float:
    """Digital resolution (Hz); a default frequency is assumed if the spectrum states none."""
    return spectrum.axis.step * (spectrum.frequency_mhz or _DEFAULT_FREQUENCY_MHZ[spectrum.nucleus])


def resolves_lines(spectrum: Spectrum) -> bool:
    """Whether the axis resolves lines; that of an image with some hundred columns does not."""
    return spectrum.axis.step <= MAX_FINE_STEP_PPM[spectrum.nucleus]


def pick_peaks(spectrum: Spectrum, floor: NoiseFloor | None = None) -> tuple[Peak, ...]:
    """Pick the lines of a spectrum, high to low shift; a peak list is returned as it is.

    A line is above the noise and above a share of the typical strong line, and valleys separate it
    from its neighbours. Position, height and width are those of a Lorentzian fitted to its top.
    Shoulders of 1H lines are found by the curvature of the trace. In a signed spectrum lines may
    point down.

    Parameters
    ----------
    floor
        Noise and baseline, if they are known already.
    """
    peak_list = spectrum.peaks
    if peak_list:
        return tuple(sorted(peak_list, key=lambda peak: -peak.ppm))
    floor = floor if floor is not None else estimate_noise_floor(spectrum.intensities, spectrum.height_step)
    trace = np.asarray(spectrum.intensities, dtype=np.float64) - floor.baseline
    upright = _pick_upright_lines(trace, spectrum, floor.noise)
    downward = _pick_upright_lines(-trace, spectrum, floor.noise) if spectrum.signed else []
    strongest = max((line.height for line in (*upright, *downward)), default=0.0)
    least = PICKING_SETTINGS[spectrum.nucleus].min_relative_height * strongest
    downward = [line for line in downward if line.height > least]
    if spectrum.frequency_mhz and resolves_lines(spectrum) and not spectrum.height_step:
        upright, downward = (
            without_phase_lobes(lines, others, spectrum.frequency_mhz)
            for lines, others in ((upright, downward), (downward, upright))
        )
        narrow = upright
        upright = with_broad_lines(trace, narrow, downward, spectrum, floor.baseline)
        downward = with_broad_lines(-trace, downward, narrow, spectrum, -floor.baseline) if spectrum.signed else []
    lines = [*upright, *(Peak(line.ppm, -line.height, line.width_hz) for line in downward)]
    return tuple(sorted(lines, key=lambda line: -line.ppm))


def _pick_upright_lines(trace: NDArray[np.float64], spectrum: Spectrum, noise: float) -> list[Peak]:
    """The positive lines of a trace."""
    settings, hertz = PICKING_SETTINGS[spectrum.nucleus], hz_per_point(spectrum)
    fine = resolves_lines(spectrum)
    width = _typical_width(trace, noise) if fine else 1.0
    blur_width = _SMOOTHING_WIDTHS * width if fine else 0.0
    smooth, smoothed_noise = _smooth(trace, noise, blur_width, spectrum.height_step)
    least = _least_height(smooth, smoothed_noise, spectrum)
    # On the wing of a line even noise is high, so that the prominence decides.
    min_prominence = max(_MIN_PROMINENCE_RATIO * settings.min_snr * smoothed_noise, 0.3 * least)
    tops, prominences = find_maxima(smooth, least, min_prominence)
    tops = tops[prominences > settings.min_valley_depth * smooth[tops]]
    if fine and settings.min_shoulder_height < 1:
        tops = np.union1d(tops, _shoulders(trace, tops, width, least, settings, spectrum.height_step))
    tops = _without_sidebands(smooth, tops, settings, hertz)
    if len(tops) > _MAX_LINES:
        tops = np.sort(tops[np.argsort(-smooth[tops])[:_MAX_LINES]])
    at, height, wide = _fit_lines(trace, smooth, tops, noise, blur_width)
    ppm = spectrum.axis.high - (at + 0.5) * spectrum.axis.step
    return [
        Peak(float(p), float(h), float(w * hertz) if fine else None) for p, h, w in zip(ppm, height, wide, strict=True)
    ]


def least_height(spectrum: Spectrum) -> float:
    """Return the height from which a line is picked in a trace that resolves lines, in the unit of the spectrum."""
    floor = estimate_noise_floor(spectrum.intensities, spectrum.height_step)
    trace = np.asarray(spectrum.intensities, dtype=np.float64) - floor.baseline
    blur_width = _SMOOTHING_WIDTHS * _typical_width(trace, floor.noise)
    return _least_height(*_smooth(trace, floor.noise, blur_width, spectrum.height_step), spectrum)


def _least_height(smooth: NDArray[np.float64], smoothed_noise: float, spectrum: Spectrum) -> float:
    settings = PICKING_SETTINGS[spectrum.nucleus]
    return max(settings.min_snr * smoothed_noise, settings.min_relative_height * _typical_height(smooth, spectrum))


def _smooth(
    trace: NDArray[np.float64], noise: float, blur_width: float, height_step: float
) -> tuple[NDArray[np.float64], float]:
    """The trace smoothed by a Gaussian of this full width at half height (points), and its
    noise."""
    if blur_width / _FWHM_PER_SIGMA <= 0.5:
        return trace, noise
    smooth = gaussian(trace, blur_width / _FWHM_PER_SIGMA)
    # The remaining noise depends on the correlation between neighbouring points.
    return smooth, min(noise, max(noise_of(smooth, height_step), 0.05 * noise))


def _fit_lines(
    trace: NDArray[np.float64], smooth: NDArray[np.float64], tops: NDArray[np.int64], noise: float, blur_width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions, heights and widths (points); strong lines are fitted in the trace, weak ones in
    the smooth trace."""
    if smooth is trace:
        return fit_lorentzians(smooth, tops)
    strong = np.flatnonzero(trace[tops] > _UNSMOOTHED_FIT_SNR * noise)
    max_distance = max(1, round(blur_width / 2))
    nearest_maxima = [_nearest_maximum(trace, int(tops[i]), max_distance) for i in strong]
    kept_indices = np.array(
        [i for i, top in zip(strong, nearest_maxima, strict=True) if top is not None], dtype=np.int64
    )
    refit_tops = np.array([top for top in nearest_maxima if top is not None], dtype=np.int64)
    weak = np.setdiff1d(np.arange(len(tops)), kept_indices)
    at, height, width = np.empty((3, len(tops)))
    at[kept_indices], height[kept_indices], width[kept_indices] = fit_lorentzians(trace, refit_tops)
    at[weak], height[weak], width[weak] = _unblurred(*fit_lorentzians(smooth, tops[weak]), blur_width)
    return at, height, width


def _unblurred(
    at: NDArray[np.float64], height: NDArray[np.float64], wide: NDArray[np.float64], blur_width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions, heights and widths of smoothed lines before smoothing."""
    # Width of a Lorentzian from that of a Voigt profile: Olivero and Longbothum, JQSRT 1977, 17,
    # 233.
    root = np.sqrt(np.maximum(1.1432 * wide**2 - 0.2768 * (wide**2 - blur_width**2), 0.0))
    narrow = np.maximum((1.0692 * wide - root) / 0.1384, 0.25 * wide)
    return at, height * wide / narrow, narrow  # smoothing keeps the area


def _nearest_maximum(trace: NDArray[np.float64], top: int, max_distance: int) -> int | None:
    """Index of the maximum of the trace within ``max_distance``; None for a shoulder."""
    first, last = max(top - max_distance, 1), min(top + max_distance, len(trace) - 2)
    best = first + int(trace[first : last + 1].argmax())
    return best if trace[best - 1] <= trace[best] >= trace[best + 1] else None


def _typical_width(trace: NDArray[np.float64], noise: float) -> float:
    """Median full width at half height of the strongest lines (points)."""
    tops, _ = find_maxima(trace, max(10 * noise, 0.05 * float(trace.max())), 5 * noise)
    if not len(tops):
        return 1.0
    best = tops[np.argsort(-trace[tops])[:20]]
    return float(np.median(half_widths(trace, best)))


def _typical_height(trace: NDArray[np.float64], spectrum: Spectrum) -> float:
    """Height of a typical strong line; one tall line of a solvent does not change it."""
    size = max(1, round(_REGION_PPM[spectrum.nucleus] / spectrum.axis.step))
    count = max(1, len(trace) // size)
    shortest, longer = divmod(len(trace), count)
    region = np.arange(count)
    best = np.sort(np.maximum.reduceat(trace, region * shortest + np.minimum(region, longer)))[::-1][:_STRONG_REGIONS]
    floor = 0.02 * best[0]
    return float(np.median(best[best > floor])) if (best > floor).any() else float(best[0])


def _shoulders(
    trace: NDArray[np.float64],
    tops: NDArray[np.int64],
    width: float,
    least: float,
    settings: PickingSettings,
    height_step: float,
) -> NDArray[np.int64]:
    """Indices of shoulders: lines on the side of another line, without a maximum of their own.

    The second derivative of a line is most negative at its top, and positive outside its inflection
    points. Each further minimum is therefore a line, whose height relative to its neighbour is that
    of the depths.
    """
    if width < 3.0 or not len(tops):
        return np.empty(0, dtype=np.int64)
    curvature = -gaussian(trace, max(_CURVATURE_SIGMA_WIDTHS * width, 0.8), order=2)
    noise = noise_of(curvature, height_step)
    # On a broad line the noise alone makes maxima of the curvature; they are not prominent.
    shoulders, _ = find_maxima(curvature, max(6 * noise, 2 * least / width**2), _MIN_SHOULDER_PROMINENCE_SD * noise)
    insertion_index = np.searchsorted(tops, shoulders)
    before, after = (
        tops[np.clip(insertion_index - 1, 0, len(tops) - 1)],
        tops[np.clip(insertion_index, 0, len(tops) - 1)],
    )
    nearest = np.where(np.abs(shoulders - before) <= np.abs(shoulders - after), before, after)
    distance = np.abs(shoulders - nearest)
    shoulder_heights = trace[nearest] * curvature[shoulders] / np.maximum(curvature[nearest], curvature[shoulders])
    is_shoulder = (
        (shoulder_heights > settings.min_shoulder_height * trace[nearest])
        & (shoulder_heights > _MIN_SHOULDER_SHARE * trace[shoulders])
        & (shoulder_heights > least)
    )
    is_shoulder &= (distance > 0.7 * width) & (distance < 6 * width) & (shoulders > 0) & (shoulders < len(trace) - 1)
    return np.asarray(shoulders[is_shoulder], dtype=np.int64)


def _without_sidebands(
    trace: NDArray[np.float64], tops: NDArray[np.int64], settings: PickingSettings, hertz: float
) -> NDArray[np.int64]:
    """The tops without the sidebands of strong lines, such as truncation wiggles."""
    max_distance = settings.sideband_range_hz / hertz
    kept_indices = [
        top
        for top in tops
        if trace[top] >= settings.sideband_ratio * trace[tops[np.abs(tops - top) < max_distance]].max()
    ]
    return np.asarray(kept_indices, dtype=np.int64)

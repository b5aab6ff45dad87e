"""Measure the properties of one real trace that the simulator imitates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy.signal import find_peaks

from specmol_core.evaluation.measured.compound_mask import (
    CLEAR_DISTANCE_PPM,
    SIGNED_THRESHOLD,
    MeasuredTrace,
    TraceMeasures,
    is_far,
    measure_carbon_heights,
    measure_exchangeable_lines,
    measure_unexplained_lines,
)
from specmol_core.evaluation.measured.foreign_lines import carbon_multiplets, find_single_line, find_solvent_multiplet
from specmol_core.evaluation.measured.line_fit import (
    find_lines,
    fit_line,
    noise_correlation,
    noise_level,
    rolling_baseline,
)
from specmol_core.shifts.atoms import AtomShifts
from specmol_core.spectra.reference.solvents import solvent_named
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["measure_trace", "predicted_shifts", "read_trace"]


_GUARD_PPM = {"1H": 0.15, "13C": 2.0}
"""Distance from lines (ppm) at which the baseline is measured, beyond the tails of the lines."""
_MIN_FIT_SIGNAL_TO_NOISE = {"1H": 100.0, "13C": 30.0}
_MAX_FIT_RESIDUAL = 0.03
_WING_RANGE_WIDTHS = (8.0, 20.0)
"""Range of the wings of a line, as distance from its centre (line widths)."""
_MIN_WING_SIGNAL_TO_NOISE = 200.0
"""Minimum height over the noise of a line whose wings give its phase to about a degree."""
_MAX_NEIGHBOUR_HEIGHT = 0.02
"""Side bands and satellites are not measured if a neighbour is higher than this fraction of the
line."""


def measure_trace(spectrum: Spectrum, mol: Chem.Mol, shifts: AtomShifts) -> TraceMeasures:
    """Return all quantities that can be measured on one trace, by name.

    Heights are relative to the strongest line of the compound. Lines outside the ranges of solvent,
    water and reference count as the compound's.

    Raises
    ------
    ValueError
        If the spectrum does not state its frequency.
    """
    measures: TraceMeasures = defaultdict(list)
    predicted = predicted_shifts(shifts, spectrum.nucleus)
    trace, foreign_ranges = read_trace(spectrum, predicted, measures)
    _acquisition(trace, measures)
    _line_shapes(trace, measures)
    _wing_phase(trace, measures)
    _side_bands_and_satellites(trace, measures)
    measure_unexplained_lines(trace, predicted, foreign_ranges, measures)
    if spectrum.nucleus == "13C":
        measure_carbon_heights(trace, mol, shifts, foreign_ranges, measures)
    else:
        measure_exchangeable_lines(trace, mol, predicted, foreign_ranges, measures)
    return {name: numbers for name, numbers in measures.items() if numbers}


def read_trace(
    spectrum: Spectrum, predicted: NDArray[np.float64], measures: TraceMeasures
) -> tuple[MeasuredTrace, list[tuple[float, float]]]:
    """Return the trace with its lines, and the ranges of foreign lines (ppm, low and high).

    Intensities are relative to the strongest line of the compound. Heights of solvent, water and
    reference are added to ``measures``.

    Raises
    ------
    ValueError
        If the spectrum does not state its frequency.
    """
    if spectrum.frequency_mhz is None:
        raise ValueError(f"{spectrum.source} does not state its frequency, so widths in Hz cannot be computed")
    axis, nucleus = spectrum.axis, spectrum.nucleus
    raw = np.asarray(spectrum.intensities, dtype=np.float64)
    raw_sigma = noise_level(raw)
    foreign_ranges = _find_foreign_lines(spectrum, raw, raw_sigma, predicted, measures)
    strongest = _strongest_compound_height(spectrum, raw, foreign_ranges)
    values, sigma = raw / strongest, raw_sigma / strongest
    for name in ("solvent height", "water height", "TMS height"):
        measures[name] = [height / strongest for height in measures[name]]
    lines = find_lines(values, axis, spectrum.frequency_mhz, sigma)
    fits = [
        fit
        for line in lines
        if line.is_isolated and line.height > _MIN_FIT_SIGNAL_TO_NOISE[nucleus] * sigma
        for fit in [fit_line(values, axis, spectrum.frequency_mhz, line)]
        if fit is not None and fit.residual < _MAX_FIT_RESIDUAL
    ]
    return MeasuredTrace(spectrum, values, sigma, lines, fits), foreign_ranges


def predicted_shifts(shifts: AtomShifts, nucleus: str) -> NDArray[np.float64]:
    """Return the shift (n,) of each carbon, or of each proton on carbon (ppm).

    Examples
    --------
    >>> predicted_shifts(AtomShifts({0: 14.2, 1: 60.5}, {}), "13C").tolist()
    [14.2, 60.5]
    """
    values = list(shifts.c13.values()) if nucleus == "13C" else [v for many in shifts.h1.values() for v in many]
    return np.array(values, dtype=np.float64)


def _find_foreign_lines(
    spectrum: Spectrum,
    values: NDArray[np.float64],
    sigma: float,
    predicted: NDArray[np.float64],
    measures: TraceMeasures,
) -> list[tuple[float, float]]:
    """Add heights of solvent, water and TMS (unit of the trace) to ``measures``.

    Return their ranges (ppm).
    """
    solvent = solvent_named(spectrum.solvent or "")
    axis, clear = spectrum.axis, CLEAR_DISTANCE_PPM[spectrum.nucleus]
    ranges: list[tuple[float, float]] = []

    def measure_single_line(name: str, nominal: float, reach: float, width: float) -> None:
        if not (axis.low < nominal - reach and nominal + reach < axis.high and is_far(nominal, predicted, clear)):
            return
        line = find_single_line(values, axis, sigma, nominal, reach)
        measures[f"{name} seen"].append(float(line is not None))
        if line is not None:
            measures[f"{name} height"].append(line.height)
            measures[f"{name} offset (ppm)"].append(line.ppm - nominal)
            measures[f"{name} width (Hz)"].append(line.width_ppm * float(spectrum.frequency_mhz or 0.0))
            ranges.append((line.ppm - width, line.ppm + width))

    if spectrum.nucleus == "13C":
        measure_single_line("TMS", 0.0, 1.0, 0.5)
        for nominal, count, coupling in carbon_multiplets(solvent) if solvent else ():
            line = find_solvent_multiplet(
                values, axis, spectrum.frequency_mhz or 100.0, sigma, nominal, count, coupling
            )
            measures["solvent seen"].append(float(line is not None))
            if line is not None:
                measures["solvent height"].append(line.height)
                measures["solvent offset (ppm)"].append(line.ppm - nominal)
                half = (count / 2 + 0.5) * coupling / (spectrum.frequency_mhz or 100.0)
                ranges.append((line.ppm - half, line.ppm + half))
        return ranges
    measure_single_line("TMS", 0.0, 0.05, 0.03)
    if solvent:
        for residual in solvent.residual_h1:
            measure_single_line("solvent", residual.ppm, 0.06, 0.03)
        measure_single_line("water", solvent.water_ppm, 0.2, 0.05)
    return ranges


def _strongest_compound_height(
    spectrum: Spectrum, values: NDArray[np.float64], foreign_ranges: Iterable[tuple[float, float]]
) -> float:
    grid = spectrum.axis.grid()
    is_compound = np.ones(len(values), dtype=np.bool_)
    for low, high in foreign_ranges:
        is_compound &= (grid < low) | (grid > high)
    return float(values[is_compound].max())


def _acquisition(trace: MeasuredTrace, measures: TraceMeasures) -> None:
    spectrum = trace.spectrum
    axis, frequency = spectrum.axis, float(spectrum.frequency_mhz or 0.0)
    measures["frequency (MHz)"].append(frequency)
    measures["points"].append(float(axis.points))
    measures["resolution (Hz/point)"].append(axis.step * frequency)
    measures["window high (ppm)"].append(axis.high)
    measures["window low (ppm)"].append(axis.low)
    measures["noise"].append(trace.sigma)
    measures["median sample over noise"].append(float(np.median(trace.values)) / max(trace.sigma, 1e-300))
    measures["noise, correlation of neighbouring points"].append(noise_correlation(trace.values))
    measures["lines"].append(float(len(trace.lines)))
    measures["lowest sample"].append(float(trace.values.min()))
    roll, length = rolling_baseline(trace.values, axis, trace.sigma, _GUARD_PPM[spectrum.nucleus])
    if np.isfinite(roll):
        measures["baseline roll"].append(roll)
        if roll > 0:
            measures["baseline length (ppm)"].append(length)


def _line_shapes(trace: MeasuredTrace, measures: TraceMeasures) -> None:
    widths = [line.width_hz for line in trace.lines if line.is_resolved and line.height > 20 * trace.sigma]
    if len(widths) >= 3:
        measures["line width, median (Hz)"].append(float(np.median(widths)))
        measures["line width, narrowest tenth (Hz)"].append(float(np.quantile(widths, 0.1)))
    if not trace.fits or trace.values.min() < SIGNED_THRESHOLD:
        return
    fitted = np.array([(f.ppm, f.width_hz, f.lorentzian_fraction, f.phase_deg) for f in trace.fits])
    measures["fitted width, each line (Hz)"].extend(fitted[:, 1])
    measures["Lorentzian share, each line"].extend(fitted[:, 2])
    measures["phase error, each line (deg)"].extend(fitted[:, 3])
    if len(fitted) >= 4:
        measures["fitted width, spread within a spectrum (sd of log)"].append(float(np.log(fitted[:, 1]).std()))
        measures["phase error, median of a spectrum (deg)"].append(float(np.median(fitted[:, 3])))
        slope = float(np.polyfit(fitted[:, 0], fitted[:, 3], 1)[0])
        # Lines that are close together cannot give the slope over the whole window.
        if np.ptp(fitted[:, 0]) > 0.3 * trace.spectrum.axis.span:
            measures["phase error, first order (deg over the window)"].append(slope * trace.spectrum.axis.span)


def _wing_phase(trace: MeasuredTrace, measures: TraceMeasures) -> None:
    """Measure the phase error from the wings of strong isolated lines.

    In the wings only dispersion is an odd function of the distance from the line.
    Close to the centre, poor shimming also makes a line asymmetric. At a distance u (in half
    widths) dispersion is sin(phase) u / (1 + u^2) of the height and decays more slowly than other
    contributions.
    """
    hz = trace.spectrum.axis.step * float(trace.spectrum.frequency_mhz or 0.0)
    index_of = {line.ppm: line.index for line in trace.lines}
    for fit in trace.fits:
        index = index_of[fit.ppm]
        near, far = (int(reach * fit.width_hz / hz) for reach in _WING_RANGE_WIDTHS)
        around = np.abs(np.array([x.index for x in trace.lines]) - index)
        if fit.height < _MIN_WING_SIGNAL_TO_NOISE * trace.sigma or index < far or index + far >= len(trace.values):
            continue
        if far - near < 8 or ((around > 0) & (around <= 2 * far)).any():
            continue
        steps = np.arange(near, far)
        odd = (trace.values[index - steps] - trace.values[index + steps]) / (2 * fit.height)
        u = 2 * steps * hz / fit.width_hz
        sine = float(np.median(odd * (1 + u**2) / u))
        measures["phase error, wings of each isolated line (deg)"].append(
            float(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
        )


def _side_bands_and_satellites(trace: MeasuredTrace, measures: TraceMeasures) -> None:
    """Measure spinning side bands and 13C satellites around strong isolated lines."""
    if trace.spectrum.nucleus != "1H":
        return
    hz = trace.spectrum.axis.step * float(trace.spectrum.frequency_mhz or 0.0)
    index_of = {line.ppm: line.index for line in trace.lines}
    for fit in trace.fits:
        if fit.height < 3000 * trace.sigma:
            continue
        index = index_of[fit.ppm]
        reach = int(115 / hz)
        if index < reach or index + reach >= len(trace.values):
            continue
        left, right = trace.values[index - reach : index][::-1], trace.values[index + 1 : index + reach + 1]
        around = np.abs(np.array([x.index for x in trace.lines]) - index)
        tall = np.array([x.height for x in trace.lines]) > _MAX_NEIGHBOUR_HEIGHT * fit.height
        if (tall & (around > 0) & (around <= reach)).any():
            continue  # lines of a multiplet would be mistaken for the pair
        # The lower of both sides is used: a peak on one side only is another signal.
        lower_side = np.minimum(left, right) / fit.height
        offset = np.arange(1, reach + 1) * hz
        lower_side = lower_side - (fit.width_hz / 2) ** 2 / (offset**2 + (fit.width_hz / 2) ** 2)
        for name, low, high in (("spinning side band", 12.0, 45.0), ("13C satellite", 55.0, 110.0)):
            inside = (offset > low) & (offset < high)
            peaks, properties = find_peaks(lower_side[inside], prominence=max(5 * trace.sigma / fit.height, 2e-4))
            measures[f"{name} seen, each strong isolated line"].append(float(len(peaks) > 0))
            if len(peaks):
                best = int(np.argmax(properties["prominences"]))
                measures[f"{name} height over its line"].append(float(properties["prominences"][best]))
                measures[f"{name} distance (Hz)"].append(float(offset[inside][peaks[best]]))

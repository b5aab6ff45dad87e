"""The simulated spectrometer: records the trace of a sample's lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation import kernels
from specmol_core.simulation.baseline import baseline
from specmol_core.simulation.grid import Grid
from specmol_core.simulation.lines import BroadLine, SharpLines
from specmol_core.simulation.lineshape import add_broad_line, cell_extremes, decay_rates, line_signal, spectrum
from specmol_core.simulation.ranges import NucleusRanges
from specmol_core.spectra.axis import PpmAxis

__all__ = ["Instrument", "draw_instrument", "line_width", "record"]

_NOISE_WINDOW_FRACTION = 0.5
"""Fraction of the Lorentzian width that is added by processing (exponential window). The noise has
this width, too."""
_SPIN_RANGE_HZ = (14.0, 24.0)
"""Range of spinning rates (Hz)."""
_BYTE_STANDARD_DEVIATION = math.sqrt((256**2 - 1) / 12)
"""Standard deviation of a random byte."""
_LINE_SIGNAL_TO_NOISE = 8.0
"""A maximum of this many standard deviations of the noise belongs to a line."""
_MAX_EXTRA_WIDTH = 1.0
"""Maximum additional width of a line, in the instrument's line widths."""


@dataclass(frozen=True)
class Instrument:
    """The settings and imperfections of one measurement, drawn once per spectrum."""

    mhz: float
    """Larmor frequency of the nucleus (MHz)."""
    lorentz_hz: float
    """Full width at half height of the Lorentzian part of a line (Hz)."""
    gauss_hz: float
    """Full width at half height of the Gaussian part (Hz)."""
    hump_share: float
    """Fraction of a line's area in its broad tail."""
    hump_hz: float
    """Width of the tail (Hz)."""
    hump_offset_hz: float
    """Distance of the tail from the line (Hz)."""
    phase_deg: float
    """Phase error at the middle of the window (degrees)."""
    phase_slope_deg: float
    """Change of the phase error over the window (degrees)."""
    acquisition_s: float
    """Recording time of the decay (s)."""
    noise: float
    """Standard deviation of the noise over the height of the compound's strongest line."""
    baseline_roll: float
    """Root mean square of the baseline over the height of the compound's strongest line."""
    baseline_roll_waves: int
    """Maximum number of waves of the baseline over the spectral width, which is the number of
    corrupt samples at the start of the decay."""
    baseline_degree: int
    """Degree of the polynomial of the baseline correction; -1 for none."""
    baseline_offset: float
    """Depth of the corrected baseline below 0, over the height of the compound's strongest line."""
    resolution_hz: float
    """Distance of the points of the recorded spectrum (Hz); 0 for the finest."""
    edge_loss: float
    """Fraction of the intensity that is lost at the edges of the window."""
    reference_ppm: float
    """Error of the axis (ppm)."""
    spin_hz: float
    """Spinning rate (Hz); 0 without spinning."""
    side_band_height: float
    """Height of the first side bands, relative to their line."""


def draw_instrument(rng: np.random.Generator, ranges: NucleusRanges, mhz: float) -> Instrument:
    """Draw the settings and imperfections of one measurement at a Larmor frequency (MHz)."""
    spins = rng.random() < ranges.spinning_probability
    spin_hz, side_band = float(rng.uniform(*_SPIN_RANGE_HZ)), ranges.side_band_height.draw(rng)
    hump_hz = ranges.hump_hz.draw(rng)
    return Instrument(
        mhz=mhz,
        lorentz_hz=ranges.lorentz_hz.draw(rng),
        gauss_hz=ranges.gauss_hz.draw(rng),
        hump_share=min(ranges.hump_share.draw(rng), 0.5),
        hump_hz=hump_hz,
        hump_offset_hz=float(rng.normal(0.0, ranges.hump_offset)) * hump_hz,
        phase_deg=float(rng.normal(0.0, ranges.phase_deg)),
        phase_slope_deg=float(rng.normal(0.0, ranges.phase_slope_deg)),
        acquisition_s=ranges.acquisition_s.draw(rng),
        noise=ranges.noise.draw(rng),
        baseline_roll=ranges.baseline_roll.draw(rng),
        baseline_roll_waves=ranges.baseline_roll_waves,
        baseline_degree=_weighted_choice(rng, ranges.baseline_degrees),
        baseline_offset=(
            ranges.baseline_offset_height.draw(rng) if rng.random() < ranges.baseline_offset_probability else 0.0
        ),
        resolution_hz=ranges.resolution_hz.draw(rng),
        edge_loss=float(rng.uniform(*ranges.edge_loss)),
        reference_ppm=float(rng.normal(0.0, ranges.reference_ppm)),
        spin_hz=spin_hz if spins else 0.0,
        side_band_height=side_band if spins else 0.0,
    )


def _weighted_choice(rng: np.random.Generator, choices: Sequence[tuple[int, float]]) -> int:
    values, weights = zip(*choices, strict=True)
    steps = np.cumsum(weights)
    return int(values[int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))])


def line_width(instrument: Instrument) -> float:
    """Return the full width at half height (Hz) of the instrument's Voigt line.

    The error is 0.02 % (Olivero, Longbothum, JQSRT 17 (1977) 233).
    """
    lorentz, gauss = instrument.lorentz_hz, instrument.gauss_hz
    return 0.5346 * lorentz + math.sqrt(0.2166 * lorentz**2 + gauss**2)


def record(
    axis: PpmAxis,
    instrument: Instrument,
    lines: SharpLines,
    broad: Sequence[BroadLine],
    height: float,
    rng: np.random.Generator,
    *,
    signed: bool = False,
) -> NDArray[np.float32]:
    """Record the trace of a sample.

    Parameters
    ----------
    axis
        Axis of the trace.
    lines, broad
        All lines of the sample, on the true axis.
    height
        Height of the compound's strongest line over that of a line of area 1. Noise and baseline
        are relative to it.
    signed
        Whether the experiment gives negative lines.

    Returns
    -------
    Trace (axis.points,) of the largest value of each cell. Its strongest value is 1 (or -1 if
    signed).
    """
    grid = Grid.of(axis, instrument.mhz, line_width(instrument), instrument.gauss_hz)
    samples = grid.samples(instrument.acquisition_s)
    shape, unit = _decay_shape(grid, instrument, samples)
    padded = np.zeros(grid.length, np.complex64)
    decay = padded[:samples]
    _write_sharp_decay(grid, lines, instrument, shape, decay)
    for line in broad:
        add_broad_line(grid, decay, line, instrument.reference_ppm, instrument.lorentz_hz)
    level = height * unit
    _add_noise(grid, decay, instrument, level, rng)
    values = spectrum(grid, padded, instrument.phase_deg, instrument.phase_slope_deg)
    correction = np.zeros(1, np.float32)
    if instrument.baseline_degree >= 0:
        correction = baseline(values, instrument.baseline_degree)
    correction[0] += np.float32(instrument.baseline_offset * level)
    kernels.subtract_polynomial(values, correction)
    noise_step = max(round(instrument.resolution_hz / grid.step_hz), 1)
    trace = cell_extremes(
        grid, values, signed=signed, noise_step=noise_step, line=_LINE_SIGNAL_TO_NOISE * instrument.noise * level
    )
    top = float(np.abs(trace).max() if signed else trace.max())
    return (trace / np.float32(top)).astype(np.float32) if top > 0 else np.zeros_like(trace)


def _write_sharp_decay(
    grid: Grid, lines: SharpLines, instrument: Instrument, shape: NDArray[np.complex64], decay: NDArray[np.complex64]
) -> None:
    """Write the decay (samples,) of all sharp lines.

    A broadened line is the sum of a line of the instrument's width and one of the maximum width.
    """
    ppm = lines.ppm + instrument.reference_ppm
    area = lines.area * _excitation_profile(grid, ppm, instrument.edge_loss)
    share = np.clip(lines.extra_width / _MAX_EXTRA_WIDTH, 0.0, 1.0) ** 0.5
    sharp = line_signal(grid, ppm, area * (1 - share), len(decay))
    broad = np.zeros(0, np.complex64)
    if share.any():
        # A line of twice the width decays in half of the time, for which half of the grid suffices.
        broad = line_signal(grid, ppm, area * share, min(len(decay), grid.length // 4), coarsening=2)
    kernels.apply_decay(
        decay, sharp, broad, shape, decay_rates(grid, _MAX_EXTRA_WIDTH * line_width(instrument), 0.0)[0]
    )


def _excitation_profile(grid: Grid, ppm: NDArray[np.float64], loss: float) -> NDArray[np.float64]:
    """Return the relative intensity of lines (n,): a pulse excites the window's middle best."""
    axis = grid.axis
    relative_position = np.clip((ppm - (axis.high + axis.low) / 2) / (axis.span / 2), -1.0, 1.0)
    share: NDArray[np.float64] = 1.0 - loss * relative_position**2
    return share


def _decay_shape(grid: Grid, instrument: Instrument, samples: int) -> tuple[NDArray[np.complex64], float]:
    """Return the decay (samples,) of every sharp line, and the height of a line of area 1.

    The decay starts at 1, apart from side bands.
    """
    shape = np.empty(samples, np.complex64)
    # The signal of the broad tail vanishes early in the decay.
    tail_samples = grid.samples(1.5 / max(instrument.hump_hz, 0.1)) if instrument.hump_share > 0 else 0
    total = kernels.decay_shape(
        shape,
        *decay_rates(grid, instrument.lorentz_hz, instrument.gauss_hz),
        instrument.hump_share,
        decay_rates(grid, 0.0, instrument.hump_hz)[1],
        -2 * math.pi * instrument.hump_offset_hz * grid.dwell_s,
        min(samples, tail_samples),
        2 * instrument.side_band_height,
        2 * math.pi * instrument.spin_hz * grid.dwell_s,
    )
    return shape, (2 * total - abs(complex(shape[0]))) / grid.length


def _add_noise(
    grid: Grid, decay: NDArray[np.complex64], instrument: Instrument, level: float, rng: np.random.Generator
) -> None:
    """Add receiver noise, filtered by the processing window, and errors of the first samples."""
    samples = len(decay)
    if instrument.noise > 0:
        rate = decay_rates(grid, instrument.lorentz_hz * _NOISE_WINDOW_FRACTION, 0.0)[0]
        power = -math.expm1(-2 * rate * samples) / -math.expm1(-2 * rate) if rate > 0 else float(samples)
        # Variance of the real part of the spectrum: twice the mean over grid.length of half that of
        # the samples.
        size = instrument.noise * level * grid.length / (2 * _BYTE_STANDARD_DEVIATION * math.sqrt(power))
        # Each point of the spectrum sums over all samples, so its noise is normal even for uniform
        # random bytes.
        random_bytes = rng.bit_generator.random_raw(samples // 4 + 1).view(np.int8)
        kernels.add_noise(decay, random_bytes, size, rate, samples)
    if instrument.baseline_roll > 0:
        count = min(instrument.baseline_roll_waves, samples - 1)
        errors = rng.standard_normal(2 * count, dtype=np.float32).view(np.complex64)
        decay[1 : count + 1] += errors * np.float32(
            instrument.baseline_roll * level * grid.length / (2 * math.sqrt(count))
        )

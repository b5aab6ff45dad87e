"""Distributions of the parameters of simulated spectra, with their sources.

Unless stated otherwise, values were measured on 45 pairs of published spectra of known compounds
(17 from cheminfo, 17 from OSDB, 11 spectrometer folders; 18 at 300, 16 at 500 and 9 at 600 MHz).
Heights are relative to the compound's strongest line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

__all__ = ["IDEAL", "MEASURED", "ExchangeRanges", "LogNormal", "NucleusRanges", "Ranges"]

_MAX_STANDARD_DEVIATIONS = 2.0
"""Distributions are cut off at this many standard deviations."""


@dataclass(frozen=True)
class LogNormal:
    """Log-normal distribution of a positive quantity.

    Two thirds of the values lie between ``median / factor`` and ``median * factor``.

    Examples
    --------
    >>> LogNormal(3.0).draw(np.random.default_rng(0))
    3.0
    """

    median: float
    """Median; 0 turns the effect off."""
    factor: float = 1.0
    """exp of the standard deviation of the logarithm; 1 makes the quantity constant."""

    def draw(self, rng: np.random.Generator) -> float:
        """Return one value, at most a factor of ``factor**2`` from the median."""
        if self.median == 0:
            return 0.0
        deviation = min(max(rng.standard_normal(), -_MAX_STANDARD_DEVIATIONS), _MAX_STANDARD_DEVIATIONS)
        return self.median * math.exp(deviation * math.log(self.factor))


@dataclass(frozen=True)
class NucleusRanges:
    """Distributions of the instrument and sample parameters of one nucleus.

    Heights are relative to the compound's strongest line.
    """

    lorentz_hz: LogNormal
    """Full width at half height of the Lorentzian part: relaxation and line broadening (Hz)."""
    gauss_hz: LogNormal
    """Full width at half height of the Gaussian part: field inhomogeneity (Hz)."""
    max_extra_width: float
    """Maximum additional width of the lines of a signal, in line widths."""
    hump_share: LogNormal
    """Fraction of a line's area in its broad tail, which comes from poor shimming."""
    hump_hz: LogNormal
    """Width of the tail (Hz)."""
    hump_offset: float
    """Standard deviation of the tail's distance from the line, in widths of the tail. It makes
    lines asymmetric."""
    phase_deg: float
    """Standard deviation of the phase error at the middle of the window (degrees)."""
    phase_slope_deg: float
    """Standard deviation of the change of the phase error over the window (degrees)."""
    acquisition_s: LogNormal
    """Recording time of the decay (s). It sets the digital resolution; a short time causes
    wiggles."""
    noise: LogNormal
    """Standard deviation of the noise."""
    baseline_roll: LogNormal
    """Root mean square of the baseline roll."""
    baseline_roll_waves: int
    """Maximum number of waves of the roll over the spectral width."""
    baseline_degrees: tuple[tuple[int, float], ...]
    """Degree of the polynomial of the baseline correction (-1 for none), and probability of
    each."""
    baseline_offset_probability: float
    """Probability that the corrected baseline lies below 0, because the first sample of the decay
    is wrong."""
    baseline_offset_height: LogNormal
    """Depth of such a baseline below 0."""
    resolution_hz: LogNormal
    """Distance of the points of the recorded spectrum (Hz)."""
    edge_loss: tuple[float, float]
    """Fraction of the intensity that the pulse does not excite at the edges of the window
    (uniform)."""
    reference_ppm: float
    """Standard deviation of the axis error (ppm)."""
    spinning_probability: float
    """Probability of spinning side bands."""
    side_band_height: LogNormal
    """Height of the first side bands, relative to their line."""
    intensity: float
    """Standard deviation of the logarithm of a signal's intensity, from relaxation, saturation and
    NOE."""
    solvent_probability: float
    """Probability of visible solvent lines."""
    solvent_height: LogNormal
    reference_probability: float
    """Probability of a visible TMS line."""
    reference_height: LogNormal
    impurity_probability: float
    """Probability of a first common impurity, and of each further one."""
    impurity_height: LogNormal
    stray_probability: float
    """Probability of lines of unknown compounds."""
    stray_count: LogNormal
    """Number of signals of unknown compounds."""
    stray_height: LogNormal
    glass_probability: float
    """Probability of the broad hump of the probe's glass."""
    glass_height: LogNormal


@dataclass(frozen=True)
class ExchangeRanges:
    """Distributions for protons on N, O and S, and for water.

    Numbers in parentheses are measured: counts, or the 5, 50 and 95 % points.
    """

    missing_probability: float = 0.25
    """Probability that such a proton is not visible in a solvent without exchangeable deuterium
    (0.27)."""
    error_ppm: float = 0.6
    """Standard deviation of the error of their shift (ppm)."""
    width_hz: LogNormal = field(default_factory=lambda: LogNormal(9.0, 2.8))
    """Full width at half height (Hz; 2.4, 5.0, 52 measured on the lines that were found)."""
    width_dmso_hz: LogNormal = field(default_factory=lambda: LogNormal(5.0, 2.0))
    """Full width at half height in DMSO, where exchange is slow (Hz)."""
    water_probability: float = 0.6
    """Probability of a visible water line in 1H (15 of 24)."""
    water_height: LogNormal = field(default_factory=lambda: LogNormal(0.03, 6.0))
    """Height of the water line, relative to the compound's strongest line (0.003, 0.022, 8.6)."""
    water_width_hz: LogNormal = field(default_factory=lambda: LogNormal(3.0, 2.0))
    """Full width at half height of the water line, without the instrument's (Hz; 0.9, 2.1, 9.4)."""
    exchanging_water_probability: float = 0.35
    """Probability that water exchanges with the compound and is broad."""
    exchanging_water_width_hz: LogNormal = field(default_factory=lambda: LogNormal(40.0, 1.8))
    """Full width at half height of exchanging water (Hz)."""


def _h1_ranges() -> NucleusRanges:
    """Return the 1H ranges.

    Comments give the 5, 50 and 95 % points measured on the 45 1H spectra.
    """
    return NucleusRanges(
        lorentz_hz=LogNormal(0.85, 1.45),  # narrowest tenth of the lines: 0.72, 1.03, 2.4 Hz with the Gaussian part
        gauss_hz=LogNormal(0.5, 1.8),  # Lorentzian share 0.12, 0.86, 1
        max_extra_width=1.0,  # 0.37 in the logarithm within a spectrum, unresolved couplings included
        hump_share=LogNormal(0.03, 2.0),  # not measured: tails of isolated lines in the mirror plots
        hump_hz=LogNormal(4.0, 1.6),
        hump_offset=0.6,
        phase_deg=0.8,  # in the far wings of isolated lines -17, -0.7, 6, including tails from poor shimming
        phase_slope_deg=2.0,
        acquisition_s=LogNormal(3.3, 1.35),  # 0.5, 3.3, 6.3 s in the headers
        noise=LogNormal(1.5e-5, 6.0),  # 2e-6, 1.2e-5, 4e-4 at native resolution
        baseline_roll=LogNormal(5e-5, 5.0),  # 5e-6, 5e-5, 9e-4
        baseline_roll_waves=2,  # a tilt or a droop in the mirror plots
        baseline_degrees=((5, 0.6), (0, 0.4)),  # median over noise: 0 within half a deviation in 60 % of the spectra
        baseline_offset_probability=0.3,  # median over noise below -10 in a third of the spectra
        baseline_offset_height=LogNormal(2e-4, 2.0),
        resolution_hz=LogNormal(0.2, 1.6),  # 0.06, 0.24, 0.29
        edge_loss=(0.0, 0.0),
        reference_ppm=0.008,  # -0.043, -0.010, 0.038 before the readers calibrate to the solvent
        spinning_probability=0.6,  # 25 of 33 strong isolated lines; lower here, because those spectra are old
        side_band_height=LogNormal(1.6e-3, 1.8),  # 6e-4, 1.6e-3, 4e-3
        intensity=0.04,  # not measured: integrals are usually right to 5 %
        solvent_probability=0.75,  # seen in 22 of 30
        solvent_height=LogNormal(0.067, 8.0),  # 2e-4, 0.067, 4.4
        reference_probability=0.58,  # 22 of 38
        reference_height=LogNormal(0.08, 4.0),  # 0.003, 0.083, 0.70
        impurity_probability=0.5,  # half of the spectra have an unexplained line above 0.002
        impurity_height=LogNormal(0.005, 4.0),  # 0.002, 0.005, 0.6
        stray_probability=0.5,  # half of the spectra have another 10 to 30 small lines
        stray_count=LogNormal(9.0, 1.8),
        stray_height=LogNormal(0.0015, 2.5),
        glass_probability=0.0,
        glass_height=LogNormal(0.0),
    )


def _c13_ranges() -> NucleusRanges:
    """Return the 13C ranges.

    Comments give the 5, 50 and 95 % points measured on the 45 13C spectra.
    """
    return NucleusRanges(
        lorentz_hz=LogNormal(2.3, 1.35),  # narrowest tenth 1.5, 2.6, 4.1 Hz, of which the window adds 1 to 3 Hz
        gauss_hz=LogNormal(0.5, 1.8),  # Lorentzian share 0.73, 0.97, 1
        max_extra_width=0.6,  # 0.17 in the logarithm within a spectrum
        hump_share=LogNormal(0.02, 2.0),
        hump_hz=LogNormal(6.0, 1.6),
        hump_offset=0.6,
        phase_deg=1.6,  # in the far wings -3.3, -0.3, 4.9
        phase_slope_deg=4.0,
        acquisition_s=LogNormal(1.1, 1.3),  # 0.84, 1.1, 4.4 s in the headers
        noise=LogNormal(2.2e-3, 3.4),  # 4.7e-4, 1.6e-3, 2.7e-2 at native resolution
        baseline_roll=LogNormal(4e-4, 4.0),  # 6e-5, 3.6e-4, 7.7e-3
        baseline_roll_waves=2,  # a tilt over the whole window in the mirror plots
        baseline_degrees=((5, 0.7), (0, 0.3)),  # median over noise: 0 within half a deviation in 80 % of the spectra
        baseline_offset_probability=0.1,
        baseline_offset_height=LogNormal(2e-3, 2.0),
        resolution_hz=LogNormal(1.0, 1.6),  # 0.22, 1.2, 1.7
        edge_loss=(0.05, 0.3),
        reference_ppm=0.08,  # -0.20, -0.02, 0.31 before the readers calibrate to the solvent
        spinning_probability=0.0,
        side_band_height=LogNormal(0.0),
        intensity=0.15,  # heights per carbon over the median: CH2 0.72, 1.03, 1.36; CH 0.37, 1.00, 1.20
        solvent_probability=1.0,  # 43 of 44
        solvent_height=LogNormal(0.53, 5.0),  # 0.037, 0.53, 30
        reference_probability=0.02,  # 0 of 42
        reference_height=LogNormal(0.05, 2.5),
        impurity_probability=0.12,  # 5 % of the spectra have more than four unexplained lines
        impurity_height=LogNormal(0.03, 2.5),
        stray_probability=0.12,
        stray_count=LogNormal(3.0, 1.6),
        stray_height=LogNormal(0.02, 2.5),  # unexplained lines: 0.008, 0.10, 1
        glass_probability=0.15,  # visible in the mirror plots at about 112 ppm
        glass_height=LogNormal(0.006, 2.0),
    )


@dataclass(frozen=True)
class Ranges:
    """Distributions of all parameters of the simulator."""

    h1: NucleusRanges = field(default_factory=_h1_ranges)
    c13: NucleusRanges = field(default_factory=_c13_ranges)
    exchange: ExchangeRanges = field(default_factory=ExchangeRanges)
    frequencies_mhz: tuple[tuple[float, float], ...] = (
        (300.0, 0.22), (400.0, 0.31), (500.0, 0.22), (600.0, 0.15), (700.0, 0.02), (800.0, 0.015),
        (60.0, 0.015), (80.0, 0.01), (90.0, 0.005), (200.0, 0.015), (250.0, 0.01), (900.0, 0.005),
        (1000.0, 0.005),
    )  # fmt: skip
    """1H frequencies (MHz) and their probabilities."""
    solvents: tuple[tuple[str, float], ...] = (
        ("CDCl3", 0.62), ("DMSO-d6", 0.18), ("CD3OD", 0.07), ("D2O", 0.04), ("acetone-d6", 0.04), ("C6D6", 0.02),
        ("CD3CN", 0.01), ("CD2Cl2", 0.01), ("THF-d8", 0.005), ("dioxane-d8", 0.005),
    )  # fmt: skip
    """Solvents and their probabilities."""
    quaternary: tuple[float, float] = (0.18, 0.6)
    """Intensity of a carbon without hydrogen, relative to one with hydrogen (uniform; 0.20, 0.35,
    0.6 measured)."""
    methyl: tuple[float, float] = (0.7, 1.1)
    """Intensity of a methyl carbon, relative to CH and CH2 (uniform; 0.47, 0.99, 1.28 measured)."""
    satellites: bool = True
    """Whether 1H lines have 13C satellites."""


MEASURED = Ranges()


def _ideal_ranges(width_hz: float, seconds: float) -> NucleusRanges:
    off = LogNormal(0.0)
    return NucleusRanges(
        lorentz_hz=LogNormal(width_hz), gauss_hz=off, max_extra_width=0.0, hump_share=off, hump_hz=off, hump_offset=0.0,
        phase_deg=0.0, phase_slope_deg=0.0, acquisition_s=LogNormal(seconds), noise=off, baseline_roll=off,
        baseline_roll_waves=1,
        baseline_degrees=((-1, 1.0),), baseline_offset_probability=0.0, baseline_offset_height=off,
        resolution_hz=off, edge_loss=(0.0, 0.0),
        reference_ppm=0.0, spinning_probability=0.0, side_band_height=off, intensity=0.0, solvent_probability=0.0,
        solvent_height=off,
        reference_probability=0.0, reference_height=off, impurity_probability=0.0, impurity_height=off,
        stray_probability=0.0, stray_count=off,
        stray_height=off, glass_probability=0.0, glass_height=off,
    )  # fmt: skip


IDEAL = Ranges(
    h1=_ideal_ranges(1.0, 8.0),
    c13=_ideal_ranges(2.0, 4.0),
    exchange=ExchangeRanges(
        missing_probability=0.0,
        error_ppm=0.0,
        width_hz=LogNormal(10.0),
        width_dmso_hz=LogNormal(5.0),
        water_probability=0.0,
    ),
    frequencies_mhz=((400.0, 1.0),),
    solvents=(("CDCl3", 1.0),),
    satellites=False,
)
"""Only the compound, on a perfect instrument; for figures and tests."""

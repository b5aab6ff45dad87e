"""Backgrounds of measured spectra: the trace that is left after the compound's lines are removed.

Noise, baseline, solvent, water, reference, impurities and traces of processing remain as measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from scipy.ndimage import uniform_filter1d

from specmol_core.evaluation.measured.compound_mask import (
    CLEAR_DISTANCE_PPM,
    SIGNED_THRESHOLD,
    MeasuredTrace,
    TraceMeasures,
    is_far,
    measure_carbon_heights,
)
from specmol_core.evaluation.measured.line_fit import signal_free
from specmol_core.evaluation.measured.trace_measures import predicted_shifts, read_trace
from specmol_core.evaluation.simulator.counterpart import PreparedPair, is_signed
from specmol_core.matchnet_x.heights import MEDIAN_HEIGHTS
from specmol_core.matchnet_x.predicted_lines import CARBON_KINDS
from specmol_core.spectra.peaks import Peak
from specmol_core.spectra.spectrum import NUCLEI, Nucleus, Spectrum

__all__ = ["MeasuredBackground", "measured_backgrounds", "remove_compound"]

_GUARD_PPM = {"1H": 0.02, "13C": 0.4}
"""Margin that is removed on either side of a line of the compound (ppm)."""
_FOREIGN_MARGIN_PPM = {"1H": 0.05, "13C": 1.0}
"""Margin that is kept on either side of a foreign line (ppm)."""
_SMOOTHING_SAMPLES = 65
"""Number of samples whose mean is the local level; samples in gaps do not count."""
_DEFAULT_WIDTH_HZ = {"1H": 1.5, "13C": 3.2}
"""Line width (Hz) for spectra without a line that can be fitted: the median of measured lines."""
_DEFAULT_LORENTZIAN_FRACTION = {"1H": 0.85, "13C": 0.96}
"""Lorentzian fraction for such spectra: the median of measured lines."""
_DEFAULT_CARBON_HEIGHTS = {kind: (height,) for kind, height in zip(CARBON_KINDS, MEDIAN_HEIGHTS, strict=True)}
"""Heights of 13C lines for kinds of carbon that a spectrum does not have."""
_MAX_UNEXPLAINED_HEIGHT = 0.5
"""If an unexplained line is higher than this, relative to the compound's strongest line, the stated
structure may be wrong."""


@dataclass(frozen=True)
class MeasuredBackground:
    """One measured spectrum without its compound."""

    spectrum: Spectrum
    """The original spectrum."""
    values: NDArray[np.float64]
    """The trace without the compound (points,), relative to the compound's strongest line."""
    is_compound: NDArray[np.bool_]
    """Samples (points,) of the compound, which were replaced by level and noise."""
    width_hz: float
    """Full width at half height of the compound's lines (Hz)."""
    lorentzian_fraction: float
    """Lorentzian fraction of the compound's lines."""
    phase_deg: float
    """Phase error of the compound's lines (degrees)."""
    unexplained_height: float
    """Height of the highest line that neither compound nor solvent explains, relative to the
    compound's strongest line."""
    heights: dict[str, tuple[float, ...]]
    """Heights of the compound's 13C lines by kind of carbon, per carbon, relative to the median of
    carbons with hydrogen."""

    def covers(self, peaks: Sequence[Peak]) -> bool:
        """Return whether all signals are inside the spectrum's window."""
        axis = self.spectrum.axis
        return all(axis.low < peak.ppm < axis.high for peak in peaks)


def measured_backgrounds(measured_pairs: Sequence[PreparedPair]) -> list[dict[Nucleus, MeasuredBackground]]:
    """Return the backgrounds of each measured pair.

    Pairs with negative lines are left out, and pairs whose compound lines are uncertain because a
    high line is unexplained.
    """
    usable: list[dict[Nucleus, MeasuredBackground]] = []
    for prepared in measured_pairs:
        if not any(_has_negative_lines(prepared.pair.spectra[n]) for n in NUCLEI):
            backgrounds = {n: remove_compound(prepared, n) for n in NUCLEI}
            if all(background.unexplained_height <= _MAX_UNEXPLAINED_HEIGHT for background in backgrounds.values()):
                usable.append(backgrounds)
    return usable


def _has_negative_lines(spectrum: Spectrum) -> bool:
    values = spectrum.intensities
    return is_signed(spectrum) or float(values.min()) < SIGNED_THRESHOLD * float(values.max())


def remove_compound(prepared: PreparedPair, nucleus: Nucleus) -> MeasuredBackground:
    """Return the background of one measured spectrum.

    Signals belong to the compound unless they are lines of solvent, water or reference, or are far
    from every predicted shift. They are replaced by the level on both sides and noise of the same
    spectrum.
    """
    spectrum, measures = prepared.pair.spectra[nucleus], defaultdict[str, list[float]](list)
    predicted = predicted_shifts(prepared.shifts[nucleus], nucleus)
    trace, known_ranges = read_trace(spectrum, predicted, measures)
    foreign, unexplained_height = _foreign_samples(trace, prepared.mol, predicted, known_ranges)
    has_signal = ~signal_free(trace.values, trace.sigma, round(_GUARD_PPM[nucleus] / spectrum.axis.step))
    is_compound = has_signal & ~foreign
    carbon_measures: TraceMeasures = defaultdict(list)
    if nucleus == "13C":
        measure_carbon_heights(trace, prepared.mol, prepared.shifts[nucleus], known_ranges, carbon_measures)
    heights = {
        name.split()[2]: tuple(values) for name, values in carbon_measures.items() if name.startswith("height of ")
    }
    shape = (
        np.median([(f.width_hz, f.lorentzian_fraction, f.phase_deg) for f in trace.fits], axis=0)
        if trace.fits
        else None
    )
    width, lorentzian_fraction, phase = (
        shape if shape is not None else (_DEFAULT_WIDTH_HZ[nucleus], _DEFAULT_LORENTZIAN_FRACTION[nucleus], 0.0)
    )
    return MeasuredBackground(
        spectrum, _fill_gaps(trace.values, is_compound, has_signal), is_compound, float(width),
        float(lorentzian_fraction), float(phase), unexplained_height, _DEFAULT_CARBON_HEIGHTS | heights,
    )  # fmt: skip


def _foreign_samples(
    trace: MeasuredTrace, mol: Chem.Mol, predicted: NDArray[np.float64], known_ranges: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.bool_], float]:
    """Return the samples (points,) of foreign lines, and the height of the highest impurity."""
    nucleus, grid = trace.spectrum.nucleus, trace.spectrum.axis.grid()
    clear = CLEAR_DISTANCE_PPM[nucleus]
    # A 1H range near a predicted shift may hold the compound. The multiplet of a deuterated carbon
    # is unambiguous.
    foreign_ranges = [
        (low, high) for low, high in known_ranges if nucleus == "13C" or is_far((low + high) / 2, predicted, 2 * clear)
    ]
    far_lines = [
        line
        for line in trace.lines
        if is_far(line.ppm, predicted, 4 * clear) and not any(low <= line.ppm <= high for low, high in known_ranges)
    ]
    # Protons on N, O and S can have any shift.
    if nucleus == "1H" and any(a.GetTotalNumHs() for a in mol.GetAtoms() if a.GetAtomicNum() != 6):
        far_lines = []
    foreign = np.zeros(len(grid), np.bool_)
    for low, high in (*foreign_ranges, *((line.ppm, line.ppm) for line in far_lines)):
        foreign |= (grid >= low - _FOREIGN_MARGIN_PPM[nucleus]) & (grid <= high + _FOREIGN_MARGIN_PPM[nucleus])
    return foreign, max((line.height for line in far_lines), default=0.0)


def _fill_gaps(
    values: NDArray[np.float64], is_compound: NDArray[np.bool_], has_signal: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the trace with the compound replaced by interpolated level plus measured noise.

    The noise samples keep their order.
    """
    free = np.flatnonzero(~has_signal)
    mean_value, free_fraction = (
        uniform_filter1d(x, _SMOOTHING_SAMPLES)[free]
        for x in (np.where(has_signal, 0.0, values), np.where(has_signal, 0.0, 1.0))
    )
    level = mean_value / free_fraction
    noise = values[free] - level
    filled, gap = values.copy(), np.flatnonzero(is_compound)
    filled[gap] = np.interp(gap, free, level) + np.resize(noise, len(gap))
    return filled

"""Realism of the simulator: classifiers of measured against simulated traces, and mirror plots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specmol_core.evaluation.simulator.config import RealismConfig
from specmol_core.evaluation.simulator.counterpart import (
    PreparedPair,
    default_axis,
    resample_overlap,
    simulated_trace,
    stated_solvent,
)
from specmol_core.evaluation.simulator.discriminator import (
    Discrimination,
    DistinguishingFeature,
    discriminate,
    distinguishing_features,
)
from specmol_core.evaluation.simulator.mirror_panel import Curve
from specmol_core.evaluation.simulator.mirror_plots import MirrorPlot
from specmol_core.evaluation.simulator.trace_features import trace_features
from specmol_core.simulation.config import SimulationConfig
from specmol_core.spectra.spectrum import NUCLEI, Nucleus

__all__ = ["RealismResult", "discriminate_simulated", "make_mirror_plots"]

Advance = Callable[[int, int], None]
_MIN_PAIRS_PER_SOURCE = 10
"""Minimum number of pairs of a source, and of all others, to classify that source against the
others."""


@dataclass(frozen=True)
class RealismResult:
    """How well classifiers distinguish measured from simulated traces."""

    spectra: int
    """Number of measured traces of each nucleus."""
    groups: int
    """Number of different constitutions."""
    draws: int
    """Simulations of each measured trace."""
    auc: dict[str, dict[str, Discrimination]]
    """Results by nuclei used (1H, 13C, both), then by classifier."""
    distinguishing_features: dict[str, list[DistinguishingFeature]]
    """Features by nucleus, the most distinctive first."""
    sources: dict[str, dict[str, dict[str, Discrimination]]]
    """Results of the same classifiers for measured traces of one source against those of the
    others, by source, nuclei used and classifier."""


def discriminate_simulated(
    measured_pairs: Sequence[PreparedPair], config: RealismConfig, advance: Advance
) -> RealismResult:
    """Simulate each measured spectrum ``config.draws`` times; classify measured against simulated.

    Traces have as many points as stored simulations. Measured traces are resampled to that axis by
    the largest sample of each cell. Simulated traces are restricted to the measured range.
    """
    points = SimulationConfig().points
    tables: dict[str, NDArray[np.float64]] = {}
    names: dict[str, list[str]] = {}
    for nucleus_index, nucleus in enumerate(NUCLEI):
        rows = []
        for number, prepared in enumerate(measured_pairs):
            rows += _features(prepared, nucleus, points, config, (config.seed, nucleus_index, number))
            advance(nucleus_index * len(measured_pairs) + number + 1, 2 * len(measured_pairs))
        names[nucleus] = list(rows[0])
        tables[nucleus] = np.array([list(row.values()) for row in rows])
    tables["both"] = np.concatenate([tables[n] for n in NUCLEI], 1)
    labels = np.tile([1] + [0] * config.draws, len(measured_pairs))
    groups = [prepared.pair.group for prepared in measured_pairs for _ in range(config.draws + 1)]
    return RealismResult(
        len(measured_pairs),
        len(set(groups)),
        config.draws,
        {nuclei: discriminate(rows, labels, groups, seed=config.seed) for nuclei, rows in tables.items()},
        {nucleus: distinguishing_features(tables[nucleus], labels, names[nucleus]) for nucleus in NUCLEI},
        _sources(measured_pairs, {nuclei: rows[labels == 1] for nuclei, rows in tables.items()}, config.seed),
    )


def _sources(
    measured_pairs: Sequence[PreparedPair], tables: dict[str, NDArray[np.float64]], seed: int
) -> dict[str, dict[str, dict[str, Discrimination]]]:
    """Return how well the measured traces of each source are distinguished from the others."""
    groups = [prepared.pair.group for prepared in measured_pairs]
    results = {}
    for source in sorted({prepared.pair.source for prepared in measured_pairs}):
        labels = np.array([int(prepared.pair.source == source) for prepared in measured_pairs])
        if min(labels.sum(), len(labels) - labels.sum()) >= _MIN_PAIRS_PER_SOURCE:
            results[source] = {n: discriminate(rows, labels, groups, seed=seed) for n, rows in tables.items()}
    return results


def _features(
    prepared: PreparedPair, nucleus: Nucleus, points: int, config: RealismConfig, seed: tuple[int, int, int]
) -> list[dict[str, float]]:
    """Return the features of the measured trace, then those of its simulations."""
    spectrum = prepared.pair.spectra[nucleus]
    part, inside, real = resample_overlap(spectrum, default_axis(nucleus, points))
    frequency = float(spectrum.frequency_mhz or 0.0)
    rows = [trace_features(real, part, frequency)]
    for draw in range(config.draws):
        rng = np.random.default_rng((*seed, draw))
        _, trace = simulated_trace(prepared, nucleus, rng, points)
        rows.append(trace_features(trace[inside], part, frequency))
    return rows


def make_mirror_plots(measured_pairs: Sequence[PreparedPair], config: RealismConfig) -> list[MirrorPlot]:
    """Return a mirror plot of each measured spectrum and one simulation at the predicted shifts."""
    plots = []
    for number, prepared in enumerate(measured_pairs):
        for nucleus_index, nucleus in enumerate(NUCLEI):
            spectrum = prepared.pair.spectra[nucleus]
            axis = default_axis(nucleus, config.points)
            part, inside, real = resample_overlap(spectrum, axis)
            rng = np.random.default_rng((config.seed, nucleus_index, number, config.draws))
            _, trace = simulated_trace(prepared, nucleus, rng, config.points, use_predicted_shifts=True)
            solvent = spectrum.solvent or "solvent unknown"
            conditions = f"{spectrum.frequency_mhz:.1f} MHz, {solvent}, {prepared.pair.source}"
            plots.append(
                MirrorPlot(
                    prepared.pair.compound,
                    prepared.pair.smiles,
                    nucleus,
                    conditions,
                    (part.high, part.low),
                    _scale_to_compound(prepared, nucleus, Curve(part, real)),
                    _scale_to_compound(prepared, nucleus, Curve(part, trace[inside])),
                    float(spectrum.frequency_mhz or 0.0),
                )
            )
    return plots


def _scale_to_compound(prepared: PreparedPair, nucleus: Nucleus, curve: Curve) -> Curve:
    """Scale the curve to a height of 1 at the compound's strongest line.

    Solvent lines may be higher.
    """
    foreign = foreign_ranges(prepared, nucleus)
    grid = curve.axis.grid()
    is_compound = np.ones(len(grid), dtype=np.bool_)
    for high, low in foreign:
        is_compound &= (grid > high) | (grid < low)
    top = float(curve.values[is_compound].max()) if is_compound.any() else float(curve.values.max())
    return Curve(curve.axis, curve.values / max(top, 1e-300))


_SOLVENT_HALF_RANGE_PPM = {"1H": 0.06, "13C": 1.6}
"""Half of the range of a solvent signal (ppm)."""


def foreign_ranges(prepared: PreparedPair, nucleus: Nucleus) -> list[tuple[float, float]]:
    """Return the ranges, high and low (ppm), of solvent, water and reference lines.

    Ranges near a predicted shift of the compound are left out.
    """
    solvent = stated_solvent(prepared.pair.spectra[nucleus])
    lines = solvent.h1 if nucleus == "1H" else solvent.c13
    foreign_ppm = [0.0, *(line.ppm for line in lines), *([solvent.water_ppm] if nucleus == "1H" else [])]
    shifts = prepared.shifts[nucleus]
    compound_ppm = list(shifts.c13.values()) if nucleus == "13C" else [v for many in shifts.h1.values() for v in many]
    half_range = _SOLVENT_HALF_RANGE_PPM[nucleus]
    return [
        (p + half_range, p - half_range)
        for p in foreign_ppm
        if all(abs(p - s) > 1.5 * half_range for s in compound_ppm)
    ]

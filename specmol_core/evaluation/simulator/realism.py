"""How real the simulator is: by a classifier, by the rank of the right structure, and to the eye."""

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
"""Pairs that a source must have, and the others together, for it to be told from them."""


@dataclass(frozen=True)
class RealismResult:
    """How well measured and simulated traces are told apart."""

    spectra: int
    """Measured traces of each nucleus."""
    groups: int
    """Different constitutions among them."""
    draws: int
    auc: dict[str, dict[str, Discrimination]]
    """By what is shown (1H, 13C, both), then by classifier."""
    distinguishing_features: dict[str, list[DistinguishingFeature]]
    """By nucleus, the most telling feature first."""
    sources: dict[str, dict[str, dict[str, Discrimination]]]
    """The same classifiers asked which measured traces are of one source and which of the others: by source, what is
    shown, and classifier."""


def discriminate_simulated(
    measured_pairs: Sequence[PreparedPair], config: RealismConfig, advance: Advance
) -> RealismResult:
    """Simulate each measured spectrum ``config.draws`` times and try to tell which is which.

    Traces have the points of stored simulations; the measured ones are brought to that axis by the largest sample of
    each cell, as everywhere in the package, and simulations are cut off where the measurement ends.
    """
    points = SimulationConfig().points
    tables: dict[str, NDArray[np.float64]] = {}
    names: dict[str, list[str]] = {}
    for place, nucleus in enumerate(NUCLEI):
        rows = []
        for number, item in enumerate(measured_pairs):
            rows += _features(item, nucleus, points, config, (config.seed, place, number))
            advance(place * len(measured_pairs) + number + 1, 2 * len(measured_pairs))
        names[nucleus] = list(rows[0])
        tables[nucleus] = np.array([list(row.values()) for row in rows])
    tables["both"] = np.concatenate([tables[n] for n in NUCLEI], 1)
    labels = np.tile([1] + [0] * config.draws, len(measured_pairs))
    groups = [item.pair.group for item in measured_pairs for _ in range(config.draws + 1)]
    return RealismResult(
        len(measured_pairs),
        len(set(groups)),
        config.draws,
        {shown: discriminate(rows, labels, groups, seed=config.seed) for shown, rows in tables.items()},
        {nucleus: distinguishing_features(tables[nucleus], labels, names[nucleus]) for nucleus in NUCLEI},
        _sources(measured_pairs, {shown: rows[labels == 1] for shown, rows in tables.items()}, config.seed),
    )


def _sources(
    measured_pairs: Sequence[PreparedPair], tables: dict[str, NDArray[np.float64]], seed: int
) -> dict[str, dict[str, dict[str, Discrimination]]]:
    """How well one laboratory's measured traces are told from the others', which are as real."""
    groups = [item.pair.group for item in measured_pairs]
    found = {}
    for source in sorted({item.pair.source for item in measured_pairs}):
        labels = np.array([int(item.pair.source == source) for item in measured_pairs])
        if min(labels.sum(), len(labels) - labels.sum()) >= _MIN_PAIRS_PER_SOURCE:
            found[source] = {s: discriminate(rows, labels, groups, seed=seed) for s, rows in tables.items()}
    return found


def _features(
    item: PreparedPair, nucleus: Nucleus, points: int, config: RealismConfig, seed: tuple[int, int, int]
) -> list[dict[str, float]]:
    """Features of the measured trace, then of its simulations."""
    spectrum = item.pair.spectra[nucleus]
    part, place, real = resample_overlap(spectrum, default_axis(nucleus, points))
    frequency = float(spectrum.frequency_mhz or 0.0)
    rows = [trace_features(real, part, frequency)]
    for draw in range(config.draws):
        rng = np.random.default_rng((*seed, draw))
        _, trace = simulated_trace(item, nucleus, rng, points)
        rows.append(trace_features(trace[place], part, frequency))
    return rows


def make_mirror_plots(measured_pairs: Sequence[PreparedPair], config: RealismConfig) -> list[MirrorPlot]:
    """Each measured spectrum with one simulation of it, with the shifts as predicted, ready to be drawn."""
    found = []
    for number, item in enumerate(measured_pairs):
        for place, nucleus in enumerate(NUCLEI):
            spectrum = item.pair.spectra[nucleus]
            axis = default_axis(nucleus, config.points)
            part, inside, real = resample_overlap(spectrum, axis)
            rng = np.random.default_rng((config.seed, place, number, config.draws))
            _, trace = simulated_trace(item, nucleus, rng, config.points, use_predicted_shifts=True)
            what = f"{spectrum.frequency_mhz:.1f} MHz, {spectrum.solvent or 'solvent not known'}, {item.pair.source}"
            found.append(
                MirrorPlot(
                    item.pair.compound,
                    item.pair.smiles,
                    nucleus,
                    what,
                    (part.high, part.low),
                    _scale_to_compound(item, nucleus, Curve(part, real)),
                    _scale_to_compound(item, nucleus, Curve(part, trace[inside])),
                    float(spectrum.frequency_mhz or 0.0),
                )
            )
    return found


def _scale_to_compound(item: PreparedPair, nucleus: Nucleus, curve: Curve) -> Curve:
    """The curve with the compound's strongest line at 1: the solvent's may be many times higher."""
    foreign = foreign_ranges(item, nucleus)
    grid = curve.axis.grid()
    own = np.ones(len(grid), dtype=np.bool_)
    for high, low in foreign:
        own &= (grid > high) | (grid < low)
    top = float(curve.values[own].max()) if own.any() else float(curve.values.max())
    return Curve(curve.axis, curve.values / max(top, 1e-300))


_SOLVENT_HALF_RANGE_PPM = {"1H": 0.06, "13C": 1.6}
"""Half of the range that a solvent's signal may take (ppm)."""


def foreign_ranges(item: PreparedPair, nucleus: Nucleus) -> list[tuple[float, float]]:
    """Ranges, high and low (ppm), in which solvent, water and reference stand, where the compound has no line."""
    solvent = stated_solvent(item.pair.spectra[nucleus])
    lines = solvent.h1 if nucleus == "1H" else solvent.c13
    places = [0.0, *(line.ppm for line in lines), *([solvent.water_ppm] if nucleus == "1H" else [])]
    shifts = item.shifts[nucleus]
    own = list(shifts.c13.values()) if nucleus == "13C" else [v for many in shifts.h1.values() for v in many]
    half_range = _SOLVENT_HALF_RANGE_PPM[nucleus]
    return [(p + half_range, p - half_range) for p in places if all(abs(p - s) > 1.5 * half_range for s in own)]

"""Lines in a spectrum besides the compound's: solvent, water, TMS and common impurities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation.carbons import editing_sign
from specmol_core.simulation.lines import BroadLine, SharpLines
from specmol_core.simulation.ranges import ExchangeRanges, NucleusRanges
from specmol_core.simulation.sample import IMPURITIES, IMPURITY_WEIGHTS
from specmol_core.spectra.reference.impurities import Impurity
from specmol_core.spectra.reference.signals import ReferenceSignal, Splitting, multiplet_lines
from specmol_core.spectra.reference.solvents import Solvent

__all__ = ["Background", "draw_background", "satellites"]

_MAX_IMPURITIES = 4
_SHIFT_SD_PPM = {"1H": 0.008, "13C": 0.05}
"""Standard deviation of such a line's shift from its tabulated value, caused by concentration and
temperature (ppm)."""
_WATER_SHIFT_SD_PPM = 0.06
_IMPURITY_WEIGHTS = np.array(IMPURITY_WEIGHTS) / sum(IMPURITY_WEIGHTS)
_TETRAMETHYLSILANE = ReferenceSignal(0.0, attached_hydrogens=3)
_STRAY_RANGE_PPM = {"1H": (0.7, 8.5), "13C": (10.0, 175.0)}
"""Range of the lines of unknown compounds (ppm)."""
_GLASS_CENTRE_PPM, _GLASS_WIDTH_PPM = (112.0, 6.0), (20.0, 40.0)
"""Mean and standard deviation of the centre of the probe's hump, and range of its width (ppm)."""
_STRAY_COUPLING_HZ = 7.1
"""Coupling constant of 1H lines of unknown compounds (Hz)."""
_SATELLITE_FRACTION = 0.0107 / 2
"""Half the natural abundance of 13C: relative area of each satellite."""
_J_CH_HZ = ((3.0, 125.0), (4.6, 145.0), (6.6, 158.0), (9.0, 162.0), (99.0, 178.0))
"""Upper limit of the proton shift (ppm) and one-bond coupling (Hz): sp3, sp3 beside O, olefinic,
aromatic, aldehyde."""


@dataclass(frozen=True)
class Background:
    """Lines that are not the compound's, and the parameters that were drawn for them."""

    lines: SharpLines
    broad: tuple[BroadLine, ...] = ()
    solvent_height: float = 0.0
    """Height of the solvent's strongest line over the compound's; 0 if absent. The same holds for
    the heights below."""
    reference_height: float = 0.0
    water_height: float = 0.0
    impurity_height: float = 0.0
    stray_count: int = 0
    """Number of signals of unknown compounds."""
    impurities: tuple[int, ...] = field(default=())
    """Indices into ``sample.IMPURITIES``."""


def draw_background(
    nucleus: str,
    solvent: Solvent,
    experiment: str,
    mhz: float,
    height: float,
    rng: np.random.Generator,
    ranges: NucleusRanges,
    exchange: ExchangeRanges,
) -> Background:
    """Draw the lines of a spectrum that are not the compound's.

    Parameters
    ----------
    mhz
        Larmor frequency of the nucleus (MHz).
    height
        Height of the compound's strongest line over that of a line of area 1.
    """
    parts = [SharpLines.without_broadening(np.zeros(0), np.zeros(0))]
    # The residual proton of D2O is in HDO, which is drawn as water.
    own_signals = solvent.residual_h1 if nucleus == "1H" else solvent.c13
    heights = {
        "solvent": ranges.solvent_height.draw(rng) if rng.random() < ranges.solvent_probability else 0.0,
        "reference": ranges.reference_height.draw(rng) if rng.random() < ranges.reference_probability else 0.0,
    }
    if heights["solvent"] and own_signals:
        shown = _substance_lines(nucleus, own_signals, experiment, mhz, heights["solvent"] * height, rng)
        # The solvent's lines can be broader than the compound's: 0.6, 2.7, 6.4 Hz measured in 1H.
        extra = ranges.max_extra_width * rng.random()
        parts.append(shown._replace(area=shown.area * (1 + extra), extra_width=np.full(len(shown.ppm), extra)))
    if heights["reference"]:
        # The axis was referenced to this line, so it is exactly at its reference position.
        parts.append(
            _substance_lines(nucleus, [_TETRAMETHYLSILANE], experiment, mhz, heights["reference"] * height, None)
        )
    chosen_impurities = _impurities(rng, ranges)
    strength = ranges.impurity_height.draw(rng)
    for impurity in chosen_impurities:
        impurity_height = strength * float(np.exp(rng.normal(0.0, 0.5))) * height
        signals = impurity.signals_or_default(nucleus, solvent.name)
        parts.append(_substance_lines(nucleus, signals, experiment, mhz, impurity_height, rng))
    strays, count = _stray_signals(nucleus, experiment, mhz, height, rng, ranges)
    parts.append(strays)
    glass = _probe_glass(mhz, height, rng, ranges)
    water, broad = _water_line(solvent, height, rng, exchange) if nucleus == "1H" else (0.0, ())
    return Background(
        SharpLines.join(parts), (*broad, *glass), heights["solvent"] if own_signals else 0.0,
        heights["reference"], water,
        strength if chosen_impurities else 0.0, count, tuple(IMPURITIES.index(i) for i in chosen_impurities),
    )  # fmt: skip


def _substance_lines(
    nucleus: str,
    signals: Sequence[ReferenceSignal],
    experiment: str,
    mhz: float,
    height: float,
    rng: np.random.Generator | None,
) -> SharpLines:
    """Return the lines of one substance, scaled to ``height``.

    Each signal has its own small shift error.
    """
    ppm: list[NDArray[np.float64]] = [np.zeros(0)]
    area: list[NDArray[np.float64]] = [np.zeros(0)]
    for signal in signals:
        sign = 1 if nucleus == "1H" else _carbon_sign(signal, experiment)
        shifted_ppm = signal.ppm + (rng.normal(0.0, _SHIFT_SD_PPM[nucleus]) if rng is not None else 0.0)
        offsets, shares = multiplet_lines(signal.splitting)
        if sign:
            ppm.append(shifted_ppm + offsets / mhz)
            area.append(sign * signal.area * shares)
    lines = SharpLines.without_broadening(np.concatenate(ppm), np.concatenate(area))
    top = np.abs(lines.area).max(initial=0.0)
    return lines._replace(area=lines.area * (height / top)) if top else lines


def _carbon_sign(signal: ReferenceSignal, experiment: str) -> int:
    """Return the sign of a carbon line. Deuterated carbons count as carbons without hydrogen."""
    return editing_sign(signal.attached_hydrogens, experiment)


def _impurities(rng: np.random.Generator, ranges: NucleusRanges) -> list[Impurity]:
    chosen_impurities: list[Impurity] = []
    while len(chosen_impurities) < _MAX_IMPURITIES and rng.random() < ranges.impurity_probability:
        chosen = IMPURITIES[int(rng.choice(len(IMPURITIES), p=_IMPURITY_WEIGHTS))]
        if chosen not in chosen_impurities:
            chosen_impurities.append(chosen)
    return chosen_impurities


def _stray_signals(
    nucleus: str, experiment: str, mhz: float, height: float, rng: np.random.Generator, ranges: NucleusRanges
) -> tuple[SharpLines, int]:
    """Return lines of unknown compounds (random shifts and splitting), and their signal count."""
    shown = rng.random() < ranges.stray_probability
    count = round(ranges.stray_count.draw(rng)) if shown else 0
    if not count:
        return SharpLines.without_broadening(np.zeros(0), np.zeros(0)), 0
    low, high = _STRAY_RANGE_PPM[nucleus]
    ppm: list[NDArray[np.float64]] = [np.zeros(0)]
    area: list[NDArray[np.float64]] = [np.zeros(0)]
    for shift, hydrogens, neighbours in zip(
        rng.uniform(low, high, count), rng.integers(0, 4, count), rng.integers(0, 4, count), strict=True
    ):
        splitting = Splitting(int(neighbours), _STRAY_COUPLING_HZ) if nucleus == "1H" else Splitting()
        sign = 1 if nucleus == "1H" else editing_sign(int(hydrogens), experiment)
        offsets, shares = multiplet_lines(splitting)
        ppm.append(shift + offsets / mhz)
        area.append(shares * (sign * height * ranges.stray_height.draw(rng) / shares.max()))
    return SharpLines.without_broadening(np.concatenate(ppm), np.concatenate(area)), count


def _probe_glass(mhz: float, height: float, rng: np.random.Generator, ranges: NucleusRanges) -> tuple[BroadLine, ...]:
    """Return the hump of carbon in the probe's glass and plastics, visible after many scans."""
    if rng.random() >= ranges.glass_probability:
        return ()
    width = rng.uniform(*_GLASS_WIDTH_PPM) * mhz
    # At equal area, height is inverse to width. The instrument's width is taken for that of the
    # compound's line.
    area = ranges.glass_height.draw(rng) * height * width / max(ranges.lorentz_hz.median, 0.1)
    return (BroadLine(float(rng.normal(*_GLASS_CENTRE_PPM)), area, width),)


def _water_line(
    solvent: Solvent, height: float, rng: np.random.Generator, ranges: ExchangeRanges
) -> tuple[float, tuple[BroadLine, ...]]:
    chance, relative, width = rng.random(), ranges.water_height.draw(rng), ranges.water_width_hz.draw(rng)
    if rng.random() < ranges.exchanging_water_probability:
        width = ranges.exchanging_water_width_hz.draw(rng)
    shift = solvent.water_ppm + rng.normal(0.0, _WATER_SHIFT_SD_PPM)
    if chance >= ranges.water_probability:
        return 0.0, ()
    # At equal area, height is inverse to width. The instrument's width is taken as 1 Hz.
    return relative, (BroadLine(shift, relative * height * (1 + width), width),)


def satellites(lines: SharpLines, mhz: float) -> SharpLines:
    """Return the lines with their 13C satellites at plus and minus half the one-bond coupling.

    The total area does not change.
    """
    limits, constants = (np.array(c) for c in zip(*_J_CH_HZ, strict=True))
    coupling = constants[np.minimum(np.searchsorted(limits, lines.ppm), len(limits) - 1)]
    half = coupling / (2 * mhz)
    small = lines.area * _SATELLITE_FRACTION
    return SharpLines(
        np.concatenate((lines.ppm, lines.ppm - half, lines.ppm + half)),
        np.concatenate((lines.area - 2 * small, small, small)),
        np.tile(lines.extra_width, 3),
    )

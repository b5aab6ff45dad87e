"""Signals of a species from the measured spectrum of the pure compound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specmol_core.errors import SpectrumError
from specmol_core.mixtures.cells import cell_areas, grid_of
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.mixtures.signals import Pattern, Signal
from specmol_core.mixtures.species import Species
from specmol_core.spectra.analysis.analysis import Analysis
from specmol_core.spectra.spectrum import Spectrum

__all__ = ["reference_signals"]

_WINDOWS = {"1H": (14.5, 0.3), "13C": (235.0, 5.0)}
"""Without the line of tetramethylsilane."""
_MIN_HEIGHT = 0.004
"""Height of a signal relative to the tallest line."""
_NOISE_HEIGHT = 5.0
"""Height of a signal in standard deviations of the noise of a cell."""
_GAP_HZ = 12.0
"""Signals further apart than this move separately."""
_DOF = 4.0


def reference_signals(species: Species, spectrum: Spectrum, nucleus: str, config: QuantifyConfig) -> tuple[Signal, ...]:
    """Return the signals of a measured pure spectrum, each of which moves a little by itself.

    Lines of solvents, water and impurities are masked. The area of the whole is the number of
    protons on carbon of the species.

    Raises
    ------
    SpectrumError
        If the spectrum has no signal, or does not state its field.
    """
    if not spectrum.frequency_mhz:
        raise SpectrumError(spectrum.source, "does not state the field; give a spectrum that does")
    masked = Analysis(spectrum).masked_spectrum
    grid = grid_of(masked, config, _WINDOWS[nucleus], measured=True)
    areas, noise = cell_areas(masked, grid)
    parts = _parts(areas, max(_MIN_HEIGHT * float(areas.max()), _NOISE_HEIGHT * noise), _GAP_HZ / grid.mhz / grid.step)
    total = sum(float(areas[a:b].sum()) for a, b in parts)
    if not total > 0:
        raise SpectrumError(spectrum.source, f"shows no signal of {species.name}; give its pure spectrum")
    nuclei, signals = species.nuclei(nucleus), []
    for first, stop in parts:
        area = areas[first:stop]
        if not area.sum() > 0:
            continue
        ppm = grid.centres()[first:stop]
        centre = float((ppm * area).sum() / area.sum())
        pattern = Pattern(ppm - centre, area, measured=True)
        share = float(area.sum()) / total
        signals.append(Signal(centre, config.reference_scale_ppm, _DOF, nuclei * share, (), (pattern,)))
    return tuple(signals)


def _parts(areas: NDArray[np.float64], height: float, gap: float) -> list[tuple[int, int]]:
    """Return first cell and end of each part with signals, wide enough for the feet of its lines."""
    cells = np.flatnonzero(areas > height)
    if not len(cells):
        return []
    margin = max(int(gap), 2)
    breaks = np.flatnonzero(np.diff(cells) > 2 * margin)
    firsts = cells[np.concatenate(([0], breaks + 1))] - margin
    stops = cells[np.concatenate((breaks, [len(cells) - 1]))] + margin + 1
    return [(max(int(a), 0), min(int(b), len(areas))) for a, b in zip(firsts, stops, strict=True)]

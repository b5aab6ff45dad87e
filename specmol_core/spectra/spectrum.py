"""The validated spectrum: the output of every reader and the input of every model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from specmol_core.spectra.axis import PpmAxis
from specmol_core.spectra.peaks import Peak

if TYPE_CHECKING:
    from specmol_core.spectra.calibration import Calibration

__all__ = ["C13_FREQUENCY_RATIO", "NUCLEI", "Nucleus", "Spectrum", "SpectrumPair"]

Nucleus = Literal["1H", "13C"]
NUCLEI: tuple[Nucleus, Nucleus] = ("1H", "13C")

C13_FREQUENCY_RATIO = 0.25145020
"""Resonance frequency of 13C over that of 1H: R. K. Harris et al., Pure Appl. Chem. 2001, 73, 1795."""


@dataclass(frozen=True)
class Spectrum:
    """One measured or simulated one-dimensional spectrum.

    Raises
    ------
    ValueError
        If the nucleus is unknown, or the trace does not fit the axis, is not finite, or is flat.
    """

    nucleus: Nucleus
    axis: PpmAxis
    intensities: NDArray[np.float32]
    """Trace (axis.points,), high to low shift, arbitrary units, baseline at 0."""
    source: str = "memory"
    """Path as the user gave it, or another name of the source."""
    sha256: str = ""
    """Hash of the source file's bytes; empty for a spectrum made in memory."""
    frequency_mhz: float | None = None
    """Larmor frequency of ``nucleus`` (MHz)."""
    solvent: str | None = None
    """Solvent as the file or the user names it."""
    warnings: tuple[str, ...] = field(default=())
    """What the reader repaired or doubted, one sentence each."""
    referencing: str = ""
    """How the shift axis was referenced, in words; empty where it is unknown."""
    peaks: tuple[Peak, ...] = ()
    """Signals of the source if it is a peak list; they hold more than the trace drawn from them."""
    signed: bool = False
    """Whether downward lines are genuine, as in DEPT and APT; ``intensities`` keeps their sign."""
    masked_ranges: tuple[tuple[float, float], ...] = ()
    """Ranges, low to high (ppm), from which lines of solvent or impurities were removed. A line of
    the compound may be lost there."""
    axis_is_guessed: bool = False
    """Whether the file does not say where its axis begins: all shifts are displaced by one unknown
    amount, and the spectrum must not be ranked."""
    calibration: Calibration | None = None
    """How the axis of an image was calibrated; None for other sources."""
    height_step: float = 0.0
    """Least difference of heights in a drawing, such as a row of pixels, in the unit of ``intensities``; 0 for
    other sources."""
    solvent_given: bool = False
    """Whether ``solvent`` is the user's word, which overrides that of the file."""
    repetition_s: float | None = None
    """Time from one scan to the next (s); None for a single scan, and where it is unknown."""

    def __post_init__(self) -> None:
        if self.nucleus not in NUCLEI:
            raise ValueError(f"nucleus is one of {NUCLEI}, not {self.nucleus!r}")
        if self.intensities.shape != (self.axis.points,):
            raise ValueError(f"trace of shape {self.intensities.shape} on an axis of {self.axis.points} points")
        if not np.isfinite(self.intensities).all():
            raise ValueError("the trace holds values that are not finite")
        if not np.ptp(self.intensities) > 0:
            raise ValueError("the trace is flat: no signal")

    @property
    def magnitudes(self) -> NDArray[np.float32]:
        """Intensities with every genuine line upright (axis.points,)."""
        return np.abs(self.intensities) if self.signed else self.intensities


@dataclass(frozen=True)
class SpectrumPair:
    """The spectra of one compound; one of them may be missing.

    Raises
    ------
    ValueError
        If both are missing, or a spectrum is given as the other nucleus.
    """

    h1: Spectrum | None = None
    c13: Spectrum | None = None

    def __post_init__(self) -> None:
        if self.h1 is None and self.c13 is None:
            raise ValueError("a query needs a 1H or a 13C spectrum")
        for expected, spectrum in zip(NUCLEI, (self.h1, self.c13), strict=True):
            if spectrum is not None and spectrum.nucleus != expected:
                raise ValueError(f"{spectrum.source} is a {spectrum.nucleus} spectrum, given as {expected}")

    @property
    def spectra(self) -> tuple[Spectrum, ...]:
        """The spectra that are present, 1H first."""
        return tuple(spectrum for spectrum in (self.h1, self.c13) if spectrum is not None)

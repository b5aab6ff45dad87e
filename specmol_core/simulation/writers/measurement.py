"""A simulated spectrum with what a spectrometer states about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.simulate import SimulatedPair
from specmol_core.spectra.spectrum import Nucleus, Spectrum
from specmol_core.storage.plain_text import plain_text

__all__ = ["DATE", "FULL_SCALE", "ORIGIN", "Measurement", "as_written", "measurements"]

FULL_SCALE = 1_000_000
"""Intensity of the strongest line in every file format."""
DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The date that files state. It is fixed, so that equal spectra give equal files."""
ORIGIN = "simulated by specmol"

_PULSE_PROGRAMS = {"1D": "zgpg30", "DEPT-90": "dept90", "DEPT-135": "dept135", "APT": "jmod"}
"""Bruker's pulse program of each 13C experiment."""


@dataclass(frozen=True)
class Measurement:
    """One spectrum and its acquisition.

    Raises
    ------
    ValueError
        If the spectrum has no frequency.
    """

    spectrum: Spectrum
    title: str
    """One line of text."""
    pulse_program: str
    """Name of Bruker's pulse program, such as ``zg30``."""
    acquisition_s: float
    """Recording time of the decay (s)."""

    def __post_init__(self) -> None:
        if self.spectrum.frequency_mhz is None:
            raise ValueError(f"{self.title}: the spectrum has no frequency")

    @property
    def nucleus(self) -> Nucleus:
        """``1H`` or ``13C``."""
        return self.spectrum.nucleus

    @property
    def frequency_mhz(self) -> float:
        """Frequency of 0 ppm (MHz)."""
        return float(self.spectrum.frequency_mhz or 0.0)

    @property
    def solvent(self) -> str:
        """Name of the solvent; empty if it is unknown."""
        return self.spectrum.solvent or ""

    @property
    def step_hz(self) -> float:
        """Distance of neighbouring points (Hz)."""
        return self.spectrum.axis.step * self.frequency_mhz

    @property
    def first_ppm(self) -> float:
        """Shift of the first point, the highest (ppm)."""
        return float(self.spectrum.axis.grid()[0])

    def intensities(self) -> NDArray[np.float64]:
        """Return the trace (points,), high to low shift; its strongest line is ``FULL_SCALE``."""
        trace = self.spectrum.intensities.astype(np.float64)
        return np.asarray(trace * (FULL_SCALE / np.abs(trace).max()), dtype=np.float64)

    def counts(self) -> NDArray[np.int64]:
        """Return the rounded intensities (points,)."""
        return np.rint(self.intensities()).astype(np.int64)


def measurements(pair: SimulatedPair, settings: SimulationConfig, title: str) -> list[Measurement]:
    """Return the measurements of a simulated pair, 1H first; without a nucleus that has no signal."""
    solvent = pair.parameters["solvent"].item().decode()
    shown: list[Measurement] = []
    nuclei: tuple[tuple[Nucleus, str, NDArray[np.float32]], ...] = (
        ("1H", "h1", pair.h1_trace),
        ("13C", "c13", pair.c13_trace),
    )
    for nucleus, prefix, trace in nuclei:
        if not trace.any():
            continue
        spectrum = Spectrum(
            nucleus,
            settings.axis(nucleus),
            trace,
            frequency_mhz=as_written(pair.parameters[f"{prefix}_mhz"]),
            solvent=solvent,
            signed=nucleus == "13C" and settings.experiment not in ("1D", "DEPT-90"),
        )
        program = "zg30" if nucleus == "1H" else _PULSE_PROGRAMS[settings.experiment]
        # Half of the points are recorded; the other half is zero-filling.
        longest_s = 1 / (2 * spectrum.axis.step * float(spectrum.frequency_mhz or 1.0))
        seconds = min(float(pair.parameters[f"{prefix}_acquisition_s"]), longest_s)
        shown.append(Measurement(spectrum, plain_text(title), program, seconds))
    return shown


def as_written(value: NDArray[np.float32]) -> float:
    """Return the shortest decimal number that is this one in single precision."""
    return float(str(np.float32(value)))

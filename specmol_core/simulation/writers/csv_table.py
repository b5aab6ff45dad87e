"""Write a spectrum as a CSV table of chemical shift and intensity."""

from __future__ import annotations

import math

from specmol_core.simulation.writers.measurement import ORIGIN, Measurement

__all__ = ["csv_file"]

_SHIFT_ACCURACY = 0.0004
"""Largest rounding error of a shift (steps). A reader then finds an even axis."""


def csv_file(measurement: Measurement) -> bytes:
    """Return the content of a CSV file with the columns ppm and intensity, high to low shift.

    A comment line names the nucleus, the frequency, the solvent and the title.
    """
    axis = measurement.spectrum.axis
    decimals = max(math.ceil(-math.log10(2 * _SHIFT_ACCURACY * axis.step)), 0)
    solvent = f", {measurement.solvent}" if measurement.solvent else ""
    conditions = f"{measurement.frequency_mhz:.2f} MHz{solvent}"
    head = f"# {measurement.nucleus} NMR ({conditions}), {ORIGIN}: {measurement.title}\n"
    rows = zip(axis.grid().tolist(), measurement.counts().tolist(), strict=True)
    return (head + "ppm,intensity\n" + "".join(f"{x:.{decimals}f},{y}\n" for x, y in rows)).encode()

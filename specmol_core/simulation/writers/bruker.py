"""Write a spectrum as a Bruker TopSpin experiment: ``acqus``, ``fid``, ``pdata/1/1r``, ``procs``, ``title``."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specmol_core.simulation.writers.measurement import DATE, ORIGIN, Measurement

__all__ = ["EXPERIMENT_NUMBERS", "bruker_files"]

EXPERIMENT_NUMBERS = {"1H": 10, "13C": 11}
"""Experiment number (EXPNO) of each nucleus in a dataset."""

_MAX_BITS = 29
"""TopSpin scales the strongest point of ``1r`` to between 2**28 and 2**29."""
_FID_EXPONENT = -4
"""NC: a sample of the FID is the stored integer times two to this power. Rounding is then far below
the noise."""
_REFERENCE_SHIFT_HZ = 10.0
"""SF minus BF1 (Hz). TopSpin's SR is this; 0 would say that the axis was never referenced."""

Value = str | int | float


def bruker_files(measurement: Measurement) -> dict[str, bytes]:
    """Return the files of one experiment folder by relative path.

    ``acqu`` and ``proc`` are copies of ``acqus`` and ``procs``, as TopSpin keeps them.
    """
    values = measurement.intensities()
    exponent = _scaling_exponent(values)
    points = np.rint(values * 2.0**-exponent).astype("<i4")
    acquisition = _parameter_file(_acquisition_parameters(measurement))
    processing = _parameter_file(_processing_parameters(measurement, points, exponent))
    return {
        "acqu": acquisition,
        "acqus": acquisition,
        "fid": _decay(values).tobytes(),
        "pdata/1/1r": points.tobytes(),
        "pdata/1/proc": processing,
        "pdata/1/procs": processing,
        "pdata/1/title": f"{measurement.title}\n{ORIGIN}\n".encode(),
    }


def _decay(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the FID of a spectrum (points,), real and imaginary parts by turns (points,).

    Zero-filled to as many complex points as the spectrum has, and transformed, it gives the
    spectrum as its real part. A positive frequency is a shift above the carrier.
    """
    points = len(values)
    decay = np.fft.ifft(np.fft.ifftshift(np.roll(values[::-1], 1)))[: points // 2]
    decay[1:] *= 2
    parts = np.stack((decay.real, decay.imag), axis=1).ravel() * 2.0**-_FID_EXPONENT
    return np.rint(parts).astype("<i4")


def _scaling_exponent(values: NDArray[np.float64]) -> int:
    """Return NC_proc: an intensity is the stored integer times two to this power."""
    return math.floor(math.log2(np.abs(values).max())) + 1 - _MAX_BITS


def _acquisition_parameters(measurement: Measurement) -> dict[str, Value]:
    """Return the parameters of ``acqus``. The carrier is in the middle of the window."""
    reference = measurement.frequency_mhz
    points = measurement.spectrum.axis.points
    base = reference - _REFERENCE_SHIFT_HZ * 1e-6
    width_hz = measurement.step_hz * points
    # Point number points / 2 of a spectrum of Bruker's is at the carrier.
    carrier_ppm = measurement.first_ppm - measurement.spectrum.axis.span / 2
    observed = reference * (1 + carrier_ppm * 1e-6)
    return {
        "AQ_mod": 3,
        "AUNM": "<au_zg>",
        "BF1": round(base, 9),
        "BYTORDA": 0,
        "DATE": int(DATE.timestamp()),
        "DECIM": 1,
        "DIGMOD": 0,
        "DS": 0,
        "DSPFVS": 20,
        "DTYPA": 0,
        "EXP": f"<{'PROTON' if measurement.nucleus == '1H' else 'C13CPD'}>",
        "GRPDLY": 0,
        "INSTRUM": f"<{ORIGIN}>",
        "LOCNUC": "<2H>",
        "NC": _FID_EXPONENT,
        "NS": 1,
        "NUC1": f"<{measurement.nucleus}>",
        "NUC2": "<off>" if measurement.nucleus == "1H" else "<1H>",
        "O1": round((observed - base) * 1e6, 6),
        "PARMODE": 0,
        "PROBHD": f"<{ORIGIN}>",
        "PULPROG": f"<{measurement.pulse_program}>",
        "RG": 1,
        "SFO1": round(observed, 9),
        "SOLVENT": f"<{measurement.solvent}>",
        "SW": width_hz / observed,
        "SW_h": width_hz,
        "TD": points,
        "TE": 298,
    }


def _processing_parameters(measurement: Measurement, values: NDArray[np.int32], exponent: int) -> dict[str, Value]:
    """Return the parameters of ``procs``. OFFSET is the shift of the first point."""
    axis = measurement.spectrum.axis
    return {
        "ABSF1": axis.high,
        "ABSF2": axis.low,
        "AXNUC": f"<{measurement.nucleus}>",
        "AXUNIT": "<>",
        "BC_mod": 0,
        "BYTORDP": 0,
        "DATMOD": 1,
        "DTYPP": 0,
        "FCOR": 1,
        "FTSIZE": axis.points,
        "FT_mod": 6,
        "GB": 0,
        "LB": 0,
        "MC2": 0,
        "NC_proc": exponent,
        "OFFSET": round(measurement.first_ppm, 9),
        "PHC0": 0,
        "PHC1": 0,
        "PH_mod": 1,
        "PPARMOD": 0,
        "REVERSE": "no",
        "SF": measurement.frequency_mhz,
        "SI": axis.points,
        "SSB": 0,
        "STSI": axis.points,
        "STSR": 0,
        "SW_p": measurement.step_hz * axis.points,
        "TDeff": axis.points,
        "TDoff": 0,
        "WDW": 0,
        "XDIM": 0,
        "YMAX_p": int(values.max()),
        "YMIN_p": int(values.min()),
    }


def _parameter_file(parameters: Mapping[str, Value]) -> bytes:
    head = (
        "##TITLE= Parameter file, TopSpin layout\n##JCAMPDX= 5.0\n##DATATYPE= Parameter Values\n"
        f"##ORIGIN= {ORIGIN}\n##OWNER= specmol\n$$ {DATE:%Y-%m-%d %H:%M:%S.000 +0000}  {ORIGIN}\n"
    )
    return (head + "".join(f"##${name}= {value}\n" for name, value in parameters.items()) + "##END=\n").encode("ascii")

"""Read and analyse files of a spectrometer, and compare with plain code in the same run."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from measurement import Measurement
from plain_reading import plain_code
from setting import Setting
from spectrometer import FORMATS, spectrometer_pair

from specmol_core.matchnet_x.observed_signals import observed_pair, observed_signals
from specmol_core.spectra.analysis import analysis
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import NUCLEI, SpectrumPair

__all__ = ["measure"]

_POINTS = (32_768, 65_536, 131_072)
"""Points of a spectrum."""
_MIN_SPEEDUP = 2.0
"""Target: how many times as fast as the plain code."""


class _Run(NamedTuple):
    reading: float
    """Time from the files to the spectra (s)."""
    analysis: float
    """Time from the spectra to the observed signals of matchnet-x (s)."""

    @property
    def seconds(self) -> float:
        return self.reading + self.analysis


def measure(setting: Setting) -> list[Measurement]:
    measurements = []
    for file_format in FORMATS:
        for points in _POINTS[: setting.size(len(_POINTS), 1)]:
            setting.say(f"{file_format}, {points:,} points")
            files = [spectrometer_pair(setting.folder, file_format, points, n) for n in range(setting.size(3, 1))]
            measurements += _measure_format(f"{file_format}, {points:,} points", files, setting.size(5, 1))
    return [*measurements, _recognise_calls(setting)]


def _measure_format(what: str, files: list[tuple[Path, Path]], repeats: int) -> list[Measurement]:
    compiled, plain = list[_Run](), list[_Run]()
    for pair in files:
        if _signals(pair, plain=False) != _signals(pair, plain=True):
            raise RuntimeError(f"the plain code finds other signals in {pair[0]} or {pair[1]}")
        for _ in range(repeats):
            compiled.append(_run(pair, plain=False))
            plain.append(_run(pair, plain=True))
    ratios = tuple(slow.seconds / fast.seconds for fast, slow in zip(compiled, plain, strict=True))
    return [
        Measurement(f"Reading a pair, {what}", "ms", tuple(1000 * run.reading for run in compiled)),
        Measurement(f"Analysing a pair, {what}", "ms", tuple(1000 * run.analysis for run in compiled)),
        Measurement(f"Both, against plain code, {what}", "times as fast", ratios, at_least=_MIN_SPEEDUP),
    ]


def _run(files: tuple[Path, Path], *, plain: bool) -> _Run:
    with plain_code() if plain else nullcontext():
        began = time.perf_counter()
        pair = _read(files)
        between = time.perf_counter()
        analysed = analyse_pair(pair)
        # The plain code recognises the lines of the masked spectra without the first analysis.
        _ = [observed_signals(s) for s in analysed.masked_pair.spectra] if plain else observed_pair(analysed)
        return _Run(between - began, time.perf_counter() - between)


def _signals(files: tuple[Path, Path], *, plain: bool) -> list[tuple[list[float], list[str]]]:
    """Shifts and multiplicities of both spectra."""
    with plain_code() if plain else nullcontext():
        observed = observed_pair(analyse_pair(_read(files)))
        return [(signals.ppm.tolist(), [*signals.multiplicity_labels]) for signals in observed]


def _read(files: tuple[Path, Path]) -> SpectrumPair:
    windows = Geometry.h1_window, Geometry.c13_window
    spectra = zip(files, NUCLEI, windows, strict=True)
    return SpectrumPair(*(read_spectrum(path, nucleus, None, window) for path, nucleus, window in spectra))


def _recognise_calls(setting: Setting) -> Measurement:
    """Count the calls of ``recognise`` for one pair whose solvent is masked."""
    pair = _read(spectrometer_pair(setting.folder, FORMATS[0], _POINTS[0], 0))
    with patch.object(analysis, "recognise", side_effect=recognise) as counted:
        observed_pair(analyse_pair(pair))
    what, note = "Recognising the lines of a pair with a solvent", "one for each spectrum, one for each masked spectrum"
    return Measurement(what, "calls", (counted.call_count,), at_most=4, note=note)

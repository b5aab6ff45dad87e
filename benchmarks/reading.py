"""Reading and analysing files of a spectrometer, against the plain ways to do so, in the same run."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from measurement import Figure
from plain_reading import plain_ways
from setting import Setting
from spectrometer import FORMS, spectrometer_pair

from specmol_core.matchnet_x.observed_signals import observed_pair, observed_signals
from specmol_core.spectra.analysis import analysis
from specmol_core.spectra.analysis.analysis import analyse_pair
from specmol_core.spectra.analysis.recognise import recognise
from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.read import read_spectrum
from specmol_core.spectra.spectrum import NUCLEI, SpectrumPair

__all__ = ["measure"]

_POINTS = (32_768, 65_536, 131_072)
_ASKED = 2.0
"""How many times as fast as the plain ways."""


class _Run(NamedTuple):
    reading: float
    """Seconds from the files to the spectra."""
    analysis: float
    """Seconds from the spectra to the signals that the model weighs."""

    @property
    def seconds(self) -> float:
        return self.reading + self.analysis


def measure(setting: Setting) -> list[Figure]:
    figures = []
    for form in FORMS:
        for points in _POINTS[: setting.size(len(_POINTS), 1)]:
            setting.say(f"{form}, {points:,} points")
            files = [spectrometer_pair(setting.folder, form, points, n) for n in range(setting.size(3, 1))]
            figures += _figures(f"{form}, {points:,} points", files, setting.size(5, 1))
    return [*figures, _looks(setting)]


def _figures(what: str, files: list[tuple[Path, Path]], repeats: int) -> list[Figure]:
    own, plain = list[_Run](), list[_Run]()
    for pair in files:
        if _signals(pair, plain=False) != _signals(pair, plain=True):
            raise RuntimeError(f"the plain ways find other signals in {pair[0]} or {pair[1]}")
        for _ in range(repeats):
            own.append(_run(pair, plain=False))
            plain.append(_run(pair, plain=True))
    ratios = tuple(slow.seconds / fast.seconds for fast, slow in zip(own, plain, strict=True))
    return [
        Figure(f"Reading a pair, {what}", "ms", tuple(1000 * run.reading for run in own)),
        Figure(f"Analysing a pair, {what}", "ms", tuple(1000 * run.analysis for run in own)),
        Figure(f"Both, against the plain ways, {what}", "times as fast", ratios, at_least=_ASKED),
    ]


def _run(files: tuple[Path, Path], *, plain: bool) -> _Run:
    with plain_ways() if plain else nullcontext():
        began = time.perf_counter()
        pair = _read(files)
        between = time.perf_counter()
        found = analyse_pair(pair)
        # The plain way looks for the lines of the spectra that the model sees as if nothing were known of them.
        _ = [observed_signals(s) for s in found.masked_pair.spectra] if plain else observed_pair(found)
        return _Run(between - began, time.perf_counter() - between)


def _signals(files: tuple[Path, Path], *, plain: bool) -> list[tuple[list[float], list[str]]]:
    """Shifts and multiplicities of both spectra."""
    with plain_ways() if plain else nullcontext():
        return [(shown.ppm.tolist(), [*shown.names]) for shown in observed_pair(analyse_pair(_read(files)))]


def _read(files: tuple[Path, Path]) -> SpectrumPair:
    windows = Geometry.h1_window, Geometry.c13_window
    found = zip(files, NUCLEI, windows, strict=True)
    return SpectrumPair(*(read_spectrum(path, nucleus, None, window) for path, nucleus, window in found))


def _looks(setting: Setting) -> Figure:
    """How often lines are recognised for one pair whose solvent is masked: in each spectrum, and in what is left."""
    pair = _read(spectrometer_pair(setting.folder, FORMS[0], _POINTS[0], 0))
    with patch.object(analysis, "recognise", side_effect=recognise) as looks:
        observed_pair(analyse_pair(pair))
    note = "once in each spectrum, once in each without its solvent"
    return Figure("Recognising the lines of a pair with a solvent", "calls", (looks.call_count,), at_most=4, note=note)

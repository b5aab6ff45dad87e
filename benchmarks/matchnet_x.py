"""matchnet-x: candidates per second with and without a cache, and time to encode spectra.

The encoding of spectra is compared with the paper's network.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from libraries import DRUG_LIKE, MEDIUM, smiles_library
from measurement import Measurement
from processes import run
from ranking import seconds_per_query
from setting import Setting
from spectra import read_spectrum_pair, spectrum_pair

from specmol_core.matcher.protocol import Matcher
from specmol_core.retrieval.models import load_model
from specmol_core.spectra.analysis.analysis import analyse_unmasked

__all__ = ["measure"]

_MODEL = ("--model", "matchnet-x", "--prefilter", "0")
"""Options that score every candidate."""


def measure(setting: Setting) -> list[Measurement]:
    measurements = []
    for kind, words, count in (
        (MEDIUM, "12 to 14 heavy atoms", setting.size(20_000, 1000)),
        (DRUG_LIKE, "22 to 28 heavy atoms", setting.size(10_000, 500)),
    ):
        library = smiles_library(setting.folder, kind, count)
        setting.say(f"ranking {count:,} candidates, {words}")
        measurements += [_without_cache(setting, library, count, words), _with_cache(setting, library, count, words)]
    return [*measurements, _spectra(setting)]


def _spectra(setting: Setting) -> Measurement:
    """Time from a pair of spectra to the encoded query."""
    matchers = [load_model(None, name, "cpu") for name in ("matchnet-x", "matchnet")]
    pair = read_spectrum_pair(setting.folder, 0, matchers[0].geometry)
    setting.say("encoding a pair of spectra, by matchnet-x and by the paper's network")

    def seconds(matcher: Matcher) -> float:
        began = time.perf_counter()
        matcher.query(analyse_unmasked(pair))
        return time.perf_counter() - began

    for matcher in matchers:
        seconds(matcher)
    runs = [[seconds(matcher) for matcher in matchers] for _ in range(setting.size(9, 2))]
    matchnet_x_seconds, matchnet_seconds = (sorted(times)[len(times) // 2] for times in zip(*runs, strict=True))
    medians = f"{1000 * matchnet_x_seconds:.3g} ms and {1000 * matchnet_seconds:.3g} ms"
    note = f"medians {medians}, without reading the files"
    ratios = tuple(matchnet_time / own_time for own_time, matchnet_time in runs)
    return Measurement(
        "A pair of spectra by matchnet-x, against matchnet", "times as fast", ratios, at_least=10, note=note
    )


def _without_cache(setting: Setting, library: Path, count: int, words: str) -> Measurement:
    h1, c13 = spectrum_pair(setting.folder, 0)
    command = [*setting.specmol, "rank", "--h1", str(h1), "--c13", str(c13), "--no-cache", "--format", "json", *_MODEL]

    def seconds(path: Path, scored: int) -> float:
        finished = run([*command, "--library", str(path)], setting.folder)
        if json.loads("\n".join(finished.lines))["library"]["scored"] != scored:
            raise RuntimeError(f"not all {scored} candidates of {path} were scored")
        return finished.seconds

    single = smiles_library(setting.folder, DRUG_LIKE, 1)
    repeats = setting.size(3, 1)
    # A library of one molecule takes the time of imports, weights and reading the spectra.
    start = min(seconds(single, 1) for _ in range(repeats))
    rates = tuple(count / max(seconds(library, count) - start, 1e-3) for _ in range(repeats))
    note = f"{count:,} candidates; without the start-up, which takes {start:.3g} s (one molecule)"
    shown = f"specmol rank --h1 h.png --c13 c.png --library {library.name} --no-cache --prefilter 0"
    what = f"matchnet-x without a cache, {words}"
    return Measurement(what, "candidates/s", rates, shown, at_least=1000, note=note)


def _with_cache(setting: Setting, library: Path, count: int, words: str) -> Measurement:
    cache = setting.folder / f"{library.stem}-matchnet-x.h5"
    cache.unlink(missing_ok=True)
    run([*setting.specmol, "embed", str(library), "--cache", str(cache), "--model", "matchnet-x"], setting.folder)
    command = [*setting.specmol, "rank", "--library", str(library), "--cache", str(cache), *_MODEL]
    _, each = seconds_per_query(setting, command, setting.size(6, 3), count)
    cache.unlink()
    shown = f"specmol rank --queries queries.csv --library {library.name} --prefilter 0"
    what = f"matchnet-x with a cache, {words}"
    rates = tuple(count / seconds for seconds in each)
    note = f"{count:,} candidates; each further query of a batch, reading its spectra included"
    return Measurement(what, "candidates/s", rates, shown, at_least=20_000, note=note)
